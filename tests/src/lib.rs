//! A package without code of its own: the shipped instances lie in `instances/`, and the tests across crates in `tests/`.
