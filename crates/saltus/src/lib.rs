//! The library behind the program `saltus`: the crates of the project under short names, and the program's answers as types.
//!
//! ```
//! use saltus::answers::{Answer, Prediction};
//! use saltus::problem::Instance;
//!
//! let text = r#"
//!     system = "relu-orthogonal"
//!     [data]
//!     inputs = [["3/5", "4/5"], ["-4/5", "3/5"]]
//!     labels = [2, -1]
//!     [init]
//!     hidden = [[1, 1], [-1, "1/2"]]
//!     signs = [1, -1]
//! "#;
//! let instance = saltus::data::parse_instance(text, "two.toml", &mut |_| Err(saltus::data::ReadError::NotFound))?;
//!
//! // A neuron of rate ρ reaches size 1 at rescaled time 1/ρ; here ρ = |y_i| ‖x_i‖ / n.
//! let Instance::Relu(network) = &instance else { unreachable!() };
//! let sequence = saltus::jump::relu::predict(network)?;
//! assert_eq!(sequence.jumps().len(), 2);
//! assert_eq!(sequence.jumps()[1].time.exact().map(ToString::to_string).as_deref(), Some("2"));
//!
//! let answer = Prediction::of(&instance)?;
//! assert!(answer.text().contains("every point is fitted"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod answers;

pub use saltus_check as check;
pub use saltus_data as data;
pub use saltus_dynamics as dynamics;
pub use saltus_exact as exact;
pub use saltus_jump as jump;
pub use saltus_problem as problem;
pub use saltus_report as report;
pub use saltus_sweep as sweep;
pub use saltus_verify as verify;
