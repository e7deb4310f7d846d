//! Runs of the built program: answers, exit codes, messages.

mod answers;
mod bad_input;
mod certificates;
mod explanations;
mod harness;
mod plots;
mod sweep;
mod training;
