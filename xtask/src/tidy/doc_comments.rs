//! A rule on the doc comments of public items.

use super::Finding;
use super::tree::Tree;

/// Public items that the rule is about; modules open with a text of their own.
const KINDS: [&str; 6] = ["fn", "struct", "enum", "trait", "type", "const"];

/// Signs that a formula outside of inline code has.
const FORMULA_SIGNS: [char; 7] = ['Σ', '√', '∇', '≥', '≤', '·', '='];

/// Every public item of the crates says what it is by a formula or an example, be it a short one in inline code.
pub fn formula_or_example(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for shipped in tree.shipped_code() {
        if !shipped.file.package().starts_with("crates/") {
            continue;
        }
        let text: Vec<&str> = shipped.file.text.lines().collect();
        for (line_idx, line) in shipped.code.lines().enumerate() {
            let Some(item) = public_item(line) else {
                continue;
            };
            let shows = docs_above(&text, line_idx)
                .any(|doc| doc.contains('`') || doc.contains(FORMULA_SIGNS));
            if !shows {
                let message = format!("{item} has neither a formula nor an example");
                findings.push(Finding::at_line(shipped.file.path, line_idx, message));
            }
        }
    }
    findings
}

/// The kind and name of the public item that a line of code begins.
fn public_item(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = match rest.strip_prefix("const ") {
        Some(function) if function.starts_with("fn ") => function,
        _ => rest,
    };
    let (kind, rest) = rest.split_once(' ')?;
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    KINDS.contains(&kind).then(|| format!("{kind} {name}"))
}

/// The lines of the doc comment over an item; attributes may stand between.
fn docs_above<'a>(text: &'a [&'a str], line_idx: usize) -> impl Iterator<Item = &'a str> {
    let above = text[..line_idx].iter().rev().map(|line| line.trim());
    above
        .take_while(|line| {
            !line.is_empty() && !line.ends_with(['}', ';', '{']) && !line.ends_with("},")
        })
        .filter(|line| line.starts_with("///"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let tree = Tree::of(&[(path, text)]);
        let found: Vec<String> = formula_or_example(&tree)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn public_items_show_what_they_are() {
        let text = "//! S.\n/// The loss.\npub fn loss() {}\n/// `x²`.\npub fn square() {}\n";
        let expected = "crates/a/src/b.rs:3: fn loss has neither a formula nor an example";
        check("crates/a/src/b.rs", text, &[expected]);
        check("crates/a/tests/b.rs", text, &[]);
        check("xtask/src/b.rs", text, &[]);
        // An attribute may stand between; what is not public, or tests, need nothing.
        let text = "//! S.\n/// Of `a`.\n#[derive(Debug)]\npub struct A {\n    /// A field.\n    pub x: u8,\n}\n/// B.\nfn b() {}\n#[cfg(test)]\nmod tests {\n    /// C.\n    pub fn c() {}\n}\n";
        check("crates/a/src/b.rs", text, &[]);
        // The comment is that of the item itself, and not of the one before it.
        let text = "//! S.\n/// `1`.\npub const A: u8 = 1;\n/// Two.\npub const fn b() {}\n";
        let expected = "crates/a/src/b.rs:5: fn b has neither a formula nor an example";
        check("crates/a/src/b.rs", text, &[expected]);
    }
}
