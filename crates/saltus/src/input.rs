//! Reading instance files and the data files that they name. Sizes are bounded before anything is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use saltus::data::{ReadError, parse_instance};
use saltus::problem::Instance;
use saltus::problem::limits::MAX_FILE_BYTES;

use crate::failure::Failure;

/// An instance and the name of its file, for messages such as `mine.toml: system: found relu-orthogonal, …`.
#[derive(Debug)]
pub struct Loaded {
    /// The file as given, or `stdin`.
    pub file: String,
    /// The instance.
    pub instance: Instance,
}

/// Reads an instance file, or standard input if `path` is `-`.
///
/// Data files that it names are looked for in its folder, those of standard input in the current folder.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let is_stdin = path == Path::new("-");
    let file = if is_stdin {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let bytes = if is_stdin {
        read_bounded(io::stdin().lock(), 0, MAX_FILE_BYTES.max as u64)
    } else {
        read_file(path)
    };
    let bytes = bytes.map_err(|error| Failure::input(&file, error))?;
    let text = as_text(bytes, &file)?;
    let folder = match path.parent() {
        Some(folder) if !is_stdin => folder.to_owned(),
        _ => PathBuf::new(),
    };
    let parsed = parse_instance(&text, &file, &mut |name| read_file(&folder.join(name)));
    match parsed {
        Ok(instance) => Ok(Loaded { file, instance }),
        Err(error) => {
            // What is wrong with a data file is said of that file; the instance file that names it stands in front.
            let message = error.to_string();
            Err(match message.starts_with(&file) {
                true => Failure::Input(error.into()),
                false => Failure::input(file, message),
            })
        }
    }
}

/// Reads a file whole, if it has at most `256 · 1024²` bytes.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    read_file(path).map_err(|error| Failure::input(path.display(), error))
}

/// Reads the first `limit` bytes of a file, all of it if it is shorter.
pub fn read_beginning(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = vec![];
    File::open(path)
        .and_then(|file| file.take(limit as u64).read_to_end(&mut bytes))
        .map_err(|error| Failure::input(path.display(), refused(&error)))?;
    Ok(bytes)
}

/// Reads a text file; for another one the message is `spec.toml: found bytes that are not UTF-8 from byte 3 on, expected text`.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let file = path.display();
    let bytes = read_file(path).map_err(|error| Failure::input(&file, error))?;
    as_text(bytes, &file.to_string())
}

fn as_text(bytes: Vec<u8>, file: &str) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let message = format!("found bytes that are not UTF-8 from byte {place} on, expected text");
        Failure::input(file, message)
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path).map_err(|error| refused(&error))?;
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if metadata.is_dir() {
        let reason = "found a folder, expected a file".to_owned();
        return Err(ReadError::Refused { reason });
    }
    read_bounded(file, metadata.len(), MAX_FILE_BYTES.max as u64)
}

/// Reads everything, unless that is more than `limit` bytes; `announced` is the size that the file system gives, 0 if none.
fn read_bounded(source: impl Read, announced: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    if announced > limit {
        return Err(ReadError::TooLarge { found: announced });
    }
    // A pipe or a device announces nothing, and a file may grow: the reading itself is bounded too.
    let mut bytes = vec![];
    let read = source.take(limit + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| refused(&error))? as u64;
    if read > limit {
        return Err(ReadError::TooLarge { found: read });
    }
    Ok(bytes)
}

fn refused(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Refused {
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_source_is_read_beyond_the_limit() {
        let check = |content: &[u8], announced: u64, expected: Result<&[u8], u64>| {
            let expected = expected.map(<[u8]>::to_vec);
            let expected = expected.map_err(|found| ReadError::TooLarge { found });
            assert_eq!(read_bounded(content, announced, 4), expected);
        };
        check(b"", 0, Ok(b""));
        check(b"1234", 4, Ok(b"1234"));
        check(b"1234", 0, Ok(b"1234"));
        check(b"12345", 0, Err(5));
        check(b"1", 9, Err(9));
        let endless = read_bounded(io::repeat(b'0'), 0, 4);
        assert_eq!(endless, Err(ReadError::TooLarge { found: 5 }));
    }
}
