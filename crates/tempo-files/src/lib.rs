#![doc = include_str!("../README.md")]

mod folder;
mod index;
mod names;
mod question;
mod repository;
mod spelling;
mod visible;

pub use folder::{NoWeightFiles, WeightFiles};
pub use index::{is_shard, not_a_shard, shards};
pub use names::{
    CHAT_TEMPLATE, CONFIG, GENERATION, INDEX, OPTIONAL, OTHER_TOKENIZERS, SINGLE, TOKENIZER, TOKENIZER_CONFIG,
    is_file_name, is_gguf, is_path, name_of_parts, part_names, parts,
};
pub use question::answer;
pub use repository::{Choice, NoChoice, Pick, choose};
pub use spelling::{NotAName, Repository, Spelling};
pub use visible::{escaped, is_invisible};
