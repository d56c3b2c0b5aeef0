//! Graphics adapters.
