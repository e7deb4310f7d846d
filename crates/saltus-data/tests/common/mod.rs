//! Parsing with data files in memory.

use saltus_data::{DataError, ReadError, parse_instance};
use saltus_problem::Instance;

/// Parses `text` as `i.toml` beside the given files.
pub fn parse_with(text: &str, files: &[(&str, &[u8])]) -> Result<Instance, DataError> {
    parse_instance(text, "i.toml", &mut |path| {
        let found = files.iter().find(|(name, _)| *name == path);
        found
            .map(|(_, bytes)| bytes.to_vec())
            .ok_or(ReadError::NotFound)
    })
}
