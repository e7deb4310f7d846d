//! Stiff integration with events: the systems' interface, two independent one-step methods, and the driver.

mod clock;
mod dense;
mod driver;
mod error;
mod locate;
mod method;
mod radau;
mod radau_table;
mod rodas;
mod settings;
mod system;
#[cfg(test)]
mod test_systems;

pub use dense::Lu;
pub use driver::integrate;
pub use error::FlowError;
pub use method::Method;
pub use settings::{FlowReport, FlowSettings, FlowStatistics, Moment};
pub use system::{Crossing, StiffSystem};
