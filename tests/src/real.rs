//! Real models, as people fetch them, along a text that transformers has followed before (`scripts/reference/real.py`).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use pollster::block_on;
use serde::Deserialize;
use tempo_core::{LanguageModel as _, TokenId};
use tempo_model::{DeviceChoice, GgufSource, Kernels, LoadOptions, Model, WeightPreference};

use crate::forced::judge;
use crate::golden::text;
use crate::models::fixtures;

/// Names the folder that `scripts/models.sh` fetches into.
const FOLDER: &str = "TEMPO_REAL_MODELS";

/// What transformers makes of a model's file in float32.
#[derive(Debug, Deserialize)]
struct Golden {
    /// The file's name.
    file: String,
    /// The text.
    ids: Vec<u32>,
    /// Of each token but the first, given those before it.
    ln_p: Vec<f64>,
    /// The most probable tokens in its place, best first.
    best: Vec<Vec<usize>>,
    /// Their ln p.
    best_ln_p: Vec<Vec<f64>>,
    /// Tokens of each line of `real/lines.json`.
    lines: Vec<Vec<u32>>,
}

/// How a model follows its text.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// The share of places with transformers' first choice, or one that it holds as probable within 0.001 nats.
    pub agreement: f64,
    /// The largest difference of ln p of a token that comes, in nats.
    pub worst: f64,
    /// The mean one.
    pub mean: f64,
}

/// A model whose golden is `real/NAME.json`.
#[derive(Debug)]
pub struct Real {
    golden: Golden,
    path: PathBuf,
}

impl Real {
    /// Finds its file in the folder that the environment names.
    ///
    /// # Errors
    /// When the folder is not named, or the file is not in it.
    pub fn find(name: &str) -> anyhow::Result<Self> {
        let golden = std::fs::read(fixtures().join(format!("real/{name}.json")))?;
        let golden: Golden = serde_json::from_slice(&golden)?;
        let folder = std::env::var_os(FOLDER).with_context(|| format!("{FOLDER} names no folder"))?;
        let path = Path::new(&folder).join(&golden.file);
        ensure!(path.is_file(), "{} is not there; run scripts/models.sh {name}", path.display());
        Ok(Self { golden, path })
    }

    fn open(&self, weights: WeightPreference) -> anyhow::Result<Model> {
        let options = LoadOptions { kernels: Kernels::Fused, weights, workers: None };
        let device = DeviceChoice::cpu("a test");
        block_on(async {
            let mut source = GgufSource::open_file(&self.path).await?;
            Ok(Model::open(&mut source, &device, options, |_| ()).await?)
        })
    }

    /// Follows the text on the CPU, with weights in this format.
    ///
    /// # Errors
    /// When the model cannot be loaded, or a pass fails.
    pub fn follow(&self, weights: WeightPreference) -> anyhow::Result<Followed> {
        let Golden { ids, ln_p, best, best_ln_p, .. } = &self.golden;
        let mut engine = self.open(weights)?.engine;
        let vocab = engine.description().vocab;
        block_on(engine.begin(ids.len()))?;
        let mut plan = text(ids, 0, ids.len());
        // The text does not say what follows its last token.
        plan.logits = 0..ids.len() - 1;
        let readout = block_on(engine.forward(&plan))?;
        let rows = readout.logits.rows().context("whole rows, for no digest was asked for")?;
        let (mut agreed, mut worst, mut sum) = (0, 0.0_f64, 0.0);
        for (place, row) in rows.chunks_exact(vocab).enumerate() {
            let (top, surprise) = judge(row, TokenId(ids[place + 1]));
            let as_good = best[place].iter().zip(&best_ln_p[place]);
            let as_good = as_good.take_while(|(_, ln_p)| best_ln_p[place][0] - **ln_p <= 0.001);
            agreed += usize::from(as_good.into_iter().any(|(id, _)| *id == top));
            let difference = (ln_p[place] + surprise).abs();
            worst = worst.max(difference);
            sum += difference;
        }
        let places = ln_p.len() as f64;
        Ok(Followed { agreement: f64::from(u32::try_from(agreed)?) / places, worst, mean: sum / places })
    }

    /// The lines whose tokens are not those of transformers, with both.
    ///
    /// # Errors
    /// When the tokenizer cannot be read, or there are fewer lines than goldens.
    pub fn lines_that_differ(&self) -> anyhow::Result<Vec<String>> {
        let lines: Vec<String> = serde_json::from_slice(&std::fs::read(fixtures().join("real/lines.json"))?)?;
        ensure!(lines.len() == self.golden.lines.len() && lines.len() == 200, "a golden for every line");
        let tokenizer = block_on(async {
            let source = GgufSource::open_file(&self.path).await?;
            tempo_model::ModelSource::tokenizer(&source, usize::MAX)
        })?;
        let mut differ = Vec::new();
        for (line, want) in lines.iter().zip(&self.golden.lines) {
            let found = tokenizer.encode(line)?;
            if found != *want {
                differ.push(format!("{line:?}: {found:?}, not {want:?}"));
            }
        }
        Ok(differ)
    }
}
