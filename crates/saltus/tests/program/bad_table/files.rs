//! CSV and NPY files: damaged, of another shape, of another type, with entries that are not numbers.

use super::{Case, Table};
use crate::harness::Folder;

/// An NPY file of version 1 with this header (padded as NumPy pads it) and these data.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut padded = header.as_bytes().to_vec();
    padded.resize(117.max(padded.len()), b' ');
    padded.push(b'\n');
    let length = u16::try_from(padded.len()).expect("the headers here are short");
    [
        b"\x93NUMPY\x01\x00",
        &length.to_le_bytes()[..],
        &padded,
        data,
    ]
    .concat()
}

fn header(kind: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn csv_cases() -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<(String, Vec<u8>)> = vec![];
    let mut put =
        |label: &str, content: &[u8]| cases.push((format!("x.csv: {label}"), content.to_vec()));
    put("empty", b"");
    put("a line end alone", b"\n");
    put("spaces alone", b"   \n");
    put("a comma alone", b",\n");
    put("a row too short", b"1,2\n3\n");
    put("a row too long", b"1,2\n3,4,5\n");
    put("a comma at the end of a line", b"1,2,\n3,4\n");
    put("one row too few", b"1,2\n");
    put("one row too many", b"1,2\n3,4\n5,6\n");
    put("a header line", b"a,b\n1,2\n3,4\n");
    put("an open quote", b"\"1,2\n3,4\n");
    put("an open quote at the end", b"1,2\n3,\"4\n");
    put("bytes that are not UTF-8", b"1,2\n3,\xff\n");
    put("a byte of zero", b"1,2\n3,\x00\n");
    put("UTF-16", b"\xff\xfe1\x00,\x002\x00\n\x00");
    put("semicolons", b"1;2\n3;4\n");
    put("tabs", b"1\t2\n3\t4\n");
    for word in [
        "",
        "one",
        "nan",
        "inf",
        "-",
        "+",
        ".",
        "1e",
        "e5",
        "1e4001",
        "1e-4001",
        "1/0",
        "0/0",
        "1/2/3",
        "/2",
        "1/",
        "0x1f",
        "1_000",
        "--1",
        "1.2.3",
        "1 2",
        "1'000",
        "½",
        "١",
        "1e99999999999999999999",
        "$1",
        "1%",
        "true",
        "(1)",
    ] {
        put(
            &format!("entry {word:?}"),
            format!("1,2\n3,{word}\n").as_bytes(),
        );
    }
    let long = "7".repeat(10_001);
    put(
        "an entry of 10001 digits",
        format!("1,2\n3,{long}\n").as_bytes(),
    );
    cases
}

fn double_cases() -> Vec<(String, Vec<u8>)> {
    let words = [
        "", "one", "nan", "inf", "-inf", "1/2", "1e999", "-1e999", "0x1p3", "1_000", "١",
    ];
    let case = |word: &str| {
        (
            format!("x.csv as f64: entry {word:?}"),
            format!("1,2\n3,{word}\n").into_bytes(),
        )
    };
    words.map(case).into()
}

fn npy_cases() -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<(String, Vec<u8>)> = vec![];
    let good = npy(&header("<f8", "(2, 2)"), &doubles(&[1.0, 2.0, 3.0, 5.0]));
    let mut put = |label: &str, content: Vec<u8>| cases.push((format!("x.npy: {label}"), content));
    for length in [
        0,
        1,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        60,
        127,
        128,
        129,
        135,
        good.len() - 1,
    ] {
        put(
            &format!("its first {length} bytes"),
            good[..length].to_vec(),
        );
    }
    put("one byte more", [&good[..], b"\0"].concat());
    for (at, byte) in [
        (0, b'P'),
        (5, b'X'),
        (6, 0),
        (6, 4),
        (6, 255),
        (8, 255),
        (9, 255),
        (10, b'['),
        (127, b'}'),
    ] {
        let mut damaged = good.clone();
        damaged[at] = byte;
        put(&format!("byte {at} is {byte}"), damaged);
    }
    let four = doubles(&[1.0, 2.0, 3.0, 5.0]);
    for kind in [
        ">f8", "<f2", "<f16", "<i4", "<u8", "|b1", "<c16", "|O", "<U4", "|S8", "", "<f8x",
        "float64",
    ] {
        put(
            &format!("entries of type {kind:?}"),
            npy(&header(kind, "(2, 2)"), &four),
        );
    }
    for shape in [
        "()",
        "(0,)",
        "(0, 2)",
        "(2, 0)",
        "(2, 2, 1)",
        "(1, 1, 2, 2)",
        "(3, 2)",
        "(2, 3)",
        "(4,)",
        "(1, 4)",
        "(-2, 2)",
        "(2.0, 2)",
        "('2', 2)",
        "2",
        "(100001, 1)",
        "(1, 100001)",
        "(9999, 9999)",
        "(18446744073709551615, 2)",
        "(18446744073709551616, 2)",
        "(4294967296, 4294967296)",
        "(2, 2",
    ] {
        put(&format!("shape {shape}"), npy(&header("<f8", shape), &four));
    }
    for bad in [
        "",
        "{}",
        "[]",
        "{'descr': '<f8'}",
        "{'fortran_order': False, 'shape': (2, 2)}",
        "{'descr': '<f8', 'shape': (2, 2)}",
        "{'descr': '<f8', 'fortran_order': 'no', 'shape': (2, 2)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2, 2)}",
        "import os",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)} + 1",
    ] {
        put(&format!("header {bad:?}"), npy(bad, &four));
    }
    put(
        "a header of 300 bytes",
        npy(&format!("{:<300}", header("<f8", "(2, 2)")), &four),
    );
    put(
        "a header of 200 open brackets",
        npy(&"[".repeat(200), &four),
    );
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        put(
            &format!("entry {value}"),
            npy(&header("<f8", "(2, 2)"), &doubles(&[1.0, 2.0, value, 5.0])),
        );
    }
    let floats: Vec<u8> = [1.0f32, 2.0, 3.0, f32::NAN]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    put("float entry NaN", npy(&header("<f4", "(2, 2)"), &floats));
    put(
        "ones of half the size",
        npy(&header("<f8", "(2, 2)"), &four[..16]),
    );
    cases
}

fn table_cases() -> Vec<(String, Vec<u8>)> {
    let files: [(&str, &[u8]); 12] = [
        ("empty", b""),
        ("only a header", b"a,b,y\n"),
        ("no column y", b"a,b,c\n1,2,3\n"),
        ("two columns y", b"a,y,y\n1,2,3\n"),
        ("only the column y", b"y\n1\n"),
        ("y with capital letter", b"a,b,Y\n1,2,3\n"),
        ("a row too short", b"a,b,y\n1,2\n"),
        ("a row too long", b"a,b,y\n1,2,3,4\n"),
        ("a word", b"a,b,y\n1,two,3\n"),
        ("an empty entry", b"a,b,y\n1,,3\n"),
        ("a word in column y", b"a,b,y\n1,2,three\n"),
        (
            "bytes that are not UTF-8 in the header",
            b"a,\xfe,y\n1,2,3\n",
        ),
    ];
    files
        .map(|(label, content)| (format!("table: {label}"), content.to_vec()))
        .into()
}

#[test]
fn data_files() {
    let folder = Folder::new();
    let mut table = Table::default();
    let mut check = |name: &str, instance: &str, cases: Vec<(String, Vec<u8>)>| {
        folder.write(
            "bad.toml",
            format!("system = \"diagonal-linear\"\n[data]\n{instance}\n"),
        );
        for (label, content) in cases {
            folder.write(name, content);
            table.add(&folder, &Case::new(label, &["predict", "bad.toml"]));
        }
    };
    check("x.csv", "inputs = \"x.csv\"\nlabels = [1, 2]", csv_cases());
    check(
        "x.csv",
        "inputs = \"x.csv\"\nlabels = [1, 2]\nnumbers = \"f64\"",
        double_cases(),
    );
    check("x.npy", "inputs = \"x.npy\"\nlabels = [1, 2]", npy_cases());
    check("t.csv", "table = \"t.csv\"\ntarget = \"y\"", table_cases());
    insta::assert_snapshot!("data_files", table.finish());
}
