//! What is accepted, shown as the self-contained instance file that says the same.

mod common;
mod npy_bytes;

use common::parse_with;
use npy_bytes::{npy, npy_doubles};
use saltus_data::{DataError, inline_toml, parse_instance};

#[track_caller]
fn check(text: &str, files: &[(&str, &[u8])]) -> String {
    match parse_with(text, files) {
        Ok(instance) => inline_toml(&instance),
        Err(error) => format!("refused: {error}"),
    }
}

#[test]
fn numbers_are_taken_exactly() {
    insta::assert_snapshot!(check(
        r#"
        system = "diagonal-linear"
        name = "a \"quoted\" name"
        data.inputs = [[1, -2, 0x10, 1_000], ["3/6", "-0.15", " 7 ", "25e-1"], [0.5, -0.1, 1e300, 3.0]]
        data.labels = [0, "-0", "2/1"]
        "#,
        &[],
    ), @r#"
        system = "diagonal-linear"
        name = 'a "quoted" name'

        [data]
        inputs = [
            [1, -2, 16, 1000],
            ["1/2", "-3/20", 7, "5/2"],
            ["1/2", -0.1, 1e300, 3],
        ]
        labels = [0, 0, 2]
        "#);
}

#[test]
fn both_kinds_of_output_weights() {
    insta::assert_snapshot!(check(
        r#"
        system = "relu-orthogonal"
        name = "balanced"
        [data]
        inputs = [["3/5", "4/5"], ["-4/5", "3/5"]]
        labels = ["1/2", -2]
        [init]
        hidden = [["1", "-1/2"], ["1/4", "2"], [0, 0]]
        signs = [1, -1.0, "1"]
        "#,
        &[],
    ), @r#"
        system = "relu-orthogonal"
        name = "balanced"

        [data]
        inputs = [
            ["3/5", "4/5"],
            ["-4/5", "3/5"],
        ]
        labels = ["1/2", -2]

        [init]
        hidden = [
            [1, "-1/2"],
            ["1/4", 2],
            [0, 0],
        ]
        signs = [1, -1, 1]
        "#);
    insta::assert_snapshot!(check(
        r#"
        system = "relu-orthogonal"
        name = "given"
        [data]
        inputs = [[0, 3]]
        labels = [1]
        [init]
        hidden = [[3, 4], [1, 1]]
        output = [-5, "17/12"]
        exponents = [1, "3/2"]
        "#,
        &[],
    ), @r#"
        system = "relu-orthogonal"
        name = "given"

        [data]
        inputs = [
            [0, 3],
        ]
        labels = [1]

        [init]
        hidden = [
            [3, 4],
            [1, 1],
        ]
        output = [-5, "17/12"]
        exponents = [1, "3/2"]
        "#);
}

#[test]
fn csv_entries_are_exact_or_nearest_doubles() {
    let files: &[(&str, &[u8])] = &[
        ("in/x.csv", b"0.1, 1/3\r\n2,-4e-2\r\n"),
        ("in/f.csv", b"0.1,2\n3,1e-320\n"),
        ("y.csv", b"1\n2\n"),
        ("row.csv", b"1,2"),
    ];
    insta::assert_snapshot!(check(
        "system = \"diagonal-linear\"\n[data]\ninputs = \"in/x.csv\"\nlabels = \"y.csv\"",
        files,
    ), @r#"
        system = "diagonal-linear"
        name = "i"

        [data]
        inputs = [
            ["1/10", "1/3"],
            [2, "-1/25"],
        ]
        labels = [1, 2]
        "#);
    insta::assert_snapshot!(check(
        "system = \"diagonal-linear\"\n[data]\ninputs = \"in/f.csv\"\nlabels = \"row.csv\"\nnumbers = \"f64\"",
        files,
    ), @r#"
        system = "diagonal-linear"
        name = "i"

        [data]
        inputs = [
            [0.1, 2],
            [3, 1e-320],
        ]
        labels = [1, 2]
        "#);
}

#[test]
fn npy_arrays_of_all_kinds() {
    let c_order = npy_doubles("(2, 3)", false, &[0.5, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let fortran = npy_doubles("(2, 3)", true, &[0.5, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let vector = npy(
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
        &[
            1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
        ],
    );
    let single = npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }",
        &[0, 0, 0, 63, 0, 0, 128, 63, 205, 204, 204, 61],
    );
    let text = |inputs: &str| {
        format!(
            "system = \"diagonal-linear\"\nname = \"npy\"\n[data]\ninputs = \"{inputs}\"\nlabels = \"y.npy\"\n[init]\nshape = \"c.npy\""
        )
    };
    let files: &[(&str, &[u8])] = &[
        ("c.npy", &single),
        ("f.npy", &fortran),
        ("x.npy", &c_order),
        ("y.npy", &vector),
    ];
    let shown = check(&text("x.npy"), files);
    assert_eq!(shown, check(&text("f.npy"), files));
    insta::assert_snapshot!(shown, @r#"
        system = "diagonal-linear"
        name = "npy"

        [data]
        inputs = [
            ["1/2", 2, 3],
            [4, 5, 6],
        ]
        labels = [1, -1]

        [init]
        shape = ["1/2", 1, "13421773/134217728"]
        "#);
}

#[test]
fn tables_are_split_centred_and_scaled() {
    let files: &[(&str, &[u8])] = &[
        ("t.csv", b"a,y,b\n1,10,0.5\n2,20,1.5\n6,60,1\n"),
        ("o.csv", b"y, u, v\n1,3,4\n-2,-4,3\n"),
    ];
    insta::assert_snapshot!(check(
        "system = \"diagonal-linear\"\n[data]\ntable = \"t.csv\"\ntarget = \"y\"\ncenter = true\ncolumn_scale = [2, \"1/3\"]",
        files,
    ), @r#"
        system = "diagonal-linear"
        name = "i"

        [data]
        inputs = [
            [-4, "-1/6"],
            [-2, "1/6"],
            [6, 0],
        ]
        labels = [-20, -10, 30]
        "#);
    insta::assert_snapshot!(check(
        "system = \"diagonal-linear\"\n[data]\ntable = \"t.csv\"\ntarget = \"a\"",
        files,
    ), @r#"
        system = "diagonal-linear"
        name = "i"

        [data]
        inputs = [
            [10, "1/2"],
            [20, "3/2"],
            [60, 1],
        ]
        labels = [1, 2, 6]
        "#);
    insta::assert_snapshot!(check(
        "system = \"relu-orthogonal\"\n[data]\ntable = \"o.csv\"\ntarget = \"y\"\n[init]\nhidden = [[1, 1]]\nsigns = [-1]",
        files,
    ), @r#"
        system = "relu-orthogonal"
        name = "i"

        [data]
        inputs = [
            [3, 4],
            [-4, 3],
        ]
        labels = [1, -2]

        [init]
        hidden = [
            [1, 1],
        ]
        signs = [-1]
        "#);
}

#[test]
fn the_name_of_a_file_stands_in_for_a_missing_name() -> Result<(), DataError> {
    let text = "system = \"diagonal-linear\"\n[data]\ninputs = [[1]]\nlabels = [1]";
    for (file, name) in [
        ("a/b/c.toml", "c"),
        ("c", "c"),
        (".toml", ".toml"),
        ("x.y.toml", "x.y"),
        ("", ""),
    ] {
        let instance = parse_instance(text, file, &mut |_| Ok(Vec::new()))?;
        assert_eq!(instance.name(), name, "{file}");
    }
    Ok(())
}
