//! What the test suites share: each suite runs on the CPU, and as a twin named `gpu_*` on a graphics adapter.

pub mod contract;
pub mod forced;
pub mod golden;
pub mod invariants;
pub mod models;
pub mod real;
pub mod traces;
