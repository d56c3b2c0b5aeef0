#![doc = include_str!("../README.md")]

mod address;
mod arriving;
mod cache;
mod delivery;
mod destination;
mod environment;
mod error;
mod http;
mod hub;
mod patience;
mod shelf;

pub use arriving::{Arriving, Watch};
pub use cache::{CachedModel, CachedRepository};
pub use delivery::{Delivery, Kind, ModelFiles};
pub use environment::Environment;
pub use error::HubError;
pub use hub::Hub;
pub use tempo_files::{NotAName, Pick, Repository, Spelling};
