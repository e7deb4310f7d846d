//! Rules on Rust source files. Comments and literals are not code, and do not count.

use super::Finding;
use super::code::{code_of, contains_word, end_of_braces, lines_with_word};
use super::tree::{ShippedCode, Tree};

/// Files that may use a hash map or set outside of tests; each needs the reason why its order cannot reach any output.
const HASHING_ALLOWED: &[&str] = &[];

/// Packages that may touch files, clocks, the environment, processes and the terminal.
const RIM: &[&str] = &["crates/saltus", "xtask"];

/// The only module of `saltus-exact` in which floats occur.
const FLOAT_MODULE: &str = "crates/saltus-exact/src/float.rs";

/// Every Rust file opens with a `//!` line that says what it is for.
pub fn opening_docs(tree: &Tree) -> Vec<Finding> {
    let silent = tree
        .rust_files()
        .filter(|file| !file.text.starts_with("//!"));
    silent
        .map(|file| {
            Finding::at_line(
                file.path,
                0,
                "expected a line //! that says what the file is for".to_owned(),
            )
        })
        .collect()
}

/// A test that does not run, or that is content with any panic, says nothing.
pub fn no_hidden_tests(tree: &Tree) -> Vec<Finding> {
    in_all_code(
        tree,
        &["#[ignore", "#[should_panic"],
        "hides what a test finds",
    )
}

/// Random numbers come from one portable generator with a seed, in tests too.
pub fn one_generator(tree: &Tree) -> Vec<Finding> {
    const OTHERS: &[&str] = &[
        "StdRng",
        "SmallRng",
        "ThreadRng",
        "OsRng",
        "SysRng",
        "ChaCha12Rng",
        "ChaCha20Rng",
        "Xoshiro128PlusPlus",
        "Xoshiro256PlusPlus",
        "thread_rng",
        "rand::rng",
        "rand::random",
        "make_rng",
        "from_os_rng",
        "from_entropy",
    ];
    in_all_code(
        tree,
        OTHERS,
        "is not reproducible, expected rand::rngs::ChaCha8Rng with a seed",
    )
}

/// Shipped code returns errors; `expect` with its reason is left for what cannot happen.
pub fn no_shortcuts(tree: &Tree) -> Vec<Finding> {
    let words = [".unwrap()", "panic!", "todo!", "unimplemented!"];
    let found = tree.shipped_code().flat_map(|shipped| {
        let message = "has no place in shipped code";
        with_words(shipped.file.path, &shipped.code, &words, message)
    });
    found.collect()
}

/// Output never depends on hash order.
pub fn no_hash_order(tree: &Tree) -> Vec<Finding> {
    let words = ["HashMap", "HashSet"];
    let message =
        "has an order that differs between runs, expected BTreeMap, BTreeSet or a sorted vector";
    tree.shipped_code()
        .filter(|shipped| !HASHING_ALLOWED.contains(&shipped.file.path))
        .flat_map(|shipped| with_words(shipped.file.path, &shipped.code, &words, message))
        .collect()
}

/// Only the program and xtask touch files, clocks, the environment, processes and the terminal; everything else is a function of
/// its arguments.
pub fn no_outside_world(tree: &Tree) -> Vec<Finding> {
    const MESSAGE: &str = "belongs into the program";
    const MODULES: [&str; 5] = ["fs", "env", "time", "process", "net"];
    const MACROS: [&str; 5] = ["println!", "eprintln!", "print!", "eprint!", "dbg!"];
    let is_inner = |shipped: &ShippedCode<'_>| !RIM.contains(&shipped.file.package());
    let mut findings = Vec::new();
    for shipped in tree.shipped_code().filter(is_inner) {
        let path = shipped.file.path;
        for module in MODULES {
            let name = format!("std::{module}");
            let grouped = grouped_imports_with(&shipped.code, module);
            let report = |line_idx| Finding::at_line(path, line_idx, format!("{name} {MESSAGE}"));
            findings.extend(grouped.into_iter().map(report));
            findings.extend(with_words(path, &shipped.code, &[&name], MESSAGE));
        }
        findings.extend(with_words(path, &shipped.code, &MACROS, MESSAGE));
    }
    findings
}

/// `saltus-exact` has floats in one module only: conversions in and out, where nothing is decided.
pub fn floats_in_one_module(tree: &Tree) -> Vec<Finding> {
    let is_concerned = |shipped: &ShippedCode<'_>| {
        shipped.file.package() == "crates/saltus-exact" && shipped.file.path != FLOAT_MODULE
    };
    let mut findings = Vec::new();
    for shipped in tree.shipped_code().filter(is_concerned) {
        for (line_idx, line) in shipped.code.lines().enumerate() {
            // Not whole words only: `to_f64` is a float too.
            if line.contains("f64") || line.contains("f32") || has_float_literal(line) {
                let message = format!("floats belong into {FLOAT_MODULE}");
                findings.push(Finding::at_line(shipped.file.path, line_idx, message));
            }
        }
    }
    findings
}

fn in_all_code(tree: &Tree, words: &[&str], message: &str) -> Vec<Finding> {
    tree.rust_files()
        .flat_map(|file| with_words(file.path, &code_of(file.text), words, message))
        .collect()
}

fn with_words(path: &str, code: &str, words: &[&str], message: &str) -> Vec<Finding> {
    let found = words.iter().flat_map(|word| {
        let lines = lines_with_word(code, word).into_iter();
        lines.map(move |line_idx| Finding::at_line(path, line_idx, format!("{word} {message}")))
    });
    found.collect()
}

/// The lines of `use std::{…}` that import `module`; `std::module` in one piece is found as a word.
fn grouped_imports_with(code: &str, module: &str) -> Vec<usize> {
    let starts = code.match_indices("std::{").map(|(start, _)| start);
    starts
        .filter_map(|start| {
            let end = end_of_braces(&code[start..])?;
            contains_word(&code[start..start + end], module)
                .then(|| code[..start].matches('\n').count())
        })
        .collect()
}

/// Whether `line` holds a number with a decimal point; the fields of `t.0.1` are none, and neither are the ranges of `0..1`.
fn has_float_literal(line: &str) -> bool {
    let bytes = line.as_bytes();
    (1..bytes.len()).any(|point| {
        let digits = bytes[..point]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let before = point
            .checked_sub(digits + 1)
            .map(|position| bytes[position]);
        let is_number = digits > 0
            && !before.is_some_and(|b| b == b'.' || b == b'_' || b.is_ascii_alphanumeric());
        bytes[point] == b'.' && is_number && bytes.get(point + 1).is_some_and(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    /// Checks that `rule` finds `expected` in a file of this path and text, and nothing in the same file without it.
    fn check(rule: super::super::Rule, path: &str, text: &str, expected: &[&str]) {
        let good = [("crates/saltus-exact/src/lib.rs", "//! Numbers.\n")];
        check_rule(rule, &good, &[(path, text)], expected);
    }

    #[test]
    fn every_file_opens_with_its_purpose() {
        check(
            opening_docs,
            "tests/tests/laws.rs",
            "use a::b;\n",
            &["tests/tests/laws.rs:1: expected a line //! that says what the file is for"],
        );
    }

    #[test]
    fn tests_are_not_hidden() {
        let text = "//! T.\n#[test]\n#[ignore]\nfn a() {}\n#[should_panic(expected = \"b\")]\nfn b() {}\n// #[ignore]";
        check(
            no_hidden_tests,
            "crates/a/tests/t.rs",
            text,
            &[
                "crates/a/tests/t.rs:3: #[ignore hides what a test finds",
                "crates/a/tests/t.rs:5: #[should_panic hides what a test finds",
            ],
        );
    }

    #[test]
    fn shipped_code_returns_errors() {
        let text = "//! S.\nfn f() { a.unwrap(); b.unwrap_or(0); }\nfn g() { todo!() }\n\
            #[cfg(test)]\nmod tests { fn h() { a.unwrap(); panic!() } }\n";
        check(
            no_shortcuts,
            "crates/saltus/src/main.rs",
            text,
            &[
                "crates/saltus/src/main.rs:2: .unwrap() has no place in shipped code",
                "crates/saltus/src/main.rs:3: todo! has no place in shipped code",
            ],
        );
        check(no_shortcuts, "crates/saltus/tests/t.rs", text, &[]);
    }

    #[test]
    fn hash_order_reaches_no_output() {
        let text = "//! S. A HashMap is not used here.\nuse std::collections::HashMap;\n";
        let message = "has an order that differs between runs, expected BTreeMap, BTreeSet or a sorted vector";
        let expected = format!("crates/saltus/src/a.rs:2: HashMap {message}");
        check(no_hash_order, "crates/saltus/src/a.rs", text, &[&expected]);
        check(no_hash_order, "crates/saltus/tests/a.rs", text, &[]);
    }

    #[test]
    fn there_is_one_generator() {
        let text = "//! S.\nuse rand::rngs::{ChaCha8Rng, StdRng};\nlet r = rand::rng();\n";
        let message = "is not reproducible, expected rand::rngs::ChaCha8Rng with a seed";
        check(
            one_generator,
            "crates/a/tests/t.rs",
            text,
            &[
                &format!("crates/a/tests/t.rs:2: StdRng {message}"),
                &format!("crates/a/tests/t.rs:3: rand::rng {message}"),
            ],
        );
        check(
            one_generator,
            "crates/a/src/b.rs",
            "//! S.\nuse rand::rngs::ChaCha8Rng;\n",
            &[],
        );
    }

    #[test]
    fn only_the_rim_touches_the_world() {
        let text = "//! S.\nuse std::{\n    fmt,\n    time::Instant,\n};\nfn f() { println!(); std::fs::read(p) }\n";
        check(
            no_outside_world,
            "crates/saltus-data/src/a.rs",
            text,
            &[
                "crates/saltus-data/src/a.rs:6: std::fs belongs into the program",
                "crates/saltus-data/src/a.rs:2: std::time belongs into the program",
                "crates/saltus-data/src/a.rs:6: println! belongs into the program",
            ],
        );
        check(no_outside_world, "crates/saltus/src/a.rs", text, &[]);
        check(no_outside_world, "crates/saltus-data/tests/a.rs", text, &[]);
    }

    #[test]
    fn floats_stay_in_their_module() {
        let text = "//! S: f64.\nfn f(x: &Q) { x.to_f64() }\nfn g() { t.0.1; 0..1; a1.0 }\nfn h() { 0.5 }\n";
        check(
            floats_in_one_module,
            "crates/saltus-exact/src/a.rs",
            text,
            &[
                "crates/saltus-exact/src/a.rs:2: floats belong into crates/saltus-exact/src/float.rs",
                "crates/saltus-exact/src/a.rs:4: floats belong into crates/saltus-exact/src/float.rs",
            ],
        );
        check(floats_in_one_module, FLOAT_MODULE, text, &[]);
        check(
            floats_in_one_module,
            "crates/saltus-dynamics/src/a.rs",
            text,
            &[],
        );
    }
}
