//! What a step of each decoder costs: passes, reads, and bytes that are read.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    Decoder, DecoderKind, EndEvent, Event, GenerationOptions, LanguageModel, ModelDescription, Prompt, Readout,
    StepPlan, next_event,
};
use tempo_model::{Counts, Engine, ForwardError};

use super::Bench;

/// Bytes of the list of one row.
const LIST: u64 = 792;
/// Bytes of a digest without its rows, and of each of these.
const DIGEST: [u64; 2] = [4 * 294, 4 * 100];

/// A pass of a run.
#[derive(Debug)]
struct Cost {
    /// Rows whose logits were asked for.
    rows: u64,
    /// Cache rows that there were.
    keys: u64,
    /// Whether attention received was wanted.
    measures: bool,
    spent: Counts,
    /// Where there is a graphics device: dispatches, submits, bytes of weights.
    device: Option<[u64; 3]>,
}

/// An engine that says what each pass has cost.
struct Counting<'a> {
    engine: &'a mut Engine,
    passes: Vec<Cost>,
    /// How often whole rows were read after a digest or lists.
    fetched: usize,
}

impl LanguageModel for Counting<'_> {
    type Error = ForwardError;

    fn description(&self) -> &ModelDescription {
        self.engine.description()
    }

    async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.begin(rows).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.grow(rows).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        let (before, device) = (self.engine.counts(), self.engine.device_counts());
        let readout = self.engine.forward(plan).await?;
        let device = device.zip(self.engine.device_counts()).map(|(before, after)| {
            let (dispatches, submits) = (after.dispatches - before.dispatches, after.submits - before.submits);
            [dispatches, submits, after.weight_bytes - before.weight_bytes]
        });
        let (rows, keys, measures) = (plan.logits.len() as u64, plan.keys.len() as u64, !plan.layer_weights.is_empty());
        self.passes.push(Cost { rows, keys, measures, spent: self.engine.counts() - before, device });
        Ok(readout)
    }

    async fn logits(&mut self) -> Result<Vec<f32>, ForwardError> {
        self.fetched += 1;
        self.engine.logits().await
    }
}

impl Bench {
    /// A pass of any decoder is one pass and one read: of the lists of its rows, where 96 tokens decide, and of no whole row. Of
    /// TEMPO's rows `digested` says whether there is a digest.
    ///
    /// # Errors
    /// When a pass costs more.
    pub fn a_pass_of_any_decoder_reads_what_decides(&mut self, digested: bool) -> anyhow::Result<()> {
        let defaults = GenerationOptions { max_steps: 10, ..GenerationOptions::default() };
        let decoder = |decoder| GenerationOptions { decoder, ..defaults };
        let beam = GenerationOptions { beams: 8, ..decoder(DecoderKind::Beam) };
        let sample = GenerationOptions { samples: 8, top_k: 40, temperature: 0.9, ..decoder(DecoderKind::Sample) };
        let search = GenerationOptions { simulations: 6, max_steps: 4, ..decoder(DecoderKind::Mcts) };
        let tempo = GenerationOptions { reading_beams: 8, selection_threshold: 0.01, ..defaults };
        // More rows than the sixteen that are combined.
        let many = GenerationOptions { reading_beams: 24, ..tempo };
        let vocab = self.engine.description().vocab as u64;
        for (options, most) in [(beam, 8), (sample, 8), (search, 1), (tempo, 16), (many, 32)] {
            let (passes, fetched, _) = self.costs(options)?;
            let name = options.decoder;
            let rows = passes.iter().map(|cost| cost.rows).max().context("a pass")?;
            ensure!(rows == most, "{name}: {rows} rows at once");
            ensure!(fetched == 0, "{name}: whole rows were read {fetched} times");
            for Cost { rows, keys, measures, spent, device } in passes {
                let received = if measures { 4 * keys } else { 0 };
                let answer = match (digested, name) {
                    (false, DecoderKind::Tempo) => 4 * vocab * rows,
                    (true, DecoderKind::Tempo) => DIGEST[0] + DIGEST[1] * rows,
                    _ => LIST * rows,
                };
                ensure!((spent.passes, spent.readbacks) == (1, 1), "{name}: {spent:?}");
                // A device reads all the room that there is for a list, a processor as much as is in it.
                let (want, found) = (answer + received, spent.bytes_read);
                let fits = if digested || name == DecoderKind::Tempo { found == want } else { found <= want };
                ensure!(fits, "{name}: {found} bytes, not {want}");
                // A pass with more than sixteen rows, and more than any before, has buffers made for it, which is a submit.
                let most = if rows > 16 { 2 } else { 1 };
                ensure!(device.is_none_or(|[_, submits, _]| submits <= most), "{name}, {rows} rows: {device:?}");
            }
        }
        Ok(())
    }

    /// Eight reading lanes add no pass, no launch and no weights to a step, and their own rows to its read.
    ///
    /// # Errors
    /// When they add more.
    pub fn reading_lanes_cost_rows_alone(&mut self) -> anyhow::Result<()> {
        let alone = GenerationOptions { max_steps: 10, selection_threshold: 0.01, ..GenerationOptions::default() };
        let (without, _, end) = self.costs(alone)?;
        let (with, _, beside) = self.costs(GenerationOptions { reading_beams: 8, ..alone })?;
        ensure!(with.len() == without.len(), "{} passes, {} without", with.len(), without.len());
        ensure!(end.work.map(|work| work.passes) == beside.work.map(|work| work.passes), "work");
        let mut riding = 0;
        for (with, without) in with.iter().zip(&without) {
            ensure!(with.device == without.device, "{with:?} is not {without:?}");
            ensure!(with.spent.readbacks == without.spent.readbacks, "{with:?} is not {without:?}");
            riding += with.rows - without.rows;
        }
        ensure!(riding > 40, "{riding} rows in all");
        Ok(())
    }

    /// The passes of a run, how often whole rows were fetched, and its end.
    fn costs(&mut self, options: GenerationOptions) -> anyhow::Result<(Vec<Cost>, usize, EndEvent)> {
        let prompt = Prompt { text: String::new(), ids: self.prompt.clone() };
        let mut decoder = Decoder::new(options, self.engine.description(), prompt, &self.words)?;
        let mut engine = Counting { engine: &mut self.engine, passes: Vec::new(), fetched: 0 };
        while let Some(event) = block_on(next_event(&mut decoder, &mut engine))? {
            if let Event::End(end) = event {
                return Ok((engine.passes, engine.fetched, end));
            }
        }
        anyhow::bail!("a run ends")
    }
}
