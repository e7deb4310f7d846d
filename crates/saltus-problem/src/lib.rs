//! The nouns that every other crate shares: the two kinds of instance, valid by construction, and the two clocks.
//!
//! - [`ReluInstance`]: a two-layer ReLU network on pairwise orthogonal data, with its initialisation;
//! - [`DiagonalInstance`]: a diagonal linear network on a regression problem;
//! - [`LogInverseScale`], [`RescaledTime`], [`FlowTime`]: initialisation scale and time.
//!
//! Every index is 0-based, in the code and in every message. All data are exact rationals; no float takes part in a decision.

mod diagonal;
mod error;
mod instance;
mod integer_row;
pub mod limits;
mod orthogonal;
mod relu;
mod time;

pub use diagonal::DiagonalInstance;
pub use error::ProblemError;
pub use instance::Instance;
pub use orthogonal::OrthogonalData;
pub use relu::{Output, ReluInitialisation, ReluInstance, Sign};
pub use time::{FlowTime, LogInverseScale, RescaledTime};
