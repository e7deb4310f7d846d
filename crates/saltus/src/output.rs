//! Answers on standard output, and files that are written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use saltus::answers::{Answer, Versioned};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// The form of an answer: `--format text` or `--format json`, which is the same as `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Tables for readers.
    #[default]
    Text,
    /// One JSON value.
    Json,
}

/// The program's version, with its commit if it was built in a checkout: `0.1.0 (62911c9eab12)`, or `0.1.0` without.
pub const VERSION: &str = env!("SALTUS_VERSION");

/// The answer as the program gives it in JSON, which names the program's version: `{"version":"0.1.0","claims":[…]}` for the
/// claims.
pub fn versioned<A: Answer>(answer: &A) -> Versioned<'_, A> {
    let version = VERSION;
    Versioned { version, answer }
}

/// Prints an answer to standard output; as JSON it is one line, which begins `{"version":`.
pub fn print(answer: &impl Answer, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Text => answer.text(),
        Format::Json => {
            let mut text = serde_json::to_string(&versioned(answer))
                .map_err(|error| Failure::unsettled("the answer has no JSON form", error))?;
            text.push('\n');
            text
        }
    };
    write(text.as_bytes())
}

/// Writes to standard output; a reader that has left is no failure: `saltus claims | head -1` prints a line and no message.
pub fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input("standard output", error))
        }
        _ => Ok(()),
    }
}

/// A file that appears under its name only once it is complete; until then its name begins with `.saltus-`.
#[derive(Debug)]
pub struct NewFile<'a> {
    path: &'a Path,
}

impl<'a> NewFile<'a> {
    /// Tries whether a file can be made beside the place where this one will appear, so that a folder that cannot be written to
    /// is found out early; nothing is left there meanwhile, so that an interrupted command leaves nothing behind. A message of
    /// its own is `missing/c.json: cannot be written: there is no folder missing`.
    pub fn begin(path: &'a Path) -> Result<Self, Failure> {
        let folder = folder_of(path);
        if !folder.is_dir() {
            let message = format!("cannot be written: there is no folder {}", folder.display());
            return Err(Failure::input(path.display(), message));
        }
        if path.is_dir() {
            return Err(Failure::input(
                path.display(),
                "found a folder, expected the name of a file to write",
            ));
        }
        // The finished file takes the place of what is there: a device must not be lost that way.
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(Failure::input(
                path.display(),
                "found a device or a pipe, expected the name of a file to write",
            ));
        }
        let file = NewFile { path };
        drop(file.temporary()?);
        Ok(file)
    }

    fn temporary(&self) -> Result<NamedTempFile, Failure> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".saltus-");
        // Temporary files are private; what the user asked for has the permissions of any new file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let made = builder.tempfile_in(folder_of(self.path));
        made.map_err(|error| self.refused(&error))
    }

    /// Writes the content and lets the file appear; if that fails, the message is `c.json: cannot be written: …`.
    pub fn finish(self, content: &[u8]) -> Result<(), Failure> {
        let file = self.temporary()?;
        let mut inner = file.as_file();
        let written = inner.write_all(content).and_then(|()| inner.sync_all());
        let appeared = written.and_then(|()| match file.persist(self.path) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.error),
        });
        appeared.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &io::Error) -> Failure {
        Failure::input(self.path.display(), format!("cannot be written: {error}"))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
