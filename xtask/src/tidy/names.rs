//! What documents name exists: claims, items, functions of tests, files, and pages that are linked.

use std::collections::BTreeSet;

use super::{Finding, tree::Tree};

/// The registry of claims on one instance.
const REGISTRY: &str = "crates/saltus-verify/src/claims.rs";

/// How a module that judges a claim over many instances names it.
const CLAIM_CONSTANT: &str = "const CLAIM: &str = \"";

/// Folders of the repository: a name that begins with one is a path.
const FOLDERS: [&str; 7] = [
    "crates/", "docs/", "schemas/", "tests/", "xtask/", ".ci/", ".github/",
];

/// What declares an item in Rust.
const DECLARATIONS: [&str; 7] = [
    "fn ", "struct ", "enum ", "trait ", "const ", "type ", "mod ",
];

/// Every claim that a document names is in a registry.
pub fn claims_exist(tree: &Tree) -> Vec<Finding> {
    let known = known_claims(tree);
    each_line(tree, |_, line| {
        words(line)
            .filter(|word| is_claim_like(word) && !known.contains(*word))
            .map(|word| format!("names the claim {word}, which does not exist"))
            .collect()
    })
}

/// Every item, function of a test, identifier and file that a document names in code type exists.
pub fn items_exist(tree: &Tree) -> Vec<Finding> {
    let identifiers = identifiers(tree);
    each_line(tree, |_, line| {
        code_spans(line)
            .filter_map(|span| missing_name(tree, &identifiers, span))
            .collect()
    })
}

/// Every relative link of a document leads to a file.
pub fn links_lead_somewhere(tree: &Tree) -> Vec<Finding> {
    each_line(tree, |path, line| {
        link_targets(line)
            .filter(|target| !target.contains("://") && !target.starts_with('#'))
            .filter_map(|target| {
                let file = target.split('#').next().unwrap_or(target);
                let resolved = resolve(path, file);
                (!exists(tree, &resolved)).then(|| format!("links to {file}, which does not exist"))
            })
            .collect()
    })
}

/// The documents: what lies in `docs`, and at the root but for the record of changes, which may name what is gone.
fn documents(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter(|(path, _)| {
        path.ends_with(".md")
            && (path.starts_with("docs/") || !path.contains('/'))
            && *path != "CHANGELOG.md"
    })
}

/// Applies `find` to every line of prose of every document.
fn each_line(tree: &Tree, find: impl Fn(&str, &str) -> Vec<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in documents(tree) {
        let mut fenced = false;
        for (line_idx, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced {
                let messages = find(path, line).into_iter();
                findings.extend(messages.map(|text| Finding::at_line(path, line_idx, text)));
            }
        }
    }
    findings
}

fn known_claims(tree: &Tree) -> BTreeSet<&str> {
    let registry = tree.text(REGISTRY).unwrap_or_default();
    let listed = registry
        .match_indices("ClaimId::")
        .filter_map(|(start, mark)| words(&registry[start + mark.len()..]).next());
    let judged = tree.files().flat_map(|(_, text)| {
        text.match_indices(CLAIM_CONSTANT)
            .filter_map(|(start, mark)| words(&text[start + mark.len()..]).next())
    });
    listed.chain(judged).collect()
}

/// A letter of a system and one or two digits.
fn is_claim_like(word: &str) -> bool {
    word.strip_prefix(['R', 'D', 'S']).is_some_and(|digits| {
        matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// All words of the sources.
fn identifiers(tree: &Tree) -> BTreeSet<&str> {
    tree.files()
        .filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".py"))
        .flat_map(|(_, text)| words(text))
        .collect()
}

/// What is between single backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn missing_name(tree: &Tree, identifiers: &BTreeSet<&str>, span: &str) -> Option<String> {
    if let Some((file, function)) = span.split_once(".rs::") {
        let file = format!("{file}.rs");
        let Some(text) = tree.text(&file) else {
            return Some(format!("names {file}, which does not exist"));
        };
        return (!declares(text, function))
            .then(|| format!("names the function {function}, which {file} does not declare"));
    }
    if let Some((package, path)) = span.split_once("::")
        && package.starts_with("saltus")
        && words(span).eq(span.split("::"))
    {
        let folder = format!("crates/{}/", package.replace('_', "-"));
        let missing = path.split("::").find(|name| {
            !tree
                .files()
                .any(|(file, text)| file.starts_with(&folder) && declares(text, name))
        });
        return missing
            .map(|name| format!("names {span}, but nothing in {folder} is called {name}"));
    }
    let is_path = span
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if is_path && FOLDERS.iter().any(|folder| span.starts_with(folder)) {
        return (!exists(tree, span)).then(|| format!("names {span}, which does not exist"));
    }
    let is_identifier = span
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    // Shorter ones may be letters of formulas with an index.
    let is_long = span.matches('_').count() >= 2;
    (is_identifier && is_long && !identifiers.contains(span))
        .then(|| format!("names {span}, which no source contains"))
}

fn declares(text: &str, name: &str) -> bool {
    DECLARATIONS.iter().any(|keyword| {
        text.match_indices(&format!("{keyword}{name}"))
            .any(|(start, found)| {
                let after = text[start + found.len()..].chars().next();
                !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
    })
}

/// The targets of `[text](target)`, outside code.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .step_by(2)
        .flat_map(|prose| prose.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
}

/// `target` as seen from the folder of `document`.
fn resolve(document: &str, target: &str) -> String {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Whether there is such a text file, or a folder that holds one.
fn exists(tree: &Tree, path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    tree.files()
        .any(|(file, _)| file == path || file.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    const GOOD: &[(&str, &str)] = &[
        (REGISTRY, "ClaimId::R1, ClaimId::D1"),
        (
            "crates/saltus-a/src/lib.rs",
            "pub mod inner;\npub fn top_of_all() {}\nconst CLAIM: &str = \"R4\";\n",
        ),
        (
            "README.md",
            "R1 and R4, `saltus_a::inner`, `crates/saltus-a/src/lib.rs::top_of_all`, `top_of_all`, \
             [page](docs/a.md), `[x](nowhere)`\n```text\nR9\n```\n",
        ),
        ("docs/a.md", "[back](../README.md#top) `crates/saltus-a`\n"),
        ("CHANGELOG.md", "R9 is gone\n"),
    ];

    #[test]
    fn unknown_claims_are_found() {
        let bad = [("docs/a.md", "D1\nR2, D11 and `S1`\n")];
        let expected = ["R2", "D11", "S1"]
            .map(|id| format!("docs/a.md:2: names the claim {id}, which does not exist"));
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_rule(claims_exist, GOOD, &bad, &expected);
    }

    #[test]
    fn unknown_items_are_found() {
        let check = |text: &str, expected: &str| {
            check_rule(items_exist, GOOD, &[("docs/a.md", text)], &[expected]);
        };
        check(
            "`saltus_a::inner::gone`\n",
            "docs/a.md:1: names saltus_a::inner::gone, but nothing in crates/saltus-a/ is called gone",
        );
        check(
            "`crates/saltus-a/src/lib.rs::top`\n",
            "docs/a.md:1: names the function top, which crates/saltus-a/src/lib.rs does not declare",
        );
        check(
            "`crates/saltus-a/tests/b.rs::top_of_all`\n",
            "docs/a.md:1: names crates/saltus-a/tests/b.rs, which does not exist",
        );
        check(
            "`crates/saltus-b`\n",
            "docs/a.md:1: names crates/saltus-b, which does not exist",
        );
        check(
            "`top_of_none`\n",
            "docs/a.md:1: names top_of_none, which no source contains",
        );
    }

    #[test]
    fn dead_links_are_found() {
        check_rule(
            links_lead_somewhere,
            GOOD,
            &[("docs/a.md", "[a](b.md) [c](https://example.org)\n")],
            &["docs/a.md:1: links to b.md, which does not exist"],
        );
    }
}
