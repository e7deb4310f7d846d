//! Certificates of many instances: valid ones are accepted, and whatever changes their meaning is rejected, by both checkers.

#[path = "../../../saltus-verify/src/certify/mod.rs"]
mod certify;

mod adversary;
mod book;
mod changes;
mod edit;
mod examples;
mod forge;
mod hostile;
mod python;
mod rules;
mod valid;
