//! Instances of growing size for the benches, from instance files with seeds, and the allocator of the program.

use mimalloc::MiMalloc;
use saltus::data::{ReadError, parse_instance};
use saltus::problem::{DiagonalInstance, Instance, ReluInstance};

/// What is measured has the allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A ReLU network on scaled axes with bell-shaped labels.
pub fn relu(points: u32, width: u32) -> ReluInstance {
    let text = format!(
        "system = \"relu-orthogonal\"\n[data]\n\
         generate = {{ kind = \"axes\", points = {points}, seed = 1, labels = \"bell\", norms = \"uniform\" }}\n\
         [init]\ngenerate = {{ width = {width}, seed = 7 }}\n"
    );
    match parse(&text) {
        Instance::Relu(instance) => instance,
        Instance::Diagonal(_) => unreachable!("the file says relu-orthogonal"),
    }
}

/// A sparse regression without noise.
pub fn diagonal(samples: u32, dimension: u32) -> DiagonalInstance {
    let text = format!(
        "system = \"diagonal-linear\"\n[data]\n\
         generate = {{ kind = \"sparse-regression\", samples = {samples}, dimension = {dimension}, support = 3, noise = 0, seed = 1 }}\n"
    );
    match parse(&text) {
        Instance::Diagonal(instance) => instance,
        Instance::Relu(_) => unreachable!("the file says diagonal-linear"),
    }
}

fn parse(text: &str) -> Instance {
    parse_instance(text, "bench.toml", &mut |_| Err(ReadError::NotFound))
        .expect("the files above are valid")
}
