//! What weights are kept as: what was asked for, or what suits the file and the device.
//!
//! The choice is made by headers alone, before a weight is read. It looks at the matrices of the layers, which are most of
//! a model; the embedding and the output matrix follow from it, as `outer_format` says.
//!
//! bf16 is kept in f32, although f16 would take half of it: f16 has no more than 2^-24 between its smallest numbers, so it
//! rounds what bf16 has below 2^-17, and a matrix of a million numbers around 0 with a deviation of 0.02 has some 300 of
//! those. Whether a matrix is free of them is known only when all of it has been read.

use std::collections::BTreeMap;

use safetensors::Dtype;
use tempo_gguf::TensorType;
use tempo_kernels::WeightFormat;

use crate::checkpoint::{ElementType, TensorEntry};
use crate::config::DecoderConfig;
use crate::inventory::Inventory;
use crate::options::{Kernels, LoadOptions};
use crate::tensors::row_shape;

/// Rows of the cache that room is kept for, where the model has so many positions.
const ROWS: usize = 2048;

/// What weights shall be kept as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeightPreference {
    /// What the file has, as nearly as the formats allow; smaller where the device has no room for that.
    #[default]
    Auto,
    /// This format, whatever the file has.
    Fixed(WeightFormat),
}

impl WeightPreference {
    /// Every preference.
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Fixed(WeightFormat::F32),
        Self::Fixed(WeightFormat::F16),
        Self::Fixed(WeightFormat::Q8),
        Self::Fixed(WeightFormat::Q4),
    ];

    /// Its name in flags and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed(format) => format.name(),
        }
    }

    /// The preference of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preference| preference.name() == name)
    }
}

impl From<WeightFormat> for WeightPreference {
    fn from(format: WeightFormat) -> Self {
        Self::Fixed(format)
    }
}

/// What weights are kept as, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightChoice {
    /// The format.
    pub format: WeightFormat,
    /// Why this one, in words.
    pub reason: String,
}

impl WeightChoice {
    /// The choice for a model with these tensors in its files.
    pub(crate) fn new(
        options: &LoadOptions,
        config: &DecoderConfig,
        inventory: &Inventory,
        files: &BTreeMap<String, TensorEntry>,
        room: Option<u64>,
    ) -> Self {
        let (format, reason) = match (options.weights, options.kernels) {
            (WeightPreference::Fixed(format), _) => return Self { format, reason: "asked for".into() },
            (WeightPreference::Auto, Kernels::Tensor) => {
                return Self { format: WeightFormat::F32, reason: "tensor operations know no other".into() };
            }
            (WeightPreference::Auto, Kernels::Fused) => nearest(inventory, files),
        };
        let rows = config.max_positions.min(ROWS) as u64;
        let needed = |format| inventory.device_bytes(format) + rows * row_shape(config).bytes();
        let Some(room) = room.filter(|room| needed(format) > *room) else { return Self { format, reason } };
        let smaller = WeightFormat::ALL.into_iter().skip_while(|each| *each != format).skip(1);
        let fits = smaller.clone().find(|format| needed(*format) <= room).or_else(|| smaller.last());
        let (needed, room) = (gigabytes(needed(format)), gigabytes(room));
        let reason = format!("{reason}; as {} it would take {needed}, the device has room for {room}", format.name());
        Self { format: fits.unwrap_or(format), reason }
    }
}

/// Numbers of one type in the layers' matrices.
struct Share {
    numbers: u64,
    format: WeightFormat,
    /// What that format does to them, in words.
    kept: &'static str,
}

/// The smallest format that is fine enough for nine tenths of the numbers in the layers' matrices, and why: files of one
/// type have a few matrices of a finer one.
fn nearest(inventory: &Inventory, files: &BTreeMap<String, TensorEntry>) -> (WeightFormat, String) {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for tensor in inventory.layer_tensors().filter(|tensor| tensor.shape.len() == 2) {
        let Some(entry) = files.get(&tensor.name) else { continue };
        let (format, kept) = finest(entry.dtype);
        let share = shares.entry(entry.dtype.to_string()).or_insert(Share { numbers: 0, format, kept });
        share.numbers += tensor.elements();
    }
    let tenth = shares.values().map(|share| share.numbers).sum::<u64>() / 10;
    let finer_than = |format| {
        let finer = shares.values().filter(|share| place(share.format) < place(format));
        finer.map(|share| share.numbers).sum::<u64>()
    };
    let fine_enough = |format: &WeightFormat| finer_than(*format) <= tenth;
    let format = WeightFormat::ALL.into_iter().rev().find(fine_enough).unwrap_or_default();
    let mut most: Vec<(&String, &Share)> = shares.iter().filter(|(_, share)| share.numbers > tenth).collect();
    most.sort_by_key(|(_, share)| std::cmp::Reverse(share.numbers));
    let reason = match most.as_slice() {
        [] => return (WeightFormat::F32, "the types in the file are not known yet".into()),
        [(kind, share)] => format!("the file has {kind}, {}", share.kept),
        several => {
            let kinds: Vec<&str> = several.iter().map(|(kind, _)| kind.as_str()).collect();
            format!("the file has {}, to which it is nearest", kinds.join(", "))
        }
    };
    (format, reason)
}

/// The smallest format that is as fine as this type, and what it does to it.
fn finest(dtype: ElementType) -> (WeightFormat, &'static str) {
    const SAME: &str = "which it keeps as it is";
    match dtype {
        ElementType::Safetensors(Dtype::F16) | ElementType::Gguf(TensorType::F16) => (WeightFormat::F16, SAME),
        ElementType::Safetensors(Dtype::BF16) | ElementType::Gguf(TensorType::BF16) => {
            (WeightFormat::F32, "which it keeps as it is and f16 would round")
        }
        ElementType::Safetensors(_) | ElementType::Gguf(TensorType::F32) => (WeightFormat::F32, SAME),
        ElementType::Gguf(TensorType::Q4_0) => (WeightFormat::Q4, SAME),
        ElementType::Gguf(TensorType::Q8_0) => (WeightFormat::Q8, SAME),
        // Two to six bits with scales of their own: bytes are fine enough for all of them, four bits are not.
        ElementType::Gguf(_) => (WeightFormat::Q8, "to which it is nearest"),
    }
}

/// The place of a format among all, the largest first.
fn place(format: WeightFormat) -> usize {
    WeightFormat::ALL.into_iter().position(|each| each == format).unwrap_or(0)
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LLAMA, Memory, resolve};

    /// The choice for the tiny model where `kind` tells how each tensor is stored.
    fn chosen(options: LoadOptions, kind: impl Fn(&str) -> ElementType, room: Option<u64>) -> WeightChoice {
        let config = resolve(LLAMA);
        let mut files = Memory::random(&config, 7).entries;
        for (name, entry) in &mut files {
            entry.dtype = kind(name);
        }
        WeightChoice::new(&options, &config, &Inventory::new(&config, &files), &files, room)
    }

    fn auto(kind: impl Fn(&str) -> ElementType, room: Option<u64>) -> (WeightFormat, String) {
        let choice = chosen(LoadOptions::default(), kind, room);
        (choice.format, choice.reason)
    }

    #[test]
    fn a_file_of_one_type_is_kept_as_nearly_as_the_formats_allow() {
        use ElementType::{Gguf, Safetensors};
        for (kind, format) in [
            (Safetensors(Dtype::F32), WeightFormat::F32),
            (Safetensors(Dtype::F16), WeightFormat::F16),
            (Safetensors(Dtype::BF16), WeightFormat::F32),
            (Gguf(TensorType::F32), WeightFormat::F32),
            (Gguf(TensorType::F16), WeightFormat::F16),
            (Gguf(TensorType::BF16), WeightFormat::F32),
            (Gguf(TensorType::Q8_0), WeightFormat::Q8),
            (Gguf(TensorType::Q4_0), WeightFormat::Q4),
            (Gguf(TensorType::Q4_1), WeightFormat::Q8),
            (Gguf(TensorType::Q5_1), WeightFormat::Q8),
            (Gguf(TensorType::Q4_K), WeightFormat::Q8),
            (Gguf(TensorType::Q6_K), WeightFormat::Q8),
        ] {
            let (found, reason) = auto(|_| kind, None);
            assert_eq!(found, format, "{kind}");
            assert!(reason.starts_with(&format!("the file has {kind}, ")), "{reason}");
        }
    }

    #[test]
    fn norms_embeddings_and_a_tenth_of_the_layers_do_not_decide() {
        let q4 = ElementType::Gguf(TensorType::Q4_0);
        let outside = |name: &str| if name.contains("layers.") { q4 } else { ElementType::Gguf(TensorType::F32) };
        assert_eq!(auto(outside, None).0, WeightFormat::Q4);
        // A key matrix is 384 of 9216 numbers, the matrices of a feed-forward block are 5760 of them.
        let some = |part: &'static str| {
            move |name: &str| if name.contains(part) { ElementType::Gguf(TensorType::Q6_K) } else { q4 }
        };
        assert_eq!(auto(some("k_proj"), None).0, WeightFormat::Q4);
        let (format, reason) = auto(some("mlp"), None);
        assert_eq!((format, reason.as_str()), (WeightFormat::Q8, "the file has q6_k, q4_0, to which it is nearest"));
    }

    #[test]
    fn a_device_without_room_makes_it_smaller_and_is_told_of() {
        let config = resolve(LLAMA);
        let inventory = Inventory::new(&config, &BTreeMap::new());
        let cache = config.max_positions as u64 * row_shape(&config).bytes();
        let f32s = |_: &str| ElementType::Safetensors(Dtype::F32);
        for fits in WeightFormat::ALL {
            let room = inventory.device_bytes(fits) + cache;
            assert_eq!(auto(f32s, Some(room)).0, fits);
        }
        let (format, reason) = auto(f32s, Some(0));
        assert_eq!(format, WeightFormat::Q4, "nothing is smaller");
        assert!(reason.contains("; as f32 it would take 0.0 GB, the device has room for 0.0 GB"), "{reason}");
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        for preference in WeightPreference::ALL {
            assert_eq!(WeightPreference::from_name(preference.name()), Some(preference));
        }
        let q8 = |_: &str| ElementType::Gguf(TensorType::Q8_0);
        let options = LoadOptions { weights: WeightFormat::F16.into(), ..LoadOptions::default() };
        assert_eq!(chosen(options, q8, Some(0)).format, WeightFormat::F16, "whatever the room");
        let options = LoadOptions { kernels: Kernels::Tensor, ..LoadOptions::default() };
        assert_eq!(chosen(options, q8, None).format, WeightFormat::F32);
        let config = resolve(LLAMA);
        let (none, options) = (BTreeMap::new(), LoadOptions::default());
        let choice = WeightChoice::new(&options, &config, &Inventory::new(&config, &none), &none, None);
        assert_eq!(choice.format, WeightFormat::F32, "{}", choice.reason);
    }
}
