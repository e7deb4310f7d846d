//! Small instances that between them reach every rule.

use saltus_data::shipped::load_shipped;
use saltus_data::{ReadError, parse_instance};
use saltus_problem::Instance;

use crate::certify::certify;

/// Shipped instances with short certificates.
const SHIPPED: [&str; 14] = [
    "relu-three-points",
    "relu-cayley",
    "relu-hadamard-ties",
    "relu-uncovered",
    "relu-near-tie",
    "relu-dominated",
    "relu-exponents",
    "relu-zero-label",
    "dln-5x7",
    "dln-deactivation",
    "dln-two-enter",
    "dln-non-unique",
    "dln-exponents",
    "dln-overdetermined",
];

/// Neurons 1 and 2 arrive at time 2 by different histories: rates 5, then 4, against 2 all the time.
pub const EXACT_TIE: &str = r#"
system = "relu-orthogonal"
name = "a tie by an exact sum"
[data]
inputs = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
labels = [9, 12, 6]
[init]
hidden = [[1, -1, -1], [1, 1, -1], [-1, -1, 1]]
signs = [1, 1, 1]
exponents = [3, 9, 4]
"#;

/// Neuron 0 jumps at `2√2`; neurons 1 and 2, whose rates it changes from `√2/4` and `5√2/4` to `1/4` and `7/4`, meet at `4 + 2√2`.
pub const IRRATIONAL_TIE: &str = r#"
system = "relu-orthogonal"
name = "a tie by an irrational sum"
[data]
inputs = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
labels = [1, 1, 1, 7]
[init]
hidden = [[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]
signs = [1, 1, 1]
exponents = [1, 2, 12]
"#;

/// The blocks {0, 1} and {1, 2} of a tie overlap, so the norm is undetermined.
pub const OVERLAP: &str = r#"
system = "relu-orthogonal"
name = "overlapping blocks"
[data]
inputs = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]]
labels = [1, 1, 1, -1]
[init]
hidden = [[1, 1, -1, 1], [-1, 1, 1, -1], [-1, -1, -1, 3]]
output = [2, 3, -5]
"#;

/// All labels are 0: no jumps at all.
pub const NO_JUMPS_RELU: &str = r#"
system = "relu-orthogonal"
name = "nothing to fit"
[data]
inputs = [[1, 0], [0, 1]]
labels = [0, 0]
[init]
hidden = [[1, 1]]
signs = [1]
"#;

/// Three columns meet their bounds together; they are dependent, yet the fit is unique.
pub const SEPARATED: &str = r#"
system = "diagonal-linear"
name = "dependent columns, one fit"
[data]
inputs = [[1, 1, 1], [0, 1, 2]]
labels = [3, 0]
"#;

/// The same with negative dual variables.
pub const SEPARATED_BELOW: &str = r#"
system = "diagonal-linear"
name = "dependent columns, one fit, below"
[data]
inputs = [[1, -1, 1], [0, -1, 2]]
labels = [-3, 0]
[init]
shape = [1, 2, "1/3"]
"#;

/// A column of the support may move either way along the kernel.
pub const KERNEL_ON_SUPPORT: &str = r#"
system = "diagonal-linear"
name = "a kernel vector on the support"
[data]
inputs = [[1, 1, 1], [0, 1, -1]]
labels = [3, 0]
"#;

/// β = 0 is already the fit.
pub const NO_JUMPS_DIAGONAL: &str = r#"
system = "diagonal-linear"
name = "nothing to learn"
[data]
inputs = [[1, 1], [1, 1]]
labels = [1, -1]
"#;

/// Two rows are equal, so the final witness is not unique.
pub const EQUAL_ROWS: &str = r#"
system = "diagonal-linear"
name = "equal rows"
[data]
inputs = [[1, 2, 0], [1, 2, 0], [0, 0, 0]]
labels = [3, 3, 1]
[init]
exponents = ["1/2", 2, 1]
"#;

/// The instance that a text describes.
pub fn parse(toml: &str) -> Instance {
    parse_instance(toml, "example.toml", &mut |_| Err(ReadError::NotFound))
        .expect("the examples of these tests are instances")
}

fn drawn_relu(seed: u32) -> String {
    let kind = ["axes", "cayley", "hadamard"][seed as usize % 3];
    let labels = ["bell", "signs", "uniform"][seed as usize / 3 % 3];
    let (points, width) = ([4, 3, 4][seed as usize % 3], 3 + seed % 4);
    format!(
        "system = \"relu-orthogonal\"\n[data]\ngenerate = {{ kind = \"{kind}\", points = {points}, seed = {seed}, labels = \"{labels}\" }}\n\
         [init]\ngenerate = {{ width = {width}, seed = {seed} }}\n"
    )
}

fn drawn_diagonal(seed: u32) -> String {
    let (samples, dimension) = (2 + seed % 3, 3 + seed % 2);
    format!(
        "system = \"diagonal-linear\"\n[data]\ngenerate = {{ kind = \"sparse-regression\", samples = {samples}, \
         dimension = {dimension}, support = 2, noise = \"1/10\", seed = {seed} }}\n"
    )
}

/// All small instances.
pub fn instances() -> Vec<Instance> {
    let shipped = SHIPPED
        .iter()
        .map(|name| load_shipped(name).expect("the name of a shipped instance"));
    let written = [
        EXACT_TIE,
        IRRATIONAL_TIE,
        OVERLAP,
        NO_JUMPS_RELU,
        SEPARATED,
        SEPARATED_BELOW,
        KERNEL_ON_SUPPORT,
        NO_JUMPS_DIAGONAL,
        EQUAL_ROWS,
    ];
    shipped
        .chain(written.iter().map(|toml| parse(toml)))
        .chain((0..9).flat_map(drawn))
        .collect()
}

/// One random instance of each system.
pub fn drawn(seed: u32) -> [Instance; 2] {
    [parse(&drawn_relu(seed)), parse(&drawn_diagonal(seed))]
}

/// The certificate of an instance, as text.
pub fn certificate(instance: &Instance) -> String {
    certify(instance)
        .unwrap_or_else(|error| unreachable!("{}: {error}", instance.name()))
        .write()
}
