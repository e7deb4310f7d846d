//! Data files that are refused: missing, malformed, of the wrong shape, too large.

#[path = "../npy_bytes/mod.rs"]
mod npy_bytes;

use npy_bytes::{npy, npy_doubles};

use super::check_diagonal;

#[test]
fn data_files() {
    let wide = npy_doubles("(2, 3)", false, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let files: &[(&str, &[u8])] = &[
        ("x.csv", b"1,2\n3,4\n"),
        ("empty.csv", b""),
        ("blank.csv", b"\n\n\n"),
        ("ragged.csv", b"1,2\n\n3,4\n5\n"),
        ("word.csv", b"1,2\n3,four\n"),
        ("header.csv", b"a,b\n1,2\n"),
        ("gap.csv", b"1,2\n3,\n"),
        ("infinite.csv", b"1,inf\n"),
        ("huge.csv", b"1,1e400\n"),
        ("zero.csv", b"1/0,1\n"),
        ("latin.csv", b"1,2\n3,\xe9\n"),
        ("binary.csv", b"\x93NUMPY\x01\x00\x00\x00\xff"),
        ("header_only.csv", b"a,b\n"),
        ("table.csv", b"a,b,y\n1,2,3\n4,5,6\n"),
        ("twice.csv", b"y,b,y\n1,2,3\n"),
        ("only_target.csv", b"y\n1\n2\n"),
        ("wide.npy", &wide),
    ];
    insta::assert_snapshot!(check_diagonal(&[
        ("missing file", "inputs = \"none.csv\"\nlabels = [1]"),
        ("missing file with a long name", &format!("inputs = \"{}.csv\"\nlabels = [1]", "n".repeat(500))),
        ("other ending", "inputs = \"x.txt\"\nlabels = [1]"),
        ("empty file", "inputs = \"empty.csv\"\nlabels = [1]"),
        ("blank lines", "inputs = \"blank.csv\"\nlabels = [1]"),
        ("ragged", "inputs = \"ragged.csv\"\nlabels = [1]"),
        ("word", "inputs = \"word.csv\"\nlabels = [1, 2]"),
        ("header", "inputs = \"header.csv\"\nlabels = [1]"),
        ("missing entry", "inputs = \"gap.csv\"\nlabels = [1, 2]"),
        ("missing entry as double", "inputs = \"gap.csv\"\nlabels = [1, 2]\nnumbers = \"f64\""),
        ("infinite", "inputs = \"infinite.csv\"\nlabels = [1]\nnumbers = \"f64\""),
        ("beyond doubles", "inputs = \"huge.csv\"\nlabels = [1]\nnumbers = \"f64\""),
        ("division by zero", "inputs = \"zero.csv\"\nlabels = [1]"),
        ("not UTF-8", "inputs = \"latin.csv\"\nlabels = [1]"),
        ("binary", "inputs = \"binary.csv\"\nlabels = [1]"),
        ("labels from a matrix", "inputs = \"x.csv\"\nlabels = \"x.csv\""),
        ("labels from a wide array", "inputs = \"x.csv\"\nlabels = \"wide.npy\""),
        ("too few labels", "inputs = \"x.csv\"\nlabels = [1]"),
        ("table without target", "table = \"table.csv\""),
        ("table that is NPY", "table = \"wide.npy\"\ntarget = \"y\""),
        ("target is not there", "table = \"table.csv\"\ntarget = \"z\""),
        ("target is there twice", "table = \"twice.csv\"\ntarget = \"y\""),
        ("table of a header only", "table = \"header_only.csv\"\ntarget = \"a\""),
        ("table of a target only", "table = \"only_target.csv\"\ntarget = \"y\""),
        ("center is a word", "table = \"table.csv\"\ntarget = \"y\"\ncenter = \"yes\""),
        ("column_scale too short", "table = \"table.csv\"\ntarget = \"y\"\ncolumn_scale = [1]"),
        ("column_scale on inputs", "inputs = [[1, 2]]\nlabels = [1]\ncolumn_scale = [1, 2, 3]"),
    ], files), @r#"
        missing file | i.toml: [data] inputs: cannot read "none.csv": there is no such file, expected one that can be read
        missing file with a long name | i.toml: [data] inputs: cannot read "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…": there is no such file, expected one that can be read
        other ending | i.toml: [data] inputs: found "x.txt", expected a path that ends in .csv or .npy
        empty file | empty.csv: line 1: found an empty file, expected at least one line of numbers
        blank lines | blank.csv: line 1: found an empty file, expected at least one line of numbers
        ragged | ragged.csv: line 4: found 1 fields, expected 2, as in the first line
        word | word.csv: line 2, field 2 (from 1): expected an integer, a decimal number or a fraction of integers, found `four`
        header | header.csv: line 1, field 1 (from 1): expected an integer, a decimal number or a fraction of integers, found `a`
        missing entry | gap.csv: line 2, field 2 (from 1): expected a number, found an empty text
        missing entry as double | gap.csv: line 2, field 2 (from 1): found "", expected a finite decimal number
        infinite | infinite.csv: line 1, field 2 (from 1): found "inf", expected a finite decimal number
        beyond doubles | huge.csv: line 1, field 2 (from 1): found "1e400", expected a finite decimal number
        division by zero | zero.csv: line 1, field 1 (from 1): found "1/0", expected a denominator that is not 0
        not UTF-8 | latin.csv: line 2: found bytes that are not UTF-8, expected comma-separated text
        binary | binary.csv: line 1: found bytes that are not UTF-8, expected comma-separated text
        labels from a matrix | i.toml: [data] labels: found "x.csv" with 2 rows of 2 numbers, expected a single column or a single row
        labels from a wide array | i.toml: [data] labels: found "wide.npy" with 2 rows of 3 numbers, expected a single column or a single row
        too few labels | i.toml: [data] labels: found length 1, expected 2 (one for each row of inputs)
        table without target | i.toml: [data] target: found nothing, expected the name of the column that holds the labels
        table that is NPY | i.toml: [data] table: found "wide.npy", expected a path that ends in .csv
        target is not there | table.csv: line 1: found 0 columns named "z", expected exactly one ([data] target)
        target is there twice | twice.csv: line 1: found 2 columns named "y", expected exactly one ([data] target)
        table of a header only | header_only.csv: line 1: found only a header line, expected at least one line of numbers
        table of a target only | i.toml: [data] inputs: found 2 × 0 numbers, expected at least 1 × 1
        center is a word | i.toml: [data] center: found "yes", expected true or false
        column_scale too short | i.toml: [data] column_scale: found 1 numbers, expected 2, one for each column of inputs
        column_scale on inputs | i.toml: [data] column_scale: found 3 numbers, expected 2, one for each column of inputs
        "#);
}

#[test]
fn arrays_in_npy_files() {
    let header = |kind: &str, shape: &str| {
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty file", Vec::new()),
        ("text", b"1,2\n3,4\n".to_vec()),
        ("version 9", b"\x93NUMPY\x09\x00\x01\x00\n".to_vec()),
        (
            "header cut off",
            b"\x93NUMPY\x01\x00\x76\x00{'descr'".to_vec(),
        ),
        (
            "header that claims 4 GB",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}".to_vec(),
        ),
        ("header of brackets", npy(&"(".repeat(250), &[])),
        (
            "header without shape",
            npy("{'descr': '<f8', 'fortran_order': False}", &[]),
        ),
        (
            "a trillion entries",
            npy(&header("<f8", "(1000000, 1000000)"), &[0; 16]),
        ),
        (
            "a million entries",
            npy(&header("<f8", "(1000, 1000)"), &[0; 16]),
        ),
        (
            "axes that overflow",
            npy(&header("<f8", "(18446744073709551615, 2)"), &[0; 16]),
        ),
        (
            "axis beyond machine size",
            npy(&header("<f8", "(18446744073709551616, 2)"), &[0; 16]),
        ),
        (
            "one axis of length 0",
            npy(&header("<f8", "(0, 9223372036854775807)"), &[]),
        ),
        ("data cut off", npy(&header("<f8", "(2, 2)"), &[0; 31])),
        ("data too long", npy(&header("<f8", "(2, 2)"), &[0; 40])),
        ("three axes", npy(&header("<f8", "(1, 1, 1)"), &[0; 8])),
        ("no axes", npy(&header("<f8", "()"), &[0; 8])),
        ("big-endian", npy(&header(">f8", "(1, 1)"), &[0; 8])),
        ("complex", npy(&header("<c16", "(1, 1)"), &[0; 16])),
        ("objects", npy(&header("|O", "(1, 1)"), &[0; 8])),
        (
            "records",
            npy(
                "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
                &[0; 8],
            ),
        ),
        (
            "NaN",
            npy_doubles("(2, 2)", false, &[1.0, 2.0, f64::NAN, 4.0]),
        ),
        (
            "infinity",
            npy_doubles("(1, 2)", false, &[1.0, f64::INFINITY]),
        ),
    ];
    let mut lines = Vec::new();
    for (label, bytes) in &cases {
        lines.push(check_diagonal(
            &[(label, "inputs = \"x.npy\"\nlabels = [1]")],
            &[("x.npy", bytes)],
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
        empty file | x.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
        text | x.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
        version 9 | x.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
        header cut off | x.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
        header that claims 4 GB | x.npy: found another kind of file, or a damaged one, expected an NPY file with a header of at most 256 bytes
        header of brackets | x.npy: found a header with 250 opening brackets, expected an NPY header of a plain array
        header without shape | x.npy: found "error parsing header: missing key: shaper", expected an NPY header
        a trillion entries | x.npy: [data] inputs: found 1000000 samples, expected at most 100000 (MAX_SAMPLES)
        a million entries | x.npy: found 16 bytes of data for 1000 × 1000 numbers of 8 bytes, expected a file as long as its header says
        axes that overflow | x.npy: [data] inputs: found 18446744073709551615 samples, expected at most 100000 (MAX_SAMPLES)
        axis beyond machine size | x.npy: found "error parsing header: illegal value for key shap…", expected an NPY header
        one axis of length 0 | x.npy: found an array of 0 × 9223372036854775807 numbers, expected at least one number
        data cut off | x.npy: found 31 bytes of data for 2 × 2 numbers of 8 bytes, expected a file as long as its header says
        data too long | x.npy: found 40 bytes of data for 2 × 2 numbers of 8 bytes, expected a file as long as its header says
        three axes | x.npy: found 3 axes, expected 1 or 2 axes
        no axes | x.npy: found 0 axes, expected 1 or 2 axes
        big-endian | x.npy: found entries of type "'>f8'", expected entries of type <f8, <f4 or <i8
        complex | x.npy: found entries of type "'<c16'", expected entries of type <f8, <f4 or <i8
        objects | x.npy: found entries of type "'|O'", expected entries of type <f8, <f4 or <i8
        records | x.npy: found entries of type "[('a', '<f8')]", expected entries of type <f8, <f4 or <i8
        NaN | x.npy: found NaN or an infinity at [1][0], expected finite numbers
        infinity | x.npy: found NaN or an infinity at [0][1], expected finite numbers
        "#);
}

#[test]
fn too_many_entries_are_refused_before_they_are_read() {
    let columns = vec!["0"; 5_000].join(",");
    let csv = vec![columns.as_str(); 801].join("\n");
    insta::assert_snapshot!(check_diagonal(
        &[("csv", "inputs = \"x.csv\"\nlabels = [1]\nnumbers = \"f64\"")],
        &[("x.csv", csv.as_bytes())],
    ), @"csv | x.csv: [data] inputs: found 4005000 matrix entries, expected at most 4000000 (MAX_ENTRIES)");
    let wide = vec!["0"; 100_001].join(",");
    insta::assert_snapshot!(check_diagonal(&[
        ("wide csv", "inputs = \"x.csv\"\nlabels = [1]"),
        ("wide array", &format!("inputs = [[{wide}]]\nlabels = [1]")),
        ("tall array", &format!("inputs = [{}]\nlabels = [1]", vec!["[0]"; 100_001].join(","))),
    ], &[("x.csv", wide.as_bytes())]), @r"
        wide csv | x.csv: [data] inputs: found 100001 dimensions, expected at most 100000 (MAX_DIMENSION)
        wide array | i.toml: [data] inputs: found 100001 dimensions, expected at most 100000 (MAX_DIMENSION)
        tall array | i.toml: [data] inputs: found 100001 samples, expected at most 100000 (MAX_SAMPLES)
        ");
}
