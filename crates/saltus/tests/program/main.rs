//! Runs of the built program: answers, exit codes, messages.

mod answers;
mod arrays;
mod bad_input;
mod bad_table;
mod certificates;
mod explanations;
mod faults;
mod figures;
mod harness;
mod numerics;
mod plots;
mod report;
mod schemas;
mod sweep;
mod training;
