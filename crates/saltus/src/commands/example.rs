//! `saltus example`.

use clap::Args;
use saltus::answers::{Example, ExampleEntry, ExampleList};
use saltus::data::inline_toml;
use saltus::data::shipped::{SHIPPED, Shipped};

use crate::failure::{Failure, Verdict};
use crate::output::{self, Format};

/// What `saltus example relu-three-points`, or `saltus example --list`, asks for.
#[derive(Debug, Args)]
pub struct Options {
    /// Name of a shipped instance
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    name: Option<String>,
    /// Names all shipped instances
    #[arg(long)]
    list: bool,
}

/// Prints the instance or the list. For a name that is not there the message is
/// `example: found "nope", expected one of: relu-three-points, …`, with exit code 2.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    match &options.name {
        None => output::print(&list(), format),
        Some(name) => output::print(&find(name)?, format),
    }?;
    Ok(Verdict::Done)
}

fn list() -> ExampleList {
    let entry = |shipped: &Shipped| ExampleEntry {
        name: shipped.name.to_owned(),
        description: shipped.description.to_owned(),
    };
    ExampleList {
        examples: SHIPPED.iter().map(entry).collect(),
    }
}

fn find(name: &str) -> Result<Example, Failure> {
    let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == name) else {
        let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
        let known = names.join(", ");
        return Err(Failure::input(
            "example",
            format!("found {name:?}, expected one of: {known}"),
        ));
    };
    let toml = if shipped.files.is_empty() {
        shipped.toml.to_owned()
    } else {
        // Its numbers lie in other files: they are written out, so that what is printed stands alone.
        let instance = shipped
            .load()
            .map_err(|error| Failure::unsettled(shipped.name, error))?;
        inline_toml(&instance)
    };
    Ok(Example {
        name: shipped.name.to_owned(),
        description: shipped.description.to_owned(),
        toml,
    })
}
