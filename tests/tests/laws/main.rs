//! Laws of the two jump processes, on random small instances: symmetries, scalings, and what changes nothing.

mod diagonal;
mod numbers;
mod relu;
