//! Instance files: every key of every form of file, missing and with every wrong value of its kind.

use super::{Case, Table};
use crate::harness::Folder;

/// What a key holds, which decides what is wrong for it.
#[derive(Clone, Copy)]
enum Kind {
    Table,
    Text,
    Words,
    Truth,
    Matrix,
    List,
    Integer { least: i64 },
    Number,
}

/// A form of instance file: its keys in order, each with its table, a right value, its kind and whether it may be left out.
type Form = &'static [(&'static str, &'static str, &'static str, Kind, bool)];

const RELU: Form = &[
    ("", "system", "\"relu-orthogonal\"", Kind::Words, false),
    ("", "name", "\"small\"", Kind::Text, true),
    ("data", "inputs", "[[1, 0], [0, 2]]", Kind::Matrix, false),
    ("data", "labels", "[1, -1]", Kind::List, false),
    ("data", "numbers", "\"exact\"", Kind::Words, true),
    ("init", "hidden", "[[1, 1], [-1, 2]]", Kind::Matrix, false),
    ("init", "output", "[2, -3]", Kind::List, false),
    ("init", "exponents", "[1, 2]", Kind::List, true),
    ("init", "numbers", "\"exact\"", Kind::Words, true),
];

const RELU_SIGNS: Form = &[
    ("", "system", "\"relu-orthogonal\"", Kind::Words, false),
    ("data", "inputs", "[[1, 0], [0, 2]]", Kind::Matrix, false),
    ("data", "labels", "[1, -1]", Kind::List, false),
    ("init", "hidden", "[[1, 1], [-1, 2]]", Kind::Matrix, false),
    ("init", "signs", "[1, -1]", Kind::List, false),
];

const DIAGONAL: Form = &[
    ("", "system", "\"diagonal-linear\"", Kind::Words, false),
    ("data", "inputs", "[[1, 3], [1, 2]]", Kind::Matrix, false),
    ("data", "labels", "[1, -1]", Kind::List, false),
    ("data", "column_scale", "[1, 2]", Kind::List, true),
    ("init", "shape", "[1, 2]", Kind::List, true),
    ("init", "exponents", "[1, 2]", Kind::List, true),
];

const COLUMNS: Form = &[
    ("", "system", "\"diagonal-linear\"", Kind::Words, false),
    ("data", "table", "\"table.csv\"", Kind::Words, false),
    ("data", "target", "\"y\"", Kind::Words, false),
    ("data", "center", "true", Kind::Truth, true),
];

const FRAME: Form = &[
    ("", "system", "\"relu-orthogonal\"", Kind::Words, false),
    ("data.generate", "kind", "\"axes\"", Kind::Words, false),
    (
        "data.generate",
        "points",
        "2",
        Kind::Integer { least: 1 },
        false,
    ),
    (
        "data.generate",
        "seed",
        "1",
        Kind::Integer { least: 0 },
        false,
    ),
    (
        "data.generate",
        "stream",
        "1",
        Kind::Integer { least: 0 },
        true,
    ),
    ("data.generate", "labels", "\"bell\"", Kind::Words, true),
    ("data.generate", "norms", "\"unit\"", Kind::Words, true),
    (
        "init.generate",
        "width",
        "2",
        Kind::Integer { least: 1 },
        false,
    ),
    (
        "init.generate",
        "seed",
        "1",
        Kind::Integer { least: 0 },
        false,
    ),
    (
        "init.generate",
        "stream",
        "1",
        Kind::Integer { least: 0 },
        true,
    ),
    ("init.generate", "weights", "\"bell\"", Kind::Words, true),
    ("init.generate", "signs", "\"random\"", Kind::Words, true),
];

const REGRESSION: Form = &[
    ("", "system", "\"diagonal-linear\"", Kind::Words, false),
    (
        "data.generate",
        "kind",
        "\"sparse-regression\"",
        Kind::Words,
        false,
    ),
    (
        "data.generate",
        "samples",
        "2",
        Kind::Integer { least: 1 },
        false,
    ),
    (
        "data.generate",
        "dimension",
        "3",
        Kind::Integer { least: 1 },
        false,
    ),
    (
        "data.generate",
        "support",
        "1",
        Kind::Integer { least: 0 },
        false,
    ),
    ("data.generate", "noise", "\"1/10\"", Kind::Number, true),
    (
        "data.generate",
        "seed",
        "1",
        Kind::Integer { least: 0 },
        false,
    ),
    (
        "data.generate",
        "stream",
        "1",
        Kind::Integer { least: 0 },
        true,
    ),
];

/// A form in which the tables themselves are the keys.
const TABLES: Form = &[
    ("", "system", "\"relu-orthogonal\"", Kind::Words, false),
    (
        "",
        "data",
        "{ generate = { kind = \"axes\", points = 2, seed = 1 } }",
        Kind::Table,
        false,
    ),
    (
        "",
        "init",
        "{ generate = { width = 2, seed = 1 } }",
        Kind::Table,
        false,
    ),
];

/// Spellings that are not numbers, or not ones that are read.
const NOT_NUMBERS: &[&str] = &[
    "nan",
    "-inf",
    "true",
    "{}",
    "[1]",
    "07:30:00",
    "\"\"",
    "\"one\"",
    "\"1/0\"",
    "\"1/2/3\"",
    "\"0x10\"",
    "\"1,5\"",
    "\"--1\"",
    "\"1e4001\"",
    "\"1e\"",
    "\"½\"",
    "\"nan\"",
    "\"1 2\"",
    "\".\"",
];

fn wrong_values(key: &str, kind: Kind) -> Vec<String> {
    let fixed: &[&str] = match kind {
        Kind::Table => &[
            "3",
            "1.5",
            "\"text\"",
            "[1]",
            "true",
            "1979-05-27",
            "[]",
            "nan",
        ],
        Kind::Text => &["3", "1.5", "true", "[1]", "{}", "1979-05-27", "nan"],
        Kind::Words => &[
            "3",
            "1.5",
            "true",
            "[]",
            "{}",
            "1979-05-27",
            "\"\"",
            "\"unheard-of\"",
        ],
        Kind::Truth => &["0", "1", "1.0", "\"true\"", "[true]", "{}", "1979-05-27"],
        Kind::Matrix => &[
            "3",
            "1.5",
            "true",
            "{}",
            "1979-05-27",
            "\"\"",
            "\"x.txt\"",
            "\"missing.csv\"",
            "\"missing.npy\"",
            "\"/\"",
            "[]",
            "[[]]",
            "[1, 2]",
            "[[1, 2], 3]",
            "[[1, 2], [3]]",
            "[[1], [2, 3]]",
            "[[1, 2]]",
        ],
        Kind::List => &[
            "3",
            "1.5",
            "true",
            "{}",
            "1979-05-27",
            "\"\"",
            "\"x.txt\"",
            "\"missing.csv\"",
            "\"wide.csv\"",
            "[]",
            "[1]",
            "[1, 2, 3]",
            "[[1, 2]]",
        ],
        Kind::Integer { .. } => &[
            "\"3\"",
            "1.5",
            "true",
            "[3]",
            "{}",
            "nan",
            "-1",
            "1979-05-27",
            "9223372036854775808",
        ],
        Kind::Number => &["[1, 2]", "1979-05-27"],
    };
    let mut values: Vec<String> = fixed.iter().map(|&value| value.to_owned()).collect();
    match kind {
        Kind::Matrix => values.extend(
            NOT_NUMBERS
                .iter()
                .map(|one| format!("[[1, 0], [{one}, 2]]")),
        ),
        Kind::List => values.extend(NOT_NUMBERS.iter().map(|one| format!("[1, {one}]"))),
        Kind::Number => values.extend(NOT_NUMBERS.iter().map(|&one| one.to_owned())),
        Kind::Integer { least: 1 } => values.push("0".to_owned()),
        _ => {}
    }
    // Values of the right type that are out of range.
    match key {
        "points" => values.push("2001".to_owned()),
        "width" => values.push("100001".to_owned()),
        "samples" | "dimension" => values.push("2001".to_owned()),
        "support" => values.push("4".to_owned()),
        "exponents" | "shape" => values.extend(["[1, 0]", "[-1, 1]"].map(str::to_owned)),
        "signs" => values.extend(["[1, 2]", "[0, 1]", "[\"1/2\", 1]"].map(str::to_owned)),
        "output" => values.extend(["[1, -3]", "[2, 0]", "[2, 1]"].map(str::to_owned)),
        _ => {}
    }
    values
}

/// The file with `change` made to the key at place `at`: another value, or none.
fn file(form: Form, at: usize, change: Option<&str>) -> String {
    let mut text = String::new();
    let mut open = "";
    for (place, (table, key, value, _, _)) in form.iter().enumerate() {
        if *table != open {
            text.push_str(&format!("[{table}]\n"));
            open = table;
        }
        match change {
            _ if place != at => text.push_str(&format!("{key} = {value}\n")),
            Some(value) => text.push_str(&format!("{key} = {value}\n")),
            None => {}
        }
    }
    text
}

fn name(table: &str, key: &str) -> String {
    match table {
        "" => key.to_owned(),
        table => format!("[{table}] {key}"),
    }
}

#[test]
fn instances() {
    let folder = Folder::new();
    folder.write("wide.csv", "1,2\n3,4\n");
    folder.write("table.csv", "a,b,y\n1,2,3\n4,5,7\n");
    let mut table = Table::default();
    let mut check = |label: String, text: &str| {
        folder.write("bad.toml", text);
        table.add(&folder, &Case::new(label, &["predict", "bad.toml"]));
    };
    for form in [
        TABLES, RELU, RELU_SIGNS, DIAGONAL, COLUMNS, FRAME, REGRESSION,
    ] {
        folder.write("good.toml", file(form, usize::MAX, None));
        let run = folder.run(&["predict", "good.toml"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        for (at, (section, key, value, kind, optional)) in form.iter().enumerate() {
            // The first keys of a form are those of another form too.
            let is_new = matches!(form[0].1, "system") && (at > 0 || std::ptr::eq(form, RELU));
            if !is_new || (std::ptr::eq(form, RELU_SIGNS) && *key != "signs") {
                continue;
            }
            let place = name(section, key);
            if !optional {
                check(format!("{place} left out"), &file(form, at, None));
            }
            let misspelt = file(form, at, Some(value))
                .replace(&format!("{key} = {value}"), &format!("{key}x = {value}"));
            check(format!("{place} misspelt"), &misspelt);
            let twice = format!("{value}\n{key} = {value}");
            check(format!("{place} twice"), &file(form, at, Some(&twice)));
            for value in wrong_values(key, *kind) {
                check(format!("{place} = {value}"), &file(form, at, Some(&value)));
            }
        }
    }
    insta::assert_snapshot!("instances", table.finish());
}
