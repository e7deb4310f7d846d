//! Many instances: statistics of the exact process, plans, shards, merging.
//!
//! * [`draw`] turns a seed and a stream into labels and active sets, with integer arithmetic only.
//! * [`process`] runs the limiting jump process on up to millions of points, exactly.
//! * [`interpolation`] gives the probability that every point is fitted, exactly or enclosed, and rigorous binomial intervals.
//! * [`plan`] writes a sweep as one self-contained task a line, and splits it into shards.
//! * [`run`] does tasks on several threads, resumes what was cut off, merges parts and summarises records.
//! * [`claims`] gathers and judges the evidence for the two statistical claims.
//!
//! ```
//! use saltus_sweep::draw::{InstanceLaw, LabelLaw};
//! use saltus_sweep::process::jumps_of;
//!
//! let law = InstanceLaw { points: 200, width: 60, labels: LabelLaw::Gaussian };
//! let outcome = jumps_of(&law.draw(7, 0)?)?;
//! assert!(outcome.interpolates());
//! // The learned squared norm is at least the least one of all interpolating networks.
//! let learned = outcome.squared_norm().expect("no neurons tie at these labels");
//! assert!(learned >= outcome.min_squared_norm());
//! # Ok::<(), saltus_sweep::process::ProcessError>(())
//! ```

pub mod claims;
pub mod draw;
pub mod interpolation;
pub mod plan;
pub mod process;
pub mod run;
