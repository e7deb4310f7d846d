//! Stiff integration with events: the systems' interface, two independent one-step methods, and the driver.

mod clock;
mod dense;
mod driver;
mod error;
mod locate;
mod method;
mod pairs;
mod radau;
mod radau_table;
mod rodas;
mod settings;
mod stages;
mod system;
#[cfg(test)]
mod test_systems;

pub use crate::lanes::Lanes;
pub use dense::Lu;
pub use driver::integrate;
pub use error::FlowError;
pub(crate) use locate::{bracketed_root, event_trigger};
pub use method::Method;
pub(crate) use method::max_or_nan;
pub(crate) use pairs::{Multiplier, PairsLu, inverse, product, real};
pub(crate) use radau_table::{
    COLLOCATION, ERROR_WEIGHTS, INVERSE, NODES, REAL_EIGENVALUE, STAGES, interpolation_weights,
};
pub use settings::{FlowReport, FlowSettings, FlowStatistics, Moment};
pub use stages::{ComplexSolves, OneByOne, StageSolver};
pub use system::{Crossing, Joined, StiffSystem};
