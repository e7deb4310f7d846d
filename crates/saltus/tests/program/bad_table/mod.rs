//! Wrong input by the table: every key, file format and option with every way to get it wrong, and the message that each gives.
//!
//! The tables are snapshots: a message that changes is read again by whoever changes it.

mod files;
mod instances;
mod options;

use crate::harness::Folder;

/// One wrong input: what is wrong with it, and the arguments that hand it over.
struct Case {
    label: String,
    arguments: Vec<String>,
}

impl Case {
    fn new(label: impl Into<String>, arguments: &[&str]) -> Case {
        Case {
            label: label.into(),
            arguments: arguments.iter().map(|&one| one.to_owned()).collect(),
        }
    }
}

/// The lines of a table, and the cases that did not end as wrong input must.
#[derive(Default)]
struct Table {
    text: String,
    faults: String,
}

impl Table {
    /// Adds a line for the case: what is wrong, and the message; the program must end with code 2, say one line, and write nothing.
    fn add(&mut self, folder: &Folder, case: &Case) {
        let before = folder.names();
        let arguments: Vec<&str> = case.arguments.iter().map(String::as_str).collect();
        let run = folder.run(&arguments);
        let label = &case.label;
        let message = run.stderr.strip_prefix("saltus: ").unwrap_or("");
        let is_in_order = run.code == Some(2)
            && run.stdout.is_empty()
            && message.lines().count() == 1
            && message.ends_with('\n')
            && message.chars().count() <= 502
            && folder.names() == before;
        if !is_in_order {
            let (code, stderr) = (run.code, &run.stderr);
            self.faults
                .push_str(&format!("{label}: {code:?} {stderr}\n"));
        }
        self.text.push_str(&format!("{label:<50} {message}"));
    }

    /// The text, if every case ended as it must.
    #[track_caller]
    fn finish(self) -> String {
        assert!(self.faults.is_empty(), "{}", self.faults);
        self.text
    }
}

/// The tables together hold at least so many wrong inputs.
#[test]
fn the_tables_are_long_enough() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/program/bad_table/snapshots"
    );
    let count = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a snapshot is text");
        let body = text
            .splitn(3, "---\n")
            .nth(2)
            .expect("a snapshot has a head");
        body.lines().count()
    };
    let entries = std::fs::read_dir(folder).expect("the snapshots lie beside the tests");
    let total: usize = entries
        .map(|entry| count(entry.expect("an entry").path()))
        .sum();
    assert!(total >= 500, "{total}");
}
