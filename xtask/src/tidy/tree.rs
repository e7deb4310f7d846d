//! The files of the repository as a value, so that every rule can also be tried on a few lines of text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::code::{code_of, test_module_files, without_test_modules};

/// Hidden folders that are part of the project.
const HIDDEN_FOLDERS: [&str; 3] = [".cargo", ".ci", ".github"];

/// The file by which cargo and others mark folders of things that can be made again.
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// Paths (with `/`, relative to the root) and texts; files that are not UTF-8 are left out.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

/// One Rust source file.
#[derive(Debug, Clone, Copy)]
pub struct RustFile<'a> {
    /// The path, relative to the root.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
}

impl RustFile<'_> {
    /// The folder of the package that the file belongs to: `crates/saltus-exact`, `xtask`, `tests`.
    pub fn package(&self) -> &str {
        let depth = if self.path.starts_with("crates/") {
            2
        } else {
            1
        };
        match self.path.match_indices('/').nth(depth - 1) {
            Some((end, _)) => &self.path[..end],
            None => "",
        }
    }

    /// Whether the file lies where libraries and programs lie: not among tests, examples, benches or build scripts.
    fn is_source(&self) -> bool {
        let inside = &self.path[self.package().len()..];
        self.package() != "tests" && inside.starts_with("/src/")
    }

    /// The files that `#[cfg(test)] mod name;` in this one can stand for.
    fn test_modules(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        let folder = match name {
            "mod.rs" | "lib.rs" | "main.rs" => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let code = code_of(self.text);
        test_module_files(&code)
            .iter()
            .flat_map(|name| {
                [
                    format!("{folder}/{name}.rs"),
                    format!("{folder}/{name}/mod.rs"),
                ]
            })
            .collect()
    }
}

/// The code of one shipped file: without comments, contents of literals, and tests.
#[derive(Debug)]
pub struct ShippedCode<'a> {
    /// The file.
    pub file: RustFile<'a>,
    /// Its code, line by line where it is in the file.
    pub code: String,
}

impl Tree {
    /// A tree of the given files; a later file replaces an earlier one of the same path.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let owned = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Tree {
            files: owned.collect(),
        }
    }

    /// Reads the folder `root`, without what its `.gitignore` names, and without folders that belong to tools: hidden ones that the
    /// project does not use, and caches.
    ///
    /// # Errors
    /// If a file or folder cannot be read, or `.gitignore` holds a form of pattern that is not understood here.
    pub fn read(root: &Path) -> anyhow::Result<Tree> {
        let patterns = fs::read_to_string(root.join(".gitignore")).context(".gitignore")?;
        let ignored = parse_ignored(&patterns)?;
        let mut tree = Tree::default();
        tree.read_folder(root, "", &ignored)?;
        Ok(tree)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        ignored: &[Ignored<'_>],
    ) -> anyhow::Result<()> {
        let place = || folder.display().to_string();
        for entry in fs::read_dir(folder).with_context(place)? {
            let entry = entry.with_context(place)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = format!("{prefix}{name}");
            // In a further work tree of the repository `.git` is a file that says where its data lie.
            let is_gits = path == ".git";
            if is_gits || ignored.iter().any(|pattern| pattern.matches(&path, name)) {
                continue;
            }
            let kind = entry.file_type().with_context(place)?;
            if kind.is_dir() {
                let is_foreign = name.starts_with('.') && !HIDDEN_FOLDERS.contains(&path.as_str());
                if is_foreign || entry.path().join(CACHE_MARK).exists() {
                    continue;
                }
                self.read_folder(&entry.path(), &format!("{path}/"), ignored)?;
            // In a second work tree of git, `.git` is a file that names the first.
            } else if kind.is_file() && name != ".git" {
                let bytes = fs::read(entry.path()).with_context(|| path.clone())?;
                if let Ok(text) = String::from_utf8(bytes) {
                    self.files.insert(path, text);
                }
            }
        }
        Ok(())
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// All files with their texts, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All Rust source files, sorted by path.
    pub fn rust_files(&self) -> impl Iterator<Item = RustFile<'_>> {
        self.files()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| RustFile { path, text })
    }

    /// The code of all libraries and programs, without their tests, sorted by path.
    pub fn shipped_code(&self) -> impl Iterator<Item = ShippedCode<'_>> {
        let tests: BTreeSet<String> = self
            .rust_files()
            .flat_map(|file| file.test_modules())
            .collect();
        self.rust_files()
            .filter(move |file| file.is_source() && !tests.contains(file.path))
            .map(|file| ShippedCode {
                file,
                code: without_test_modules(&code_of(file.text)),
            })
    }
}

/// The three forms of pattern that `.gitignore` uses here.
#[derive(Debug, PartialEq, Eq)]
enum Ignored<'a> {
    /// `/path`: this path.
    Path(&'a str),
    /// `*suffix`: every name that ends so.
    Suffix(&'a str),
    /// `name/` or `name`: every file or folder of that name.
    Name(&'a str),
}

impl Ignored<'_> {
    fn matches(&self, path: &str, name: &str) -> bool {
        match self {
            Ignored::Path(expected) => path == *expected,
            Ignored::Suffix(suffix) => name.ends_with(suffix),
            Ignored::Name(expected) => name == *expected,
        }
    }
}

fn parse_ignored(text: &str) -> anyhow::Result<Vec<Ignored<'_>>> {
    let lines = text.lines().map(str::trim);
    let patterns = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    patterns
        .map(|pattern| {
            let body = pattern.trim_end_matches('/');
            let parsed = match body.strip_prefix('/') {
                Some(path) => Ignored::Path(path),
                None => match body.strip_prefix('*') {
                    Some(suffix) => Ignored::Suffix(suffix),
                    None => Ignored::Name(body),
                },
            };
            let (Ignored::Path(rest) | Ignored::Suffix(rest) | Ignored::Name(rest)) = parsed;
            let is_plain = !rest.contains(['*', '?', '[', '!']);
            anyhow::ensure!(
                is_plain,
                ".gitignore: tidy does not understand the pattern {pattern}"
            );
            Ok(parsed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_its_package_and_whether_it_is_source() {
        fn check(path: &str, package: &str, is_source: bool) {
            let file = RustFile { path, text: "" };
            assert_eq!(
                (file.package(), file.is_source()),
                (package, is_source),
                "{path}"
            );
        }
        check(
            "crates/saltus-exact/src/linear.rs",
            "crates/saltus-exact",
            true,
        );
        check(
            "crates/saltus-exact/tests/exact/main.rs",
            "crates/saltus-exact",
            false,
        );
        check(
            "crates/saltus-exact/examples/timing.rs",
            "crates/saltus-exact",
            false,
        );
        check("crates/saltus/build.rs", "crates/saltus", false);
        check("xtask/src/tidy/mod.rs", "xtask", true);
        check("tests/src/lib.rs", "tests", false);
        check("tests/tests/laws.rs", "tests", false);
        check("stray.rs", "", false);
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_not_shipped() {
        fn check(parent: &str, expected: &[&str]) {
            let tree = Tree::of(&[
                (parent, "//! S.\n#[cfg(test)]\nmod systems;\nmod inner;\n"),
                ("a/src/systems.rs", "//! T.\n"),
                ("a/src/inner/systems/mod.rs", "//! T.\n"),
            ]);
            let found: Vec<&str> = tree
                .shipped_code()
                .map(|shipped| shipped.file.path)
                .collect();
            assert_eq!(found, expected);
        }
        check(
            "a/src/lib.rs",
            &["a/src/inner/systems/mod.rs", "a/src/lib.rs"],
        );
        check(
            "a/src/inner/mod.rs",
            &["a/src/inner/mod.rs", "a/src/systems.rs"],
        );
        check("a/src/inner.rs", &["a/src/inner.rs", "a/src/systems.rs"]);
    }

    #[test]
    fn patterns_of_gitignore() {
        let patterns =
            parse_ignored("# built\n/target\n*.snap.new\n\n__pycache__/\n").expect("known forms");
        let check = |path: &str, is_ignored: bool| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let found = patterns.iter().any(|pattern| pattern.matches(path, name));
            assert_eq!(found, is_ignored, "{path}");
        };
        check("target", true);
        check("crates/target", false);
        check("tests/a.snap.new", true);
        check("tests/a.snap", false);
        check("docs/__pycache__", true);
        assert!(parse_ignored("a*b").is_err());
    }
}
