#![doc = include_str!("../README.md")]

mod chain;
mod choice;
pub mod compare;
mod config;
mod decoder;
mod digest;
mod distribution;
mod error;
mod event;
mod evidence;
mod generator;
mod ids;
mod lists;
mod meter;
mod model;
mod next_logits;
mod options;
mod paths;
mod plan_log;
mod random;
mod removal;
mod rows;
mod run;
mod schedule;
mod score;
mod scored;
mod select;
mod sequence;
#[cfg(test)]
mod testing;
mod text;
mod tree;

pub use chain::{Chain, Path};
pub use config::{
    BesideConfig, BudgetConfig, EndOfTextConfig, GenerationConfig, RemovalConfig, RemovalLimit, SelectionConfig,
};
pub use decoder::{Branching, Decode, Decoder};
pub use digest::{Digest, DigestRequest, NotInDigest, RowFacts};
pub use distribution::Distribution;
pub use error::{ConfigError, ReadoutError, ReadoutStep, RunError, SetupError};
pub use event::{
    AnswerEvent, BeamsEvent, Candidate, ChatEvent, ChatMessage, ChosenToken, EndEvent, Event, FinishedBeam, Hypothesis,
    Member, MeterEvent, ModelEvent, PromptEvent, PromptToken, ReadingEvent, ReadingKind, RunEvent, SampleToken,
    SamplesEvent, ScoredText, ScoredToken, SearchEvent, Simulation, Stats, StepEvent, StopReason, TRACE_VERSION,
    Timing, TreeNode, Verdict, Work,
};
pub use generator::{Action, Generator, Prompt};
pub use ids::{Lane, Position, Row, SetIndex, Slot, TokenId};
pub use lists::{EachRow, ListRequest, RowList};
pub use model::{Key, Lanes, LanguageModel, Logits, LogitsRequest, ModelDescription, Query, Readout, StepPlan};
pub use next_logits::NextLogits;
pub use options::{
    Combine, DecoderKind, EosPolicy, GenerationOptions, Idle, LayerWeights, LimitScheduleKind, MeterProposal,
    OptionGroup, OptionKind, OptionRow, OptionValue, Positions, Preset, Range, Reading, RemovalKeep, RemovalMode,
    RemovalRule, RemovalScore, ScheduleKind, Visibility, Weighting,
};
pub use plan_log::PlanLog;
pub use random::SplitMix64;
pub use run::{Turn, next_event, next_turn};
pub use schedule::{Curve, SelectionThreshold};
pub use score::{ScoreError, TokenScore, rows_of_text, score, score_text};
pub use select::{Choice, Selection, select};
pub use sequence::{Sequence, Token};
pub use text::{Vocabulary, escape_invalid};
