//! The instances that come with the project, embedded with their data files.

use saltus_exact::RationalMatrix;
use saltus_problem::Instance;

use crate::error::quoted;
use crate::files::{Numbers, csv};
use crate::{DataError, ReadError, parse_instance};

/// An instance file that comes with the project, and the data files that it names.
///
/// For example `dln-n20-d30`, which `saltus example dln-n20-d30` prints, and which names `dln-n20-d30/inputs.csv`.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// The name on the command line: the stem of the instance file.
    pub name: &'static str,
    /// What the instance is for, in one line.
    pub description: &'static str,
    /// The text of the instance file.
    pub toml: &'static str,
    /// The data files beside it, by their paths relative to it.
    pub files: &'static [(&'static str, &'static [u8])],
}

const fn inline(name: &'static str, description: &'static str, toml: &'static str) -> Shipped {
    Shipped {
        name,
        description,
        toml,
        files: &[],
    }
}

/// All shipped instances, ReLU networks first.
///
/// There are 16, from `relu-three-points` to `diabetes`.
pub const SHIPPED: &[Shipped] = &[
    inline(
        "relu-three-points",
        "ReLU, n = 3, m = 4: small enough to follow by hand",
        include_str!("../../../tests/instances/relu-three-points.toml"),
    ),
    inline(
        "relu-cayley",
        "ReLU, n = 8, m = 12: dense rational frame, unequal norms, generic",
        include_str!("../../../tests/instances/relu-cayley.toml"),
    ),
    inline(
        "relu-hadamard-ties",
        "ReLU, n = 8, m = 8: three neurons jump together, two of them with equal sets",
        include_str!("../../../tests/instances/relu-hadamard-ties.toml"),
    ),
    inline(
        "relu-uncovered",
        "ReLU, n = 5, m = 6: no neuron covers one point, so the limit does not interpolate",
        include_str!("../../../tests/instances/relu-uncovered.toml"),
    ),
    inline(
        "relu-near-tie",
        "ReLU, n = 5, m = 7: two neurons apart by 7.9e-5 in rescaled time",
        include_str!("../../../tests/instances/relu-near-tie.toml"),
    ),
    inline(
        "relu-dominated",
        "ReLU, n = 4, m = 6: output weights larger than the norms of the hidden weights",
        include_str!("../../../tests/instances/relu-dominated.toml"),
    ),
    inline(
        "relu-exponents",
        "ReLU, n = 4, m = 6: neurons that start at different powers of the scale",
        include_str!("../../../tests/instances/relu-exponents.toml"),
    ),
    inline(
        "relu-zero-label",
        "ReLU, n = 4, m = 5: a point with label 0 counts as fitted",
        include_str!("../../../tests/instances/relu-zero-label.toml"),
    ),
    inline(
        "dln-5x7",
        "diagonal, n = 5, d = 7: sparse recovery in two jumps, small integers",
        include_str!("../../../tests/instances/dln-5x7.toml"),
    ),
    inline(
        "dln-deactivation",
        "diagonal, n = 3, d = 5: a coordinate leaves the support",
        include_str!("../../../tests/instances/dln-deactivation.toml"),
    ),
    inline(
        "dln-two-enter",
        "diagonal, n = 3, d = 4: two coordinates enter at the same time",
        include_str!("../../../tests/instances/dln-two-enter.toml"),
    ),
    inline(
        "dln-non-unique",
        "diagonal, n = 2, d = 3: equal columns, so the fit is not unique",
        include_str!("../../../tests/instances/dln-non-unique.toml"),
    ),
    inline(
        "dln-exponents",
        "diagonal, n = 3, d = 4: coordinates that start at different powers of the scale",
        include_str!("../../../tests/instances/dln-exponents.toml"),
    ),
    inline(
        "dln-overdetermined",
        "diagonal, n = 8, d = 3: noisy labels, the end is the least-squares fit",
        include_str!("../../../tests/instances/dln-overdetermined.toml"),
    ),
    Shipped {
        name: "dln-n20-d30",
        description: "diagonal, n = 20, d = 30: noiseless sparse regression in doubles",
        toml: include_str!("../../../tests/instances/dln-n20-d30.toml"),
        files: &[
            (
                "dln-n20-d30/inputs.csv",
                include_bytes!("../../../tests/instances/dln-n20-d30/inputs.csv"),
            ),
            (
                "dln-n20-d30/labels.csv",
                include_bytes!("../../../tests/instances/dln-n20-d30/labels.csv"),
            ),
            (
                "dln-n20-d30/beta_star.csv",
                include_bytes!("../../../tests/instances/dln-n20-d30/beta_star.csv"),
            ),
            (
                "dln-n20-d30/test_inputs.csv",
                include_bytes!("../../../tests/instances/dln-n20-d30/test_inputs.csv"),
            ),
            (
                "dln-n20-d30/test_labels.csv",
                include_bytes!("../../../tests/instances/dln-n20-d30/test_labels.csv"),
            ),
        ],
    },
    Shipped {
        name: "diabetes",
        description: "diagonal, n = 442, d = 10: the diabetes study, columns centred and scaled",
        toml: include_str!("../../../tests/instances/diabetes.toml"),
        files: &[(
            "diabetes/diabetes.csv",
            include_bytes!("../../../tests/instances/diabetes/diabetes.csv"),
        )],
    },
];

/// The shipped instance of this name.
///
/// # Example
/// ```
/// let shipped = saltus_data::shipped::find_shipped("dln-5x7");
/// assert!(shipped.is_some_and(|shipped| shipped.description.starts_with("diagonal, n = 5, d = 7")));
/// assert!(saltus_data::shipped::find_shipped("dln-5x8").is_none());
/// ```
pub fn find_shipped(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The shipped instance of this name, parsed.
///
/// # Example
/// ```
/// let instance = saltus_data::shipped::load_shipped("relu-three-points");
/// assert_eq!(instance.map(|instance| instance.system()), Some("relu-orthogonal"));
/// ```
pub fn load_shipped(name: &str) -> Option<Instance> {
    find_shipped(name).map(|shipped| {
        shipped
            .load()
            .expect("a test parses every shipped instance")
    })
}

impl Shipped {
    /// Parses the instance.
    ///
    /// # Errors
    /// [`DataError`] if the embedded text were not an instance file.
    pub fn load(&self) -> Result<Instance, DataError> {
        parse_instance(self.toml, &self.file_name(), &mut |path| {
            self.bytes(path)
                .map(<[u8]>::to_vec)
                .ok_or(ReadError::NotFound)
        })
    }

    /// A CSV file without header line that is shipped beside the instance, its entries as the doubles nearest to them, such as the
    /// true coefficients of a regression.
    ///
    /// # Errors
    /// [`DataError`] if there is no such file, or if it is not a table of numbers.
    pub fn table(&self, path: &str) -> Result<RationalMatrix, DataError> {
        const PLACE: &str = "shipped file";
        let bytes = self.bytes(path).ok_or_else(|| DataError::Read {
            file: self.file_name(),
            key: PLACE.to_owned(),
            path: quoted(path),
            source: ReadError::NotFound,
        })?;
        Ok(csv::read_matrix(bytes, path, PLACE, Numbers::Double)?.into_matrix())
    }

    fn file_name(&self) -> String {
        format!("{}.toml", self.name)
    }

    fn bytes(&self, path: &str) -> Option<&'static [u8]> {
        self.files
            .iter()
            .find(|(name, _)| *name == path)
            .map(|&(_, bytes)| bytes)
    }
}
