//! Command lines: every option of every command with every wrong value, left out, twice, and in a command that does not take it.

use super::{Case, Table};
use crate::harness::Folder;

/// A command with right arguments, and its options with values that are wrong for them.
type Form = (
    &'static [&'static str],
    &'static [(&'static str, &'static [&'static str])],
);

const NOT_POSITIVE: &[&str] = &[
    "", "0", "-1", "nan", "inf", "-inf", "one", "1/2", "0x1", "1e999", "1,5", "1 2",
];
const NOT_WHOLE: &[&str] = &[
    "",
    "-1",
    "1.5",
    "1e3",
    "one",
    "0x10",
    "18446744073709551616",
    "nan",
    "1 2",
];
const NOT_A_CLAIM: &[&str] = &["", "X9", "R0", "R", "R1,R2", "1"];

const FORMS: &[Form] = &[
    (
        &["predict", "relu.toml"],
        &[("--format", &["", "xml", "JSON", "text,json"])],
    ),
    (
        &["simulate", "relu.toml", "--log-inv-scale", "5"],
        &[
            (
                "--at",
                &[
                    "", "-1", "nan", "inf", "one", "1,,2", "1,-1", "1;2", ",", "1,nan",
                ],
            ),
            ("--until", &["", "-1", "nan", "inf", "one", "1,2"]),
            (
                "--tolerance",
                &["", "0", "-1", "1", "1e-15", "1e-1", "nan", "inf", "one"],
            ),
            ("--method", &["", "euler", "Radau", "9"]),
        ],
    ),
    (
        &["simulate", "relu.toml"],
        &[("--log-inv-scale", NOT_POSITIVE)],
    ),
    (
        &[
            "train",
            "diagonal.toml",
            "--scale",
            "0.1",
            "--stepsize",
            "0.01",
            "--steps",
            "10",
        ],
        &[
            ("--batch", NOT_WHOLE),
            ("--batch", &["0", "4", "18446744073709551615"]),
            ("--seed", NOT_WHOLE),
            (
                "--trace",
                &["", "trace", "trace.txt", "missing/trace.csv", ".csv"],
            ),
            ("--every", &["1"]),
        ],
    ),
    (
        &[
            "train",
            "diagonal.toml",
            "--scale",
            "0.1",
            "--stepsize",
            "0.01",
            "--steps",
            "10",
            "--trace",
            "t.csv",
        ],
        &[("--every", NOT_WHOLE), ("--every", &["0"])],
    ),
    (
        &[
            "train",
            "diagonal.toml",
            "--stepsize",
            "0.01",
            "--steps",
            "10",
        ],
        &[("--scale", NOT_POSITIVE)],
    ),
    (
        &["train", "diagonal.toml", "--scale", "0.1", "--steps", "10"],
        &[
            ("--stepsize", NOT_POSITIVE),
            (
                "--stepsizes",
                &[
                    "",
                    "0",
                    "-1",
                    "nan",
                    "0.1,0",
                    "0.1,-1",
                    "0.1,one",
                    ",",
                    "missing.txt",
                    ".",
                    "relu.toml",
                ],
            ),
        ],
    ),
    (
        &[
            "train",
            "diagonal.toml",
            "--scale",
            "0.1",
            "--stepsize",
            "0.01",
        ],
        &[("--steps", NOT_WHOLE)],
    ),
    (
        &["verify", "relu.toml"],
        &[
            ("--claim", NOT_A_CLAIM),
            ("--claim", &["D1", "S1"]),
            ("--max-seconds", NOT_POSITIVE),
        ],
    ),
    (
        &["suite"],
        &[("--claim", NOT_A_CLAIM), ("--max-seconds", NOT_POSITIVE)],
    ),
    (
        &["certify", "relu.toml"],
        &[("--out", &["", ".", "missing/c.json", "/"])],
    ),
];

/// Whole command lines that are wrong.
const LINES: &[&[&str]] = &[
    &["explain"],
    &["predict"],
    &["predict", ""],
    &["predict", "missing.toml"],
    &["predict", "."],
    &["predict", "relu.toml", "diagonal.toml"],
    &["predict", "--json"],
    &["predict", "relu.toml", "--json", "--json"],
    &["predict", "relu.toml", "--json", "--format", "text"],
    &["predict", "relu.toml", "--format"],
    &["predict", "relu.toml", "--jsn"],
    &["predict", "relu.toml", "-x"],
    &["predict", "relu.toml", "--log-inv-scale", "5"],
    &["simulate"],
    &["simulate", "relu.toml"],
    &["simulate", "relu.toml", "--log-inv-scale"],
    &[
        "simulate",
        "relu.toml",
        "--log-inv-scale",
        "5",
        "--log-inv-scale",
        "6",
    ],
    &[
        "simulate",
        "relu.toml",
        "--log-inv-scale",
        "5",
        "--at",
        "1,2",
        "--until",
        "1.5",
    ],
    &["simulate", "missing.toml", "--log-inv-scale", "5"],
    &["train"],
    &["train", "diagonal.toml"],
    &["train", "diagonal.toml", "--scale", "0.1", "--steps", "10"],
    &[
        "train",
        "diagonal.toml",
        "--scale",
        "0.1",
        "--stepsize",
        "0.1",
        "--stepsizes",
        "0.1",
        "--steps",
        "10",
    ],
    &[
        "train",
        "relu.toml",
        "--scale",
        "0.1",
        "--stepsize",
        "0.1",
        "--steps",
        "10",
    ],
    &[
        "train",
        "missing.toml",
        "--scale",
        "0.1",
        "--stepsize",
        "0.1",
        "--steps",
        "10",
    ],
    &["verify"],
    &["verify", "missing.toml"],
    &["verify", "diagonal.toml", "--claim", "R1"],
    &["verify", "relu.toml", "--max-seconds"],
    &[
        "verify",
        "relu.toml",
        "--max-seconds",
        "1",
        "--max-seconds",
        "2",
    ],
    &["certify"],
    &["certify", "relu.toml"],
    &["certify", "missing.toml", "--out", "c.json"],
    &["check"],
    &["check", "missing.json"],
    &["check", "."],
    &["check", ""],
    &["check", "relu.toml", "diagonal.toml"],
    &["suite", "relu.toml"],
    &["suite", "--report"],
    &["suite", "--report", "relu.toml", "--claim", "R1"],
    &["claims", "relu.toml"],
    &["claims", "--mark-down"],
    &["example"],
    &["example", "unheard-of"],
    &["example", "relu-cayley", "dln-5x7"],
    &["example", "relu-cayley", "--list"],
    &["--format", "xml", "claims"],
    &["--unheard-of"],
    &["help"],
];

#[test]
fn command_lines() {
    let folder = Folder::new();
    let mut table = Table::default();
    let mut check = |arguments: &[&str]| {
        let quoted = |one: &&str| match one.contains(' ') || one.is_empty() {
            true => format!("\"{one}\""),
            false => (*one).to_owned(),
        };
        let label: Vec<String> = arguments.iter().map(quoted).collect();
        table.add(&folder, &Case::new(label.join(" "), arguments));
    };
    for (command, options) in FORMS {
        for (option, values) in *options {
            for value in *values {
                check(&[command, &[*option, *value][..]].concat());
            }
        }
    }
    for line in LINES {
        check(line);
    }
    insta::assert_snapshot!("command_lines", table.finish());
}
