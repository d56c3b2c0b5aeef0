//! What is compared, in words: `greedy; sample samples=4 temperature=0.8` (LAB.md L6).

use thiserror::Error;

use super::nearest::nearest;
use crate::error::ConfigError;
use crate::options::{DecoderKind, GenerationOptions, Preset};

/// Most decoders of a comparison.
pub const MOST_LANES: usize = 8;

/// One decoder of a comparison with what it goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneOptions {
    /// As it was written, with one space between its words.
    pub words: String,
    /// Its options.
    pub options: GenerationOptions,
    /// Whether it says itself how long its text may be.
    pub says_max_steps: bool,
}

/// Lanes that cannot be. Their numbers count from 1.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LaneError {
    /// Nothing to compare.
    #[error("there is no lane; write decoders with their flags, as in `greedy; beam beams=4`")]
    None,
    /// More than can be compared.
    #[error("{found} lanes are too many; compare at most {}", MOST_LANES)]
    TooMany {
        /// How many.
        found: usize,
    },
    /// Nothing between two separators.
    #[error("lane {lane} is empty; lanes are parted by one `;`")]
    Empty {
        /// Which.
        lane: usize,
    },
    /// A decoder that there is not.
    #[error("lane {lane}: there is no decoder `{name}`; did you mean {nearest}? There are {}", DecoderKind::NAMES.join(", "))]
    Decoder {
        /// Which lane.
        lane: usize,
        /// What stands there.
        name: String,
        /// The nearest name.
        nearest: &'static str,
    },
    /// A flag that cannot be, or does nothing here.
    #[error("lane {lane} ({decoder}): {flag} {why}")]
    Flag {
        /// Which lane.
        lane: usize,
        /// Its decoder.
        decoder: DecoderKind,
        /// The flag.
        flag: String,
        /// What is wrong with it, and the nearest right one.
        why: String,
    },
    /// Options that contradict each other.
    #[error("lane {lane} ({decoder}): {why}")]
    Options {
        /// Which lane.
        lane: usize,
        /// Its decoder.
        decoder: DecoderKind,
        /// How.
        why: ConfigError,
    },
}

/// What a comparison does not show, and why.
const UNSEEN: [(&str, &str); 4] = [
    ("candidates", "only a trace lists them"),
    ("exact_limit", "the table has no meter"),
    ("meter_samples", "the table has no meter"),
    ("meter_proposal", "the table has no meter"),
];
/// What a beam search refuses (LAB.md L2).
const NO_BEAM: [&str; 5] = ["temperature", "repetition_penalty", "top_k", "top_p", "min_steps"];
const BY_PROBABILITY: &str = "beam search goes by the model's own probabilities";

/// Reads the lanes of a comparison.
///
/// # Errors
/// With the number of the lane, the flag, and the nearest right one.
pub fn lanes(text: &str) -> Result<Vec<LaneOptions>, LaneError> {
    if text.trim().is_empty() {
        return Err(LaneError::None);
    }
    let parts: Vec<&str> = text.split(';').collect();
    if parts.len() > MOST_LANES {
        return Err(LaneError::TooMany { found: parts.len() });
    }
    parts.into_iter().zip(1..).map(|(words, lane)| read(words, lane)).collect()
}

fn read(text: &str, lane: usize) -> Result<LaneOptions, LaneError> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or(LaneError::Empty { lane })?;
    let decoder: DecoderKind = name.parse().map_err(|_| {
        let names = DecoderKind::NAMES.iter().copied();
        LaneError::Decoder { lane, name: name.to_owned(), nearest: nearest(name, names) }
    })?;
    let refuse = |flag: &str, why: String| LaneError::Flag { lane, decoder, flag: flag.to_owned(), why };
    let mut given: Vec<(&'static str, &str)> = Vec::new();
    let mut options = GenerationOptions::default();
    for word in words {
        let (flag, value) = word.split_once('=').unwrap_or((word, ""));
        let name = option(flag).filter(|name| *name != PRESET || decoder == DecoderKind::Tempo);
        let Some(name) = name else { return Err(refuse(flag, unknown(flag, decoder))) };
        if value.is_empty() {
            return Err(refuse(flag, format!("has no value; write {flag}=...")));
        }
        if given.iter().any(|(before, _)| *before == name) {
            return Err(refuse(flag, "stands there twice".to_owned()));
        }
        if let Some(why) = idle_by_decoder(name, decoder) {
            return Err(refuse(flag, format!("has no effect: {why}; did you mean {}?", instead(name, decoder))));
        }
        if name == PRESET {
            let preset = value.parse::<Preset>();
            options = preset.map_err(|error| refuse(flag, error.to_string()))?.options();
        }
        given.push((name, value));
    }
    options.decoder = decoder;
    for (name, value) in given.iter().filter(|(name, _)| *name != PRESET) {
        options.read(name, value).map_err(|must| refuse(&dashed(name), format!("must be {must}, not {value}")))?;
    }
    let says_max_steps = given.iter().any(|(name, _)| *name == "max_steps");
    let longest = if says_max_steps { options.max_steps } else { usize::MAX };
    let whole = GenerationOptions { max_steps: longest, ..options };
    whole.check_alone().map_err(|why| LaneError::Options { lane, decoder, why })?;
    for (name, _) in given.iter().filter(|(name, _)| *name != PRESET) {
        if let Some(idle) = options.idle(name) {
            let why = format!("has no effect: {}; did you mean {}?", idle.reason, dashed(idle.option));
            return Err(refuse(&dashed(name), why));
        }
    }
    Ok(LaneOptions { words: text.split_whitespace().collect::<Vec<_>>().join(" "), options, says_max_steps })
}

/// Options that go together, by name; a flag of TEMPO's lanes that is no option itself.
const PRESET: &str = "preset";

/// The option of a flag without its dashes.
fn option(flag: &str) -> Option<&'static str> {
    if flag == PRESET {
        return Some(PRESET);
    }
    // The first word of a lane says this one.
    let known = GenerationOptions::names().filter(|(name, _)| *name != "decoder");
    let mut known = known;
    known.find(|(name, alias)| dashed(name) == flag || *alias == Some(flag)).map(|(name, _)| name)
}

fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

/// Why an option can have no effect in a lane of this decoder, whatever else stands there.
fn idle_by_decoder(name: &str, decoder: DecoderKind) -> Option<&'static str> {
    let unseen = UNSEEN.iter().find(|(unseen, _)| *unseen == name).map(|(_, why)| *why);
    let never = (decoder == DecoderKind::Beam && NO_BEAM.contains(&name)).then_some(BY_PROBABILITY);
    let options = GenerationOptions { decoder, ..GenerationOptions::default() };
    let by_rule = || options.idle(name).filter(|idle| idle.option == "decoder").map(|idle| idle.reason);
    unseen.or(never).or_else(by_rule)
}

/// The flag that does here what another does elsewhere, else the one with the nearest name.
fn instead(name: &str, decoder: DecoderKind) -> String {
    let counts = ["samples", "beams", "simulations", "max_set"];
    let own = match decoder {
        DecoderKind::Sample => "samples",
        DecoderKind::Beam => "beams",
        DecoderKind::Mcts => "simulations",
        DecoderKind::Tempo => "max_set",
        DecoderKind::Greedy => "max_steps",
    };
    if counts.contains(&name) { dashed(own) } else { nearest_flag(&dashed(name), decoder) }
}

fn nearest_flag(flag: &str, decoder: DecoderKind) -> String {
    let right = GenerationOptions::names().map(|(name, _)| name);
    let right = right.filter(|name| *name != "decoder" && idle_by_decoder(name, decoder).is_none()).map(dashed);
    let right: Vec<String> = right.collect();
    nearest(flag, right.iter().map(String::as_str)).to_owned()
}

/// What is wrong with a flag that there is not.
fn unknown(flag: &str, decoder: DecoderKind) -> String {
    if let Some(bare) = flag.strip_prefix("--") {
        return format!("has dashes; flags of a lane have none: did you mean {}?", nearest_flag(bare, decoder));
    }
    format!("is no flag; did you mean {}?", nearest_flag(flag, decoder))
}
