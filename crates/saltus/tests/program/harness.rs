//! A folder of files, and the program run in it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A ReLU instance that the tests vary: three points, two neurons.
pub const RELU: &str = r#"system = "relu-orthogonal"
name = "small"
[data]
inputs = [[1, 0, 0], [0, 2, 0], [0, 0, 1]]
labels = [1, "1/2", -1]
[init]
hidden = [[1, 1, 1], [-1, 1, 2]]
signs = [1, -1]
"#;

/// A diagonal instance that the tests vary: three samples, four coordinates.
pub const DIAGONAL: &str = r#"system = "diagonal-linear"
name = "small"
[data]
inputs = [[2, 1, 0, 1], [1, -1, 1, 0], [0, 1, 2, 1]]
labels = [1, 2, 3]
"#;

/// A temporary folder that holds `relu.toml`, `diagonal.toml` and what a test adds.
pub struct Folder(TempDir);

/// What one run of the program left.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("relu.toml", RELU);
        folder.write("diagonal.toml", DIAGONAL);
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).expect("a file in a temporary folder");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("a file that the program wrote")
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("a readable folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saltus"));
        command.current_dir(self.path()).args(arguments);
        command
    }

    /// Runs the program without standard input.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        Run::new(&output.expect("the program starts"))
    }

    /// Runs the program on standard input.
    pub fn run_on(&self, input: &str, arguments: &[&str]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("it was piped");
        stdin
            .write_all(input.as_bytes())
            .expect("the program reads its input");
        drop(stdin);
        Run::new(&child.wait_with_output().expect("the program ends"))
    }

    /// The JSON answer of a run that succeeds.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        self.run(&arguments).json(0)
    }
}

impl Run {
    fn new(output: &Output) -> Run {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The JSON answer of a run that ends with `code`.
    #[track_caller]
    pub fn json(&self, code: i32) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (Some(code), ""));
        serde_json::from_str(&self.stdout).expect("one JSON value")
    }
}

/// The keys of a JSON object in the order in which the program wrote them.
#[track_caller]
pub fn assert_keys_in_order(text: &str, keys: &[&str]) {
    let mut rest = text;
    for key in keys {
        let quoted = format!("\"{key}\":");
        let place = rest.find(&quoted);
        let place = place.unwrap_or_else(|| panic!("no key {key} at its place in {text}"));
        rest = &rest[place + quoted.len()..];
    }
}
