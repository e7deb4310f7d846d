//! The JSON Schemas in `schemas/v1` are well formed and name every key that the program writes.
//!
//! Whether answers satisfy them is checked by `cargo xtask schemas`, with an implementation of JSON Schema.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::harness::Folder;

const SWEEP: &str = "seed = 7
[[coverage]]
points = [16]
widths = [12]
trials = 10
[[instances]]
points = [50]
widths = [{ log = 3 }]
labels = [\"signs\"]
repeats = 2
";

/// All schemas by name, in alphabetical order.
fn schemas() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/v1");
    let entries = std::fs::read_dir(folder).expect("the folder of the schemas");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a readable folder").path();
        let stem = path.file_stem().expect("a name").to_string_lossy();
        let text = std::fs::read_to_string(&path).expect("a readable schema");
        let schema = serde_json::from_str(&text).expect("a schema is JSON");
        (stem.into_owned(), schema)
    };
    entries.map(read).collect()
}

/// A schema, and with it all that it refers to and all of its alternatives.
fn expand<'a>(root: &'a Value, node: &'a Value, into: &mut Vec<&'a Value>) {
    into.push(node);
    if let Some(reference) = node.get("$ref") {
        let reference = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let pointer = reference.expect("references stay within the file");
        let target = root.pointer(pointer).expect("the reference has a target");
        expand(root, target, into);
    }
    for alternatives in ["anyOf", "oneOf"] {
        for one in node
            .get(alternatives)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            expand(root, one, into);
        }
    }
}

/// The keys of `value` that none of the schemas names, with their place.
fn unnamed(root: &Value, nodes: &[&Value], value: &Value, place: &str, into: &mut Vec<String>) {
    let mut all = vec![];
    for node in nodes {
        expand(root, node, &mut all);
    }
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let tables = all.iter().filter_map(|node| node.get("properties"));
                let mut found: Vec<&Value> = tables.filter_map(|table| table.get(key)).collect();
                let others = all
                    .iter()
                    .filter_map(|node| node.get("additionalProperties"));
                let mut is_open = false;
                for other in others {
                    match other {
                        Value::Bool(open) => is_open |= *open,
                        schema => found.push(schema),
                    }
                }
                let place = format!("{place}.{key}");
                match (found.is_empty(), is_open) {
                    (true, false) => into.push(place),
                    (true, true) => {}
                    (false, _) => unnamed(root, &found, inner, &place, into),
                }
            }
        }
        Value::Array(list) => {
            let items: Vec<&Value> = all.iter().filter_map(|node| node.get("items")).collect();
            for inner in list {
                unnamed(root, &items, inner, &format!("{place}[]"), into);
            }
        }
        _ => {}
    }
}

fn unnamed_keys(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = vec![];
    unnamed(schema, &[schema], value, "", &mut found);
    found.sort();
    found.dedup();
    found
}

#[track_caller]
fn check(kind: &str, value: &Value) {
    let schemas = schemas();
    let schema = schemas.get(kind).expect("a schema of this name");
    let expected: [&str; 0] = [];
    assert_eq!(
        unnamed_keys(schema, value),
        expected,
        "keys that schemas/v1/{kind}.json does not name"
    );
    match NOT_ANSWERS.contains(&kind) {
        true => assert!(!value.to_string().contains(VERSION), "{kind}"),
        false => assert_eq!(value["version"], VERSION, "{kind}"),
    }
}

/// What must be the same bytes from every build.
const NOT_ANSWERS: [&str; 4] = ["certificate", "instance", "sweep-record", "sweep-task"];

/// As `saltus --version` prints it.
const VERSION: &str = env!("SALTUS_VERSION");

#[test]
fn answers_and_version_text_name_one_version() {
    let printed = Folder::new().run(&["--version"]).stdout;
    assert_eq!(printed, format!("saltus {VERSION}\n"));
}

#[test]
fn every_key_of_an_answer_is_named() {
    let folder = Folder::new();
    for (file, claim) in [("relu.toml", "R3"), ("diagonal.toml", "D3")] {
        check("predict", &folder.json(&["predict", file, "--explain"]));
        check("verify", &folder.json(&["verify", file, "--claim", claim]));
        let simulate = ["simulate", file, "--log-inv-scale", "50", "--at", ".5"];
        check("simulate", &folder.json(&simulate));
        assert_eq!(
            folder.run(&["certify", file, "--out", "c.json"]).code,
            Some(0)
        );
        check("certificate", &parsed(&folder.read("c.json")));
        check("check", &folder.json(&["check", "c.json"]));
        let instance: Value = toml_as_json(&folder.read(file));
        check("instance", &instance);
    }
    check(
        "predict",
        &folder.json(&["predict", "diagonal.toml", "--enclosures"]),
    );
    let train = [
        "train",
        "diagonal.toml",
        "--scale",
        ".1",
        "--stepsize",
        ".1",
        "--steps",
        "100",
    ];
    check("train", &folder.json(&train));
    check(
        "plot",
        &folder.json(&["plot", "diagonal.toml", "--out", "p.svg"]),
    );
    let figures = [
        "figures",
        "--quick",
        "--figure",
        "interpolation-probability",
        "--out",
        "f",
    ];
    check("figures", &folder.json(&figures));
    check("claims", &folder.json(&["claims"]));
    check("example", &folder.json(&["example", "--list"]));
    check("example", &folder.json(&["example", "dln-5x7"]));
    check("suite", &folder.json(&["suite", "--claim", "D2"]));
}

#[test]
fn every_key_of_a_sweep_is_named() {
    let folder = Folder::new();
    folder.write("sweep.toml", SWEEP);
    let plan = folder.run(&["sweep", "plan", "sweep.toml", "--out", "tasks"]);
    assert_eq!(plan.code, Some(0));
    check(
        "sweep-run",
        &folder.json(&["sweep", "run", "tasks", "--out", "part"]),
    );
    check("sweep-merge", &folder.json(&["sweep", "merge", "part"]));
    for (kind, file) in [("sweep-task", "tasks"), ("sweep-record", "part")] {
        let text = folder.read(file);
        assert_eq!(text.lines().count(), 3, "{file}");
        text.lines().for_each(|line| check(kind, &parsed(line)));
    }
}

/// A new command has a schema for its answer; `certify` answers with a file.
#[test]
fn every_command_has_a_schema() {
    let help = Folder::new().run(&["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"predict") && commands.contains(&"certify"));
    let schemas = schemas();
    let has_schema = |command: &&str| match *command {
        "certify" => schemas.contains_key("certificate"),
        "sweep" => schemas.contains_key("sweep-run") && schemas.contains_key("sweep-merge"),
        command => schemas.contains_key(command),
    };
    let without: Vec<&str> = commands
        .into_iter()
        .filter(|command| !has_schema(command))
        .collect();
    let expected: [&str; 0] = [];
    assert_eq!(without, expected);
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn toml_as_json(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    serde_json::to_value(table).expect("these values have a JSON form")
}

#[test]
fn a_key_without_a_name_is_found() {
    let schemas = schemas();
    let schema = &schemas["predict"];
    let folder = Folder::new();
    let answer = folder.json(&["predict", "relu.toml"]);
    let with = |pointer: &str| {
        let mut changed = answer.clone();
        let place = changed.pointer_mut(pointer).and_then(Value::as_object_mut);
        place.expect("an object").insert("new".to_owned(), json!(1));
        unnamed_keys(schema, &changed)
    };
    assert_eq!(with(""), [".new"]);
    assert_eq!(with("/jumps/0"), [".jumps[].new"]);
    assert_eq!(with("/jumps/0/time"), [".jumps[].time.new"]);
    assert_eq!(
        with("/jumps/0/parameters/0/direction/0"),
        [".jumps[].parameters[].direction.0.new"]
    );
}

/// Calls `look` with every object inside.
fn walk<'a>(value: &'a Value, look: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            look(object);
            object.values().for_each(|inner| walk(inner, look));
        }
        Value::Array(list) => list.iter().for_each(|inner| walk(inner, look)),
        _ => {}
    }
}

#[test]
fn schemas_are_described_and_of_one_version() {
    let schemas = schemas();
    let mut definitions: BTreeMap<&String, &Value> = BTreeMap::new();
    for (name, schema) in &schemas {
        assert_eq!(schema["$id"], json!(format!("urn:saltus:schema:v1:{name}")));
        for key in ["$schema", "title", "description"] {
            assert!(schema[key].is_string(), "{name}: {key}");
        }
        for (key, definition) in schema["$defs"].as_object().into_iter().flatten() {
            let first = definitions.entry(key).or_insert(definition);
            assert_eq!(*first, definition, "two definitions of {key}");
        }
        walk(schema, &mut |object| {
            let properties = object.get("properties").and_then(Value::as_object);
            // A condition names keys that are described where they belong.
            let is_condition = !object.contains_key("type");
            for (key, property) in properties.into_iter().flatten().filter(|_| !is_condition) {
                let mut all = vec![];
                expand(schema, property, &mut all);
                let is_described = all[0]["description"].is_string()
                    || all[0].get("$ref").is_some() && all[1]["description"].is_string();
                assert!(is_described, "{name}: {key} has no description");
            }
        });
    }
}
