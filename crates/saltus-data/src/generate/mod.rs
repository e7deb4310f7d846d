//! Instances from seeds: orthogonal frames with labels, initialisations of ReLU networks, sparse regression.
//!
//! A recipe is a value; the same recipe draws the same numbers everywhere and always. Random bits come from ChaCha8 with the seed
//! of the recipe; data use the stream `2·stream`, initialisations the stream `2·stream + 1`, so that a seed shared by both is
//! harmless, and so that the tasks of a sweep can share a seed and differ in their streams. Only integers below a bound are drawn
//! (by rejection, uniformly), and rationals with short denominators are built from them:
//!
//! - *sign*: −1 or 1, each with probability ½;
//! - *bell*: `(v_1 + … + v_12 − 6·64)/64` with independent `v` uniform on 0, …, 64: mean 0, variance 4224/4096, symmetric, bell-shaped
//!   and **not** Gaussian (it lies within ±6);
//! - *uniform label*: a sign times `v/1024` with `v` uniform on 1, …, 2048.
//!
//! # In instance files
//! ```
//! let text = r#"
//!     system = "relu-orthogonal"
//!     [data]
//!     generate = { kind = "axes", points = 4, seed = 7, labels = "signs", norms = "uniform" }
//!     [init]
//!     generate = { width = 6, seed = 7, weights = "integers", signs = "random" }
//! "#;
//! let instance = saltus_data::parse_instance(text, "drawn.toml", &mut |_| Err(saltus_data::ReadError::NotFound))?;
//! let saltus_problem::Instance::Relu(instance) = instance else { unreachable!("the system is relu-orthogonal") };
//! assert_eq!((instance.data().n_points(), instance.width()), (4, 6));
//! # Ok::<(), saltus_data::DataError>(())
//! ```
//!
//! | table | key | values |
//! | --- | --- | --- |
//! | `[data] generate`, ReLU | `kind` | `"axes"`, `"cayley"`, `"hadamard"`, see [`Frame`] |
//! | | `points` | n (= d) |
//! | | `labels` | `"bell"` (default), `"signs"`, `"uniform"`, see [`LabelLaw`] |
//! | | `norms` | `"unit"` (default), `"uniform"`, see [`NormLaw`] |
//! | `[data] generate`, diagonal | `kind` | `"sparse-regression"`, see [`RegressionRecipe`] |
//! | | `samples`, `dimension`, `support` | n, d, number of non-zero coefficients |
//! | | `noise` | a number, default 0 |
//! | `[init] generate`, ReLU | `width` | m |
//! | | `weights` | `"integers"` (default), `"bell"`, `"frame"`, see [`WeightLaw`] |
//! | | `signs` | `"random"` (default), `"positive"`, see [`SignLaw`] |
//! | all | `seed`, `stream` | integers; stream 0 by default |

mod draws;
mod frame;
mod initialisation;
mod regression;

pub use frame::{Frame, LabelLaw, MAX_CAYLEY_POINTS, NormLaw, OrthogonalRecipe};
pub use initialisation::{InitialisationRecipe, SignLaw, WeightLaw};
pub use regression::{Regression, RegressionRecipe};
