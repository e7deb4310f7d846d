//! What is refused, and in which words: one line each, with place, finding and expectation.

#[path = "../common/mod.rs"]
mod common;
mod files;

use common::parse_with;

/// The message for each labelled instance file.
#[track_caller]
fn check(cases: &[(&str, &str)]) -> String {
    check_with(cases, &[])
}

#[track_caller]
fn check_with(cases: &[(&str, &str)], files: &[(&str, &[u8])]) -> String {
    let mut lines = Vec::new();
    for (label, text) in cases {
        let message = match parse_with(text, files) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(!message.contains('\n'), "{label}: {message}");
        lines.push(format!("{label} | {message}"));
    }
    lines.join("\n")
}

/// A ReLU file with these two tables.
fn relu(data: &str, init: &str) -> String {
    format!("system = \"relu-orthogonal\"\n[data]\n{data}\n[init]\n{init}\n")
}

/// A diagonal file with this table `[data]`.
fn diagonal(data: &str) -> String {
    format!("system = \"diagonal-linear\"\n[data]\n{data}\n")
}

const DATA: &str = "inputs = [[1, 0], [0, 2]]\nlabels = [1, -1]";
const INIT: &str = "hidden = [[1, 2], [3, -4]]\nsigns = [1, -1]";

#[track_caller]
fn check_relu(cases: &[(&str, &str, &str)]) -> String {
    let texts: Vec<String> = cases
        .iter()
        .map(|(_, data, init)| relu(data, init))
        .collect();
    let cases: Vec<(&str, &str)> = cases
        .iter()
        .zip(&texts)
        .map(|((label, ..), text)| (*label, text.as_str()))
        .collect();
    check(&cases)
}

#[track_caller]
fn check_diagonal(cases: &[(&str, &str)], files: &[(&str, &[u8])]) -> String {
    let texts: Vec<String> = cases.iter().map(|(_, data)| diagonal(data)).collect();
    let cases: Vec<(&str, &str)> = cases
        .iter()
        .zip(&texts)
        .map(|((label, _), text)| (*label, text.as_str()))
        .collect();
    check_with(&cases, files)
}

#[test]
fn text_that_is_not_toml() {
    let long = format!("[data]\nlabels = [{}]", "9".repeat(60));
    let deep = format!("x = {}{}", "[".repeat(5000), "]".repeat(5000));
    insta::assert_snapshot!(check(&[
        ("nothing", ""),
        ("half a line", "system"),
        ("open bracket", "system = \"relu-orthogonal\"\n[data]\ninputs = [[1, 2]\nlabels = 3"),
        ("open string", "system = \"relu-orthogonal\n"),
        ("twice the same key", "system = \"a\"\nsystem = \"b\""),
        ("twice the same table", "[data]\n[init]\n[data]"),
        ("integer of 30 digits", "[data]\nlabels = [123456789012345678901234567890]"),
        ("integer of 60 digits", &long),
        ("deep nesting", &deep),
        ("control character", "name = \"a\u{0}b\""),
    ]), @r#"
        nothing | i.toml: system: found nothing, expected "relu-orthogonal" or "diagonal-linear"
        half a line | i.toml: line 1, column 7: key with no value, expected `=`
        open bracket | i.toml: line 4, column 1: missing comma between array elements, expected `,`
        open string | i.toml: line 1, column 26: invalid basic string, expected `"`
        twice the same key | i.toml: line 2, column 1: found a duplicate key, expected every key once
        twice the same table | i.toml: line 3, column 2: found a duplicate key, expected every key once
        integer of 30 digits | i.toml: line 2, column 11: found an integer beyond 64 bits, expected it in quotes
        integer of 60 digits | i.toml: line 2, column 11: found an integer beyond 64 bits, expected it in quotes
        deep nesting | i.toml: line 1, column 85: cannot recurse further; max recursion depth met
        control character | i.toml: line 1, column 10: invalid basic string, expected non-double-quote visible characters, `\`
        "#);
}

#[test]
fn top_level_keys() {
    let long_key = format!("{} = 1\nsystem = \"relu-orthogonal\"", "k".repeat(1000));
    let long_system = format!("system = \"{}\"", "s\\n".repeat(1000));
    insta::assert_snapshot!(check(&[
        ("unknown key", "system = \"diagonal-linear\"\nlabel = 3"),
        ("long unknown key", &long_key),
        ("unknown system", "system = \"relu\""),
        ("long unknown system", &long_system),
        ("system is a number", "system = 3"),
        ("name is a number", "system = \"diagonal-linear\"\nname = 3"),
        ("no data", "system = \"diagonal-linear\""),
        ("data is a number", "system = \"diagonal-linear\"\ndata = 3"),
        ("no init", "system = \"relu-orthogonal\"\n[data]\ninputs = [[1]]\nlabels = [1]"),
        ("init is a list", "system = \"relu-orthogonal\"\ninit = [1]\n[data]\ninputs = [[1]]\nlabels = [1]"),
    ]), @r#"
        unknown key | i.toml: "label": found an unknown key, expected one of: system, name, data, init
        long unknown key | i.toml: "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…": found an unknown key, expected one of: system, name, data, init
        unknown system | i.toml: system: found "relu", expected "relu-orthogonal" or "diagonal-linear"
        long unknown system | i.toml: system: found "s\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\ns\n…", expected "relu-orthogonal" or "diagonal-linear"
        system is a number | i.toml: system: found 3, expected "relu-orthogonal" or "diagonal-linear"
        name is a number | i.toml: name: found 3, expected a string
        no data | i.toml: [data]: found nothing, expected a table with inputs and labels
        data is a number | i.toml: data: found 3, expected a table
        no init | i.toml: [init]: found nothing, expected a table with hidden, and signs or output
        init is a list | i.toml: init: found an array of length 1, expected a table
        "#);
}

#[test]
fn keys_of_the_tables() {
    insta::assert_snapshot!(check_relu(&[
        ("unknown in data", "input = [[1]]\nlabels = [1]", INIT),
        ("unknown in init", DATA, "hiden = [[1, 2]]\nsigns = [1]"),
        ("column_scale on ReLU", "inputs = [[1, 0]]\nlabels = [1]\ncolumn_scale = [1, 1]", INIT),
        ("shape on ReLU", DATA, "shape = [1]"),
        ("no labels", "inputs = [[1, 0]]", INIT),
        ("no inputs", "labels = [1]", INIT),
        ("no hidden", DATA, "signs = [1, 1]"),
        ("neither signs nor output", DATA, "hidden = [[1, 2]]"),
        ("signs and output", DATA, "hidden = [[1, 2]]\nsigns = [1]\noutput = [5]"),
        ("generate and hidden", DATA, "hidden = [[1, 2]]\ngenerate = { width = 3, seed = 1 }"),
        ("inputs and table", "inputs = [[1, 0]]\ntable = \"t.csv\"", INIT),
        ("labels and generate", "labels = [1]\ngenerate = { kind = \"axes\", points = 3, seed = 1 }", INIT),
        ("center without table", "inputs = [[1, 0]]\nlabels = [1]\ncenter = true", INIT),
        ("target without table", "inputs = [[1, 0]]\nlabels = [1]\ntarget = \"y\"", INIT),
        ("numbers is unknown", "inputs = [[1, 0]]\nlabels = [1]\nnumbers = \"f32\"", INIT),
    ]), @r#"
        unknown in data | i.toml: [data] "input": found an unknown key, expected one of: inputs, labels, numbers, table, target, center, generate
        unknown in init | i.toml: [init] "hiden": found an unknown key, expected one of: hidden, signs, output, generate, exponents, numbers
        column_scale on ReLU | i.toml: [data] column_scale: found a key of diagonal-linear files, expected only keys of the system that this file names, relu-orthogonal
        shape on ReLU | i.toml: [init] shape: found a key of diagonal-linear files, expected only keys of the system that this file names, relu-orthogonal
        no labels | i.toml: [data] labels: found nothing, expected an array of numbers, or a path that ends in .csv or .npy
        no inputs | i.toml: [data] inputs: found nothing, expected either inputs and labels, or table and target, or generate
        no hidden | i.toml: [init] hidden: found nothing, expected either hidden with signs or output, or generate
        neither signs nor output | i.toml: [init] signs: found nothing, expected signs (numbers 1 or -1), or output (numbers)
        signs and output | i.toml: [init] signs: found it together with output, expected one of the two
        generate and hidden | i.toml: [init] generate: found it together with hidden, expected either hidden with signs or output, or generate
        inputs and table | i.toml: [data] inputs: found it together with table, expected either inputs and labels, or table and target, or generate
        labels and generate | i.toml: [data] labels: found it together with generate, expected either inputs and labels, or table and target, or generate
        center without table | i.toml: [data] center: found it without table, expected center only with table
        target without table | i.toml: [data] inputs: found it together with target, expected either inputs and labels, or table and target, or generate
        numbers is unknown | i.toml: [data] numbers: found "f32", expected "exact" or "f64"
        "#);
    insta::assert_snapshot!(check(&[
        ("hidden on diagonal", "system = \"diagonal-linear\"\n[data]\ninputs = [[1]]\nlabels = [1]\n[init]\nhidden = [[1]]"),
        ("signs on diagonal", "system = \"diagonal-linear\"\n[data]\ninputs = [[1]]\nlabels = [1]\n[init]\nsigns = [1]"),
        ("unknown in diagonal init", "system = \"diagonal-linear\"\n[data]\ninputs = [[1]]\nlabels = [1]\n[init]\nshapes = [1]"),
    ]), @r#"
        hidden on diagonal | i.toml: [init] hidden: found a key of relu-orthogonal files, expected only keys of the system that this file names, diagonal-linear
        signs on diagonal | i.toml: [init] signs: found a key of relu-orthogonal files, expected only keys of the system that this file names, diagonal-linear
        unknown in diagonal init | i.toml: [init] "shapes": found an unknown key, expected one of: shape, exponents, numbers
        "#);
}

#[test]
fn numbers_that_are_none() {
    let digits = format!(
        "labels = [\"{}\", 1]\ninputs = [[1, 0], [0, 1]]",
        "7".repeat(1_000_000)
    );
    insta::assert_snapshot!(check_relu(&[
        ("division by zero", "inputs = [[1, 0], [0, \"1/0\"]]\nlabels = [1, 1]", INIT),
        ("huge exponent", "inputs = [[1, 0], [0, \"1e999999999\"]]\nlabels = [1, 1]", INIT),
        ("a million digits", &digits, INIT),
        ("empty string", "inputs = [[1, 0], [0, \"\"]]\nlabels = [1, 1]", INIT),
        ("word", "inputs = [[1, 0], [0, \"one\"]]\nlabels = [1, 1]", INIT),
        ("nan", "inputs = [[nan, 0], [0, 1]]\nlabels = [1, 1]", INIT),
        ("infinity", "inputs = [[1, 0], [0, 1]]\nlabels = [1, -inf]", INIT),
        ("nan in quotes", "inputs = [[1, 0], [0, 1]]\nlabels = [1, \"nan\"]", INIT),
        ("float beyond doubles", "inputs = [[1, 0], [0, 1]]\nlabels = [1, 1e999]", INIT),
        ("boolean", "inputs = [[1, 0], [0, 1]]\nlabels = [1, true]", INIT),
        ("date", "inputs = [[1, 0], [0, 2004-04-01]]\nlabels = [1, 1]", INIT),
        ("list for a number", "inputs = [[1, 0], [0, [1]]]\nlabels = [1, 1]", INIT),
        ("sign 2", DATA, "hidden = [[1, 2], [3, -4]]\nsigns = [1, 2]"),
        ("sign in words", DATA, "hidden = [[1, 2], [3, -4]]\nsigns = [1, \"minus\"]"),
    ]), @r#"
        division by zero | i.toml: [data] inputs[1][1]: found "1/0", expected a denominator that is not 0
        huge exponent | i.toml: [data] inputs[1][1]: a decimal exponent may be at most 4000 in absolute value, found `999999999`
        a million digits | i.toml: [data] labels[0]: a number may have at most 10000 characters, found 1000000: `7777777777777777777777777777777777777777…`
        empty string | i.toml: [data] inputs[1][1]: expected a number, found an empty text
        word | i.toml: [data] inputs[1][1]: expected an integer, a decimal number or a fraction of integers, found `one`
        nan | i.toml: [data] inputs[0][0]: found NaN, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
        infinity | i.toml: [data] labels[1]: found -inf, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
        nan in quotes | i.toml: [data] labels[1]: expected an integer, a decimal number or a fraction of integers, found `nan`
        float beyond doubles | i.toml: line 4, column 14: floating-point number overflowed
        boolean | i.toml: [data] labels[1]: found true, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
        date | i.toml: [data] inputs[1][1]: found a date or time, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
        list for a number | i.toml: [data] inputs[1][1]: found an array of length 1, expected a number: an integer, a finite float, or a string such as "3/5" or "0.15"
        sign 2 | i.toml: [init] signs[1]: found "2", expected 1 or -1
        sign in words | i.toml: [init] signs[1]: expected an integer, a decimal number or a fraction of integers, found `minus`
        "#);
}

#[test]
fn shapes_that_do_not_fit() {
    insta::assert_snapshot!(check_relu(&[
        ("ragged", "inputs = [[1, 0], [0]]\nlabels = [1, 1]", INIT),
        ("row is a number", "inputs = [1, 0]\nlabels = [1, 1]", INIT),
        ("inputs is a number", "inputs = 1\nlabels = [1, 1]", INIT),
        ("labels is a table", "inputs = [[1]]\nlabels = { a = 1 }", INIT),
        ("no rows", "inputs = []\nlabels = []", INIT),
        ("empty rows", "inputs = [[], []]\nlabels = [1, 2]", INIT),
        ("labels too short", "inputs = [[1, 0], [0, 1]]\nlabels = [1]", INIT),
        ("hidden empty", DATA, "hidden = []\nsigns = []"),
        ("hidden of another dimension", DATA, "hidden = [[1, 2, 3]]\nsigns = [1]"),
        ("signs too long", DATA, "hidden = [[1, 2]]\nsigns = [1, 1]"),
        ("output too short", DATA, "hidden = [[1, 2], [1, 1]]\noutput = [5]"),
        ("exponents too short", DATA, "hidden = [[1, 2], [1, 1]]\nsigns = [1, 1]\nexponents = [1]"),
    ]), @r"
        ragged | i.toml: [data] inputs[1]: found a row of 1 numbers, expected 2, as in row 0
        row is a number | i.toml: [data] inputs[0]: found 1, expected a row: an array of numbers
        inputs is a number | i.toml: [data] inputs: found 1, expected an array of rows, each an array of numbers, or a path that ends in .csv or .npy
        labels is a table | i.toml: [data] labels: found a table, expected an array of numbers, or a path that ends in .csv or .npy
        no rows | i.toml: [data] inputs: found 0 × 0 numbers, expected at least 1 × 1
        empty rows | i.toml: [data] inputs: found 2 × 0 numbers, expected at least 1 × 1
        labels too short | i.toml: [data] labels: found length 1, expected 2 (one for each row of inputs)
        hidden empty | i.toml: [init] hidden: found 0 × 0 numbers, expected at least 1 × 1
        hidden of another dimension | i.toml: [init] hidden: found rows of length 3, expected 2 (the input dimension of [data] inputs)
        signs too long | i.toml: [init] signs: found length 2, expected 1 (one for each row of hidden)
        output too short | i.toml: [init] output: found length 1, expected 2 (one for each row of hidden)
        exponents too short | i.toml: [init] exponents: found length 1, expected 2 (one for each row of hidden)
        ");
}

#[test]
fn numbers_that_form_no_instance() {
    insta::assert_snapshot!(check_relu(&[
        ("not orthogonal", "inputs = [[1, 0], [0, 1], [0.1, 0]]\nlabels = [1, 1, 1]", INIT),
        ("orthogonal up to rounding", "inputs = [[0.1, 0.3], [-0.9, 0.3]]\nlabels = [1, 1]", INIT),
        ("orthogonal up to one in 10^30", "inputs = [[\"1e30\", 1], [1, \"-1000000000000000000000000000001\"]]\nlabels = [1, 1]", INIT),
        ("zero input", "inputs = [[1, 0], [0, 0]]\nlabels = [1, 1]", INIT),
        ("output below the norm", DATA, "hidden = [[3, 4]]\noutput = [\"-4.999\"]"),
        ("output 0", DATA, "hidden = [[0, 0]]\noutput = [0]"),
        ("exponent 0", DATA, "hidden = [[1, 2]]\nsigns = [1]\nexponents = [0]"),
        ("exponent negative", DATA, "hidden = [[1, 2]]\nsigns = [1]\nexponents = [\"-3/2\"]"),
    ]), @r"
        not orthogonal | i.toml: [data] inputs, rows 0 and 2 (from 0): found inner product 3602879701896397/36028797018963968, expected exactly 0
        orthogonal up to rounding | i.toml: [data] inputs, rows 0 and 1 (from 0): found inner product -1/72057594037927936, expected exactly 0
        orthogonal up to one in 10^30 | i.toml: [data] inputs, rows 0 and 1 (from 0): found inner product -1, expected exactly 0
        zero input | i.toml: [data] inputs, row 1 (from 0): found the zero vector, expected a non-zero input
        output below the norm | i.toml: [init] output[0] (from 0): found output² = 24990001/1000000 < ‖hidden‖² = 25, expected |output| ≥ ‖hidden‖ (otherwise the sign of the output weight may change, which the theory excludes)
        output 0 | i.toml: [init] output[0] (from 0): found 0, expected a non-zero number (its sign is that of the neuron)
        exponent 0 | i.toml: [init] exponents[0] (from 0): found 0, expected a positive number
        exponent negative | i.toml: [init] exponents[0] (from 0): found -3/2, expected a positive number
        ");
    insta::assert_snapshot!(check(&[
        ("shape 0", "system = \"diagonal-linear\"\n[data]\ninputs = [[1, 2]]\nlabels = [1]\n[init]\nshape = [1, 0]"),
        ("shape too long", "system = \"diagonal-linear\"\n[data]\ninputs = [[1, 2]]\nlabels = [1]\n[init]\nshape = [1, 1, 1]"),
    ]), @r"
        shape 0 | i.toml: [init] shape[1] (from 0): found 0, expected a positive number
        shape too long | i.toml: [init] shape: found length 3, expected 2 (one for each column of inputs)
        ");
}

#[test]
fn recipes() {
    insta::assert_snapshot!(check_relu(&[
        ("not a table", "generate = 3", INIT),
        ("no kind", "generate = { points = 3, seed = 1 }", INIT),
        ("unknown kind", "generate = { kind = \"random\", points = 3, seed = 1 }", INIT),
        ("kind of the other system", "generate = { kind = \"sparse-regression\", points = 3, seed = 1 }", INIT),
        ("unknown key", "generate = { kind = \"axes\", point = 3, seed = 1 }", INIT),
        ("no seed", "generate = { kind = \"axes\", points = 3 }", INIT),
        ("negative seed", "generate = { kind = \"axes\", points = 3, seed = -1 }", INIT),
        ("no points", "generate = { kind = \"axes\", seed = 1 }", INIT),
        ("zero points", "generate = { kind = \"axes\", points = 0, seed = 1 }", INIT),
        ("too many points", "generate = { kind = \"axes\", points = 1000000, seed = 1 }", INIT),
        ("too many for Cayley", "generate = { kind = \"cayley\", points = 33, seed = 1 }", INIT),
        ("not a power of 2", "generate = { kind = \"hadamard\", points = 12, seed = 1 }", INIT),
        ("unknown labels", "generate = { kind = \"axes\", points = 3, seed = 1, labels = \"gauss\" }", INIT),
        ("unknown norms", "generate = { kind = \"axes\", points = 3, seed = 1, norms = 2 }", INIT),
        ("numbers with generate", "generate = { kind = \"axes\", points = 3, seed = 1 }\nnumbers = \"f64\"", INIT),
        ("init is not a table", DATA, "generate = 3"),
        ("no width", DATA, "generate = { seed = 3 }"),
        ("width is a string", DATA, "generate = { width = \"3\", seed = 3 }"),
        ("width 0", DATA, "generate = { width = 0, seed = 3 }"),
        ("too wide", DATA, "generate = { width = 100001, seed = 3 }"),
        ("unknown law of weights", DATA, "generate = { width = 3, seed = 3, weights = \"normal\" }"),
        ("exponents that do not fit", DATA, "generate = { width = 3, seed = 3 }\nexponents = [1, 1]"),
    ]), @r#"
        not a table | i.toml: [data] generate: found 3, expected a table { kind = …, seed = …, … }
        no kind | i.toml: [data] generate.kind: found nothing, expected "axes" or "cayley" or "hadamard"
        unknown kind | i.toml: [data] generate.kind: found "random", expected "axes" or "cayley" or "hadamard"
        kind of the other system | i.toml: [data] generate.kind: found "sparse-regression", expected "axes" or "cayley" or "hadamard"
        unknown key | i.toml: [data] generate."point": found an unknown key, expected one of: kind, points, seed, stream, labels, norms
        no seed | i.toml: [data] generate.seed: found nothing, expected an integer
        negative seed | i.toml: [data] generate.seed: found -1, expected an integer that is at least 0
        no points | i.toml: [data] generate.points: found nothing, expected an integer
        zero points | i.toml: [data] generate.points: found 0, expected an integer from 1 to 2000
        too many points | i.toml: [data] generate.points: found 1000000, expected an integer from 1 to 2000
        too many for Cayley | i.toml: [data] generate.points: found 33, expected an integer from 1 to 32
        not a power of 2 | i.toml: [data] generate.points: found 12, expected a power of 2
        unknown labels | i.toml: [data] generate.labels: found "gauss", expected "bell" or "signs" or "uniform"
        unknown norms | i.toml: [data] generate.norms: found 2, expected "unit" or "uniform"
        numbers with generate | i.toml: [data] generate: found it together with numbers, expected generate alone, or other sources
        init is not a table | i.toml: [init] generate: found 3, expected a table { width = …, seed = … }
        no width | i.toml: [init] generate.width: found nothing, expected an integer
        width is a string | i.toml: [init] generate.width: found "3", expected an integer from 1 to 100000
        width 0 | i.toml: [init] generate.width: found 0, expected an integer from 1 to 100000
        too wide | i.toml: [init] generate.width: found 100001, expected an integer from 1 to 100000
        unknown law of weights | i.toml: [init] generate.weights: found "normal", expected "integers" or "bell" or "frame"
        exponents that do not fit | i.toml: [init] exponents: found length 2, expected 3 (one for each row of hidden)
        "#);
    insta::assert_snapshot!(check_diagonal(&[
        ("kind of the other system", "generate = { kind = \"axes\", samples = 3, dimension = 3, support = 1, seed = 1 }"),
        ("support too large", "generate = { kind = \"sparse-regression\", samples = 3, dimension = 3, support = 4, seed = 1 }"),
        ("noise is a word", "generate = { kind = \"sparse-regression\", samples = 3, dimension = 3, support = 1, noise = \"loud\", seed = 1 }"),
        ("too many entries", "generate = { kind = \"sparse-regression\", samples = 2000, dimension = 2001, support = 1, seed = 1 }"),
    ], &[]), @r#"
        kind of the other system | i.toml: [data] generate.kind: found "axes", expected "sparse-regression"
        support too large | i.toml: [data] generate.support: found 4, expected an integer from 0 to 3
        noise is a word | i.toml: [data] generate.noise: expected an integer, a decimal number or a fraction of integers, found `loud`
        too many entries | i.toml: [data] generate.dimension: found 2001, expected an integer from 1 to 2000
        "#);
}
