//! Runs of the built program: answers, exit codes, messages.

mod answers;
mod bad_input;
mod certificates;
mod harness;
mod sweep;
mod training;
