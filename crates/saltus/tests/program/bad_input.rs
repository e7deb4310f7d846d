//! Wrong input and wrong usage: exit code 2, one line on standard error, and nothing else.

use crate::harness::{DIAGONAL, Folder, RELU};

/// Runs every command line, and returns the messages one a line.
#[track_caller]
fn messages<'a>(folder: &Folder, command_lines: impl IntoIterator<Item = &'a [&'a str]>) -> String {
    let mut text = String::new();
    for arguments in command_lines {
        let before = folder.names();
        let run = folder.run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.ends_with('\n'));
        assert_eq!(folder.names(), before, "{arguments:?}");
        text.push_str(&run.stderr);
    }
    text
}

/// The messages of `predict` on instances that differ from a valid one by one replacement.
#[track_caller]
fn messages_on(folder: &Folder, base: &str, replacements: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (found, put) in replacements {
        assert!(base.contains(found), "{found}");
        folder.write("bad.toml", base.replacen(found, put, 1));
        text.push_str(&messages(folder, [&["predict", "bad.toml"][..]]));
    }
    text
}

#[test]
fn relu_instances() {
    let folder = Folder::new();
    insta::assert_snapshot!(messages_on(&folder, RELU, &[
        ("[data]", "[data"),
        ("system = ", "sytem = "),
        ("relu-orthogonal", "relu"),
        ("[data]", "[date]"),
        ("labels", "label"),
        ("[init]", "[init]\nshape = [1, 1, 1]"),
        ("hidden", "weights"),
        ("[0, 2, 0]", "[0, 2]"),
        ("[0, 2, 0]", "[1, 2, 0]"),
        ("[0, 2, 0]", "[0, 0, 0]"),
        ("[0, 2, 0]", "[0, \"1/0\", 0]"),
        ("[0, 2, 0]", "[0, \"1e999999999\", 0]"),
        ("[0, 2, 0]", "[0, nan, 0]"),
        ("[0, 2, 0]", "[0, -inf, 0]"),
        ("[0, 2, 0]", "[0, \"two\", 0]"),
        ("[0, 2, 0]", "[0, true, 0]"),
        ("[[1, 0, 0], [0, 2, 0], [0, 0, 1]]", "[]"),
        ("[[1, 0, 0], [0, 2, 0], [0, 0, 1]]", "[[], [], []]"),
        ("[[1, 0, 0], [0, 2, 0], [0, 0, 1]]", "3"),
        ("[1, \"1/2\", -1]", "[1, 2]"),
        ("[1, \"1/2\", -1]", "\"missing.csv\""),
        ("[1, \"1/2\", -1]", "\"labels.txt\""),
        ("[[1, 1, 1], [-1, 1, 2]]", "[]"),
        ("[[1, 1, 1], [-1, 1, 2]]", "[[1, 1], [1, 2]]"),
        ("signs = [1, -1]", "signs = [1]"),
        ("signs = [1, -1]", "signs = [1, 0]"),
        ("signs = [1, -1]", ""),
        ("signs = [1, -1]", "signs = [1, -1]\noutput = [3, 3]"),
        ("signs = [1, -1]", "output = [3, 1]"),
        ("signs = [1, -1]", "output = [3, 0]"),
        ("signs = [1, -1]", "signs = [1, -1]\nexponents = [1, -1]"),
        ("signs = [1, -1]", "signs = [1, -1]\nexponents = [1, 0]"),
        ("signs = [1, -1]", "signs = [1, -1]\nexponents = [1]"),
        ("signs = [1, -1]", "signs = [1, -1]\nsigns = [1, -1]"),
    ]), @r#"
    saltus: bad.toml: line 3, column 6: unclosed table, expected `]`
    saltus: bad.toml: "sytem": found an unknown key, expected one of: system, name, data, init
    saltus: bad.toml: system: found "relu", expected "relu-orthogonal" or "diagonal-linear"
    saltus: bad.toml: "date": found an unknown key, expected one of: system, name, data, init
    saltus: bad.toml: [data] "label": found an unknown key, expected one of: inputs, labels, numbers, table, target, center, generate
    saltus: bad.toml: [init] shape: found a key of diagonal-linear files, expected only keys of the system that this file names, relu-orthogonal
    saltus: bad.toml: [init] "weights": found an unknown key, expected one of: hidden, signs, output, generate, exponents, numbers
    saltus: bad.toml: [data] inputs[1]: found a row of 2 numbers, expected 3, as in row 0
    saltus: bad.toml: [data] inputs, rows 0 and 1 (from 0): found inner product 1, expected exactly 0
    saltus: bad.toml: [data] inputs, row 1 (from 0): found the zero vector, expected a non-zero input
    saltus: bad.toml: [data] inputs[1][1]: found "1/0", expected a denominator that is not 0
    saltus: bad.toml: [data] inputs[1][1]: a decimal exponent may be at most 4000 in absolute value, found `999999999`
    saltus: bad.toml: [data] inputs[1][1]: found NaN, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
    saltus: bad.toml: [data] inputs[1][1]: found -inf, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
    saltus: bad.toml: [data] inputs[1][1]: expected an integer, a decimal number or a fraction of integers, found `two`
    saltus: bad.toml: [data] inputs[1][1]: found true, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
    saltus: bad.toml: [data] inputs: found 0 × 0 numbers, expected at least 1 × 1
    saltus: bad.toml: [data] inputs: found 3 × 0 numbers, expected at least 1 × 1
    saltus: bad.toml: [data] inputs: found 3, expected an array of rows, each an array of numbers, or a path that ends in .csv or .npy
    saltus: bad.toml: [data] labels: found length 2, expected 3 (one for each row of inputs)
    saltus: bad.toml: [data] labels: cannot read "missing.csv": there is no such file, expected one that can be read
    saltus: bad.toml: [data] labels: found "labels.txt", expected a path that ends in .csv or .npy
    saltus: bad.toml: [init] hidden: found 0 × 0 numbers, expected at least 1 × 1
    saltus: bad.toml: [init] hidden: found rows of length 2, expected 3 (the input dimension of [data] inputs)
    saltus: bad.toml: [init] signs: found length 1, expected 2 (one for each row of hidden)
    saltus: bad.toml: [init] signs[1]: found "0", expected 1 or -1
    saltus: bad.toml: [init] signs: found nothing, expected signs (numbers 1 or -1), or output (numbers)
    saltus: bad.toml: [init] signs: found it together with output, expected one of the two
    saltus: bad.toml: [init] output[1] (from 0): found output² = 1 < ‖hidden‖² = 6, expected |output| ≥ ‖hidden‖ (otherwise the sign of the output weight may change, which the theory excludes)
    saltus: bad.toml: [init] output[1] (from 0): found 0, expected a non-zero number (its sign is that of the neuron)
    saltus: bad.toml: [init] exponents[1] (from 0): found -1, expected a positive number
    saltus: bad.toml: [init] exponents[1] (from 0): found 0, expected a positive number
    saltus: bad.toml: [init] exponents: found length 1, expected 2 (one for each row of hidden)
    saltus: bad.toml: line 9, column 1: found a duplicate key, expected every key once
    "#);
}

#[test]
fn diagonal_instances() {
    let folder = Folder::new();
    folder.write("ragged.csv", "1,2,3,4\n1,2\n1,2,3,4\n");
    folder.write("words.csv", "1,2,3,4\n1,two,3,4\n1,2,3,4\n");
    folder.write("empty.csv", "");
    folder.write("broken.npy", b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8'");
    folder.write("table.csv", "a,b,y\n1,2,3\n4,5,6\n");
    const INPUTS: &str = "[[2, 1, 0, 1], [1, -1, 1, 0], [0, 1, 2, 1]]";
    insta::assert_snapshot!(messages_on(&folder, DIAGONAL, &[
        (INPUTS, "\"missing.csv\""),
        (INPUTS, "\"ragged.csv\""),
        (INPUTS, "\"words.csv\""),
        (INPUTS, "\"empty.csv\""),
        (INPUTS, "\"broken.npy\""),
        (INPUTS, "\".\""),
        ("labels = [1, 2, 3]", "table = \"table.csv\"\ntarget = \"y\""),
        ("labels", "signs = [1]\nlabels"),
        ("labels", "column_scale = [1, 2]\nlabels"),
        ("labels", "center = 1\nlabels"),
        ("[1, 2, 3]", "[1, 2]"),
        ("[1, 2, 3]", "[1, 2, 3]\n[init]\nshape = [1, 1, 0, 1]"),
        ("[1, 2, 3]", "[1, 2, 3]\n[init]\nsigns = [1, 1, 1, 1]"),
        ("[1, 2, 3]", "[1, 2, 3]\n[init]\nexponents = [1, 1, \"-1/2\", 1]"),
    ]), @r#"
    saltus: bad.toml: [data] inputs: cannot read "missing.csv": there is no such file, expected one that can be read
    saltus: bad.toml: ragged.csv: line 2: found 2 fields, expected 4, as in the first line
    saltus: bad.toml: words.csv: line 2, field 2 (from 1): expected an integer, a decimal number or a fraction of integers, found `two`
    saltus: bad.toml: empty.csv: line 1: found an empty file, expected at least one line of numbers
    saltus: bad.toml: broken.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
    saltus: bad.toml: [data] inputs: found ".", expected a path that ends in .csv or .npy
    saltus: bad.toml: [data] inputs: found it together with table, expected either inputs and labels, or table and target, or generate
    saltus: bad.toml: [data] "signs": found an unknown key, expected one of: inputs, labels, numbers, table, target, center, column_scale, generate
    saltus: bad.toml: [data] column_scale: found 2 numbers, expected 4, one for each column of inputs
    saltus: bad.toml: [data] center: found it without table, expected center only with table
    saltus: bad.toml: [data] labels: found length 2, expected 3 (one for each row of inputs)
    saltus: bad.toml: [init] shape[2] (from 0): found 0, expected a positive number
    saltus: bad.toml: [init] signs: found a key of relu-orthogonal files, expected only keys of the system that this file names, diagonal-linear
    saltus: bad.toml: [init] exponents[2] (from 0): found -1/2, expected a positive number
    "#);
    let table = "system = \"diagonal-linear\"\n[data]\ntable = \"table.csv\"\ntarget = \"z\"\n";
    insta::assert_snapshot!(messages_on(&folder, table, &[("z", "z"), ("target = \"z\"", "")]), @r#"
    saltus: bad.toml: table.csv: line 1: found 0 columns named "z", expected exactly one ([data] target)
    saltus: bad.toml: [data] target: found nothing, expected the name of the column that holds the labels
    "#);
}

#[test]
fn numbers_of_a_million_digits() {
    let folder = Folder::new();
    let long = format!("[0, \"{}\", 0]", "7".repeat(1_000_000));
    insta::assert_snapshot!(messages_on(&folder, RELU, &[("[0, 2, 0]", &long)]), @"saltus: bad.toml: [data] inputs[1][1]: a number may have at most 10000 characters, found 1000000: `7777777777777777777777777777777777777777…`");
    let long = format!("[0, {}, 0]", "7".repeat(1_000_000));
    insta::assert_snapshot!(messages_on(&folder, RELU, &[("[0, 2, 0]", &long)]), @"saltus: bad.toml: line 4, column 26: found an integer beyond 64 bits, expected it in quotes");
}

#[test]
fn files() {
    let folder = Folder::new();
    folder.write("binary.toml", b"\xff\xfe\x00");
    folder.write("empty.toml", "");
    insta::assert_snapshot!(messages(&folder, [
        &["predict", "missing.toml"][..],
        &["predict", "a\nb"],
        &["predict", "."],
        &["predict", "binary.toml"],
        &["predict", "empty.toml"],
        &["predict", ""],
    ]), @r#"
    saltus: missing.toml: there is no such file, expected one that can be read
    saltus: a\nb: there is no such file, expected one that can be read
    saltus: .: found a folder, expected a file
    saltus: binary.toml: found bytes that are not UTF-8 from byte 0 on, expected text
    saltus: empty.toml: system: found nothing, expected "relu-orthogonal" or "diagonal-linear"
    saltus: a value is required for '<FILE>' but none was supplied
    "#);
}

#[test]
fn usage() {
    let folder = Folder::new();
    insta::assert_snapshot!(messages(&folder, [
        &["explain"][..],
        &["predict"],
        &["predict", "relu.toml", "diagonal.toml"],
        &["predict", "relu.toml", "--format", "xml"],
        &["predict", "relu.toml", "--json", "--format", "text"],
        &["predict", "relu.toml", "--jsn"],
        &["simulate", "relu.toml"],
        &["example"],
        &["example", "relu-cayley", "--list"],
        &["verify", "relu.toml", "--claim", "D1"],
        &["verify", "relu.toml", "--time-limit", "0"],
    ]), @"
    saltus: unrecognized subcommand 'explain'; a similar subcommand exists: 'example' (usage: saltus [OPTIONS] <COMMAND>)
    saltus: the following required arguments were not provided: <FILE> (usage: saltus predict <FILE>)
    saltus: unexpected argument 'diagonal.toml' found (usage: saltus predict [OPTIONS] <FILE>)
    saltus: invalid value 'xml' for '--format <FORMAT>' [possible values: text, json]
    saltus: the argument '--json' cannot be used with '--format <FORMAT>' (usage: saltus predict --json <FILE>)
    saltus: unexpected argument '--jsn' found; a similar argument exists: '--json' (usage: saltus predict --json <FILE>)
    saltus: the following required arguments were not provided: --log-inv-scale <Λ> (usage: saltus simulate --log-inv-scale <Λ> <FILE>)
    saltus: the following required arguments were not provided: <NAME> (usage: saltus example <NAME>)
    saltus: the argument '[NAME]' cannot be used with '--list' (usage: saltus example <NAME>)
    saltus: --claim D1: the claim is about diagonal-linear, and relu.toml holds relu-orthogonal
    saltus: invalid value '0' for '--max-seconds <SECONDS>': expected a positive finite number
    ");
}

#[test]
fn names_that_are_not_there() {
    let folder = Folder::new();
    let check = |arguments: &[&str], listed: &[&str]| {
        let message = messages(&folder, [arguments]);
        for name in listed {
            assert!(message.contains(name), "{message}");
        }
    };
    check(&[], &["predict", "simulate", "train", "verify", "example"]);
    check(
        &["example", "unheard-of"],
        &["unheard-of", "relu-cayley", "diabetes"],
    );
    check(
        &["verify", "relu.toml", "--claim", "X9"],
        &["X9", "R1", "D3"],
    );
}

#[test]
fn simulations() {
    let folder = Folder::new();
    let simulate = |options: &'static [&'static str]| {
        [&["simulate", "relu.toml", "--log-inv-scale"], options].concat()
    };
    let command_lines = [
        simulate(&["0"]),
        simulate(&["-1"]),
        simulate(&["inf"]),
        simulate(&["nan"]),
        simulate(&["large"]),
        simulate(&[""]),
        simulate(&["5", "--until", "-1"]),
        simulate(&["5", "--until", "nan"]),
        simulate(&["5", "--at", "1,-1"]),
        simulate(&["5", "--at", "1,,2"]),
        simulate(&["5", "--at", "1,2", "--until", "1.5"]),
        simulate(&["5", "--method", "euler"]),
        simulate(&["5", "--tolerance", "0"]),
        simulate(&["5", "--tolerance", "1"]),
    ];
    insta::assert_snapshot!(messages(&folder, command_lines.iter().map(Vec::as_slice)), @"
    saltus: invalid value '0' for '--log-inv-scale <Λ>': log inverse scale: found 0, expected a positive finite number
    saltus: invalid value '-1' for '--log-inv-scale <Λ>': log inverse scale: found -1, expected a positive finite number
    saltus: invalid value 'inf' for '--log-inv-scale <Λ>': log inverse scale: found inf, expected a positive finite number
    saltus: invalid value 'nan' for '--log-inv-scale <Λ>': log inverse scale: found NaN, expected a positive finite number
    saltus: invalid value 'large' for '--log-inv-scale <Λ>': expected a positive finite number, the log inverse scale
    saltus: invalid value '' for '--log-inv-scale <Λ>': expected a positive finite number, the log inverse scale
    saltus: invalid value '-1' for '--until <τ>': time: found -1, expected a finite number that is at least 0
    saltus: invalid value 'nan' for '--until <τ>': time: found NaN, expected a finite number that is at least 0
    saltus: invalid value '-1' for '--at <τ1,τ2,…>': time: found -1, expected a finite number that is at least 0
    saltus: invalid value '' for '--at <τ1,τ2,…>': expected a finite number that is at least 0, a rescaled time
    saltus: --at: found 2, expected times up to --until, 1.5
    saltus: invalid value 'euler' for '--method <METHOD>' [possible values: radau, rodas]
    saltus: invalid value '0' for '--tolerance <ε>': expected a number from 1e-14 to 1e-2
    saltus: invalid value '1' for '--tolerance <ε>': expected a number from 1e-14 to 1e-2
    ");
}

#[test]
fn training() {
    let folder = Folder::new();
    folder.write("steps.txt", "0.1 -3");
    let train = |options: &'static [&'static str]| {
        [
            &["train", "diagonal.toml", "--steps", "5", "--scale"],
            options,
        ]
        .concat()
    };
    let command_lines = [
        train(&["0", "--stepsize", "1"]),
        train(&["-1", "--stepsize", "1"]),
        train(&["inf", "--stepsize", "1"]),
        train(&["1"]),
        train(&["1", "--stepsize", "0"]),
        train(&["1", "--stepsize", "-0.1"]),
        train(&["1", "--stepsize", "nan"]),
        train(&["1", "--stepsize", "1", "--stepsizes", "1,2"]),
        train(&["1", "--stepsizes", "1,0"]),
        train(&["1", "--stepsizes", ","]),
        train(&["1", "--stepsizes", "missing.txt"]),
        train(&["1", "--stepsizes", "steps.txt"]),
        train(&["1", "--stepsize", "1", "--batch", "0"]),
        train(&["1", "--stepsize", "1", "--batch", "4"]),
        train(&["1", "--stepsize", "1", "--batch", "-1"]),
        train(&["1", "--stepsize", "1", "--batch", "99999999999999999999"]),
        train(&["1", "--stepsize", "1", "--seed", "x"]),
        train(&["1", "--stepsize", "1", "--every", "2"]),
        train(&["1", "--stepsize", "1", "--trace", "a.csv", "--every", "0"]),
        train(&["1", "--stepsize", "1", "--trace", "a.txt"]),
        train(&["1", "--stepsize", "1", "--trace", "none/a.csv"]),
    ];
    insta::assert_snapshot!(messages(&folder, command_lines.iter().map(Vec::as_slice)), @r#"
    saltus: invalid value '0' for '--scale <α>': expected a positive finite number
    saltus: invalid value '-1' for '--scale <α>': expected a positive finite number
    saltus: invalid value 'inf' for '--scale <α>': expected a positive finite number
    saltus: the following required arguments were not provided: --stepsize <γ> (usage: saltus train --scale <α> --steps <K> --stepsize <γ> <FILE>)
    saltus: invalid value '0' for '--stepsize <γ>': expected a positive finite number
    saltus: invalid value '-0.1' for '--stepsize <γ>': expected a positive finite number
    saltus: invalid value 'nan' for '--stepsize <γ>': expected a positive finite number
    saltus: the argument '--stepsize <γ>' cannot be used with '--stepsizes <LIST|FILE>' (usage: saltus train --scale <α> --steps <K> --stepsize <γ> <FILE>)
    saltus: --stepsizes: number 1 (from 0): found "0", expected a positive finite number
    saltus: --stepsizes: found no number, expected at least one
    saltus: --stepsizes: missing.txt: there is no such file, expected one that can be read
    saltus: --stepsizes: steps.txt: number 1 (from 0): found "-3", expected a positive finite number
    saltus: --batch: found 0, expected 1 to 3, the number of samples
    saltus: --batch: found 4, expected 1 to 3, the number of samples
    saltus: invalid value '-1' for '--batch <b>': expected a whole number from 0 to 18446744073709551615
    saltus: invalid value '99999999999999999999' for '--batch <b>': expected a whole number from 0 to 18446744073709551615
    saltus: invalid value 'x' for '--seed <s>': expected a whole number from 0 to 18446744073709551615
    saltus: the following required arguments were not provided: <--trace <FILE>|--npz <FILE>> (usage: saltus train --scale <α> --steps <K> --stepsize <γ> --every <k> <--trace <FILE>|--npz <FILE>> <FILE>)
    saltus: --every: found 0, expected at least 1
    saltus: --trace: found a.txt, expected a name that ends in .csv or .jsonl
    saltus: none/a.csv: cannot be written: there is no folder none
    "#);
    let relu = [
        "train",
        "relu.toml",
        "--scale",
        "1",
        "--stepsize",
        "1",
        "--steps",
        "5",
    ];
    insta::assert_snapshot!(messages(&folder, [&relu[..]]), @"saltus: relu.toml: system: found relu-orthogonal, expected diagonal-linear, the only system that train takes");
}
