//! `tempo bench`: how long a step takes at different set sizes. Sets are forced through the model directly, as plans of
//! k tokens at one position, so that nothing depends on what a threshold would choose.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tempo_core::{
    Combine, DigestRequest, Key, Lane, Lanes, LanguageModel, ModelDescription, Position, Query, Row, SetIndex, Slot,
    StepPlan, TokenId, Visibility,
};
use tempo_model::{Counts, Engine};

use crate::cli::BenchArgs;
use crate::open;
use crate::render::count;
use crate::settings::Settings;
use crate::stopwatch::milliseconds;

/// Steps before the measured ones: the first passes compile kernels and fill pools.
const WARM_UP: u32 = 3;

/// Repetitions of the prefill; the median counts.
const PREFILLS: usize = 5;
/// When no further one is begun: a long prompt on a software adapter takes a minute.
const PREFILL_TIME: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
struct Report {
    device: &'static str,
    adapter: Option<String>,
    threads: usize,
    model: String,
    /// What the weights are kept as.
    weights: &'static str,
    prefill: Prefill,
    steps: Vec<Steps>,
    /// Bytes of weights, cache and what passes need on the device, where they are counted.
    device_bytes: Option<u64>,
    /// The most memory that this process held at once, loading included, where the system tells.
    peak_bytes: Option<u64>,
    /// Bytes that the graphics device reads in a second, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    bandwidth_bytes_per_s: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Prefill {
    tokens: u32,
    ms: f64,
}

#[derive(Debug, Serialize)]
struct Steps {
    set: u32,
    /// Whether every query has biases of its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    biases: bool,
    ms_median: f64,
    ms_min: f64,
    /// Of one step, like the next two.
    passes: u64,
    readbacks: u64,
    bytes_read: u64,
    /// Kernels that the graphics device was asked to run, where they are counted, and in how many command buffers.
    dispatches: Option<u64>,
    submits: Option<u64>,
}

/// Runs the subcommand.
pub(crate) fn run(mut args: BenchArgs) -> Result<ExitCode> {
    let settings = Settings::resolve(std::mem::take(&mut args.flags.layer), |name| std::env::var_os(name))?;
    let mut engine = open::engine(&settings)?;
    check_length(engine.description(), args.prompt_tokens, args.steps)?;
    let (prefill, steps) = pollster::block_on(measure(&mut engine, &args))?;
    let device = engine.device();
    let bandwidth = match device.kernels().filter(|_| args.bandwidth) {
        None => None,
        Some(gpu) => Some(pollster::block_on(gpu.bandwidth(&clock()))?.round()),
    };
    let report = Report {
        device: if device.is_cpu() { "cpu" } else { "gpu" },
        adapter: device.adapter.as_ref().map(|adapter| adapter.name.clone()),
        threads: rayon::current_num_threads(),
        model: engine.description().id.clone(),
        weights: engine.weights().format.name(),
        prefill,
        steps,
        device_bytes: engine.bytes_held(),
        peak_bytes: peak_bytes(),
        bandwidth_bytes_per_s: bandwidth,
    };
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
    } else {
        print(&report, &mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Milliseconds since now.
fn clock() -> impl Fn() -> f64 {
    let start = Instant::now();
    move || start.elapsed().as_secs_f64() * 1e3
}

/// Linux keeps the high-water mark of the resident set; elsewhere there is no file to ask.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn check_length(model: &ModelDescription, prompt: u32, steps: u32) -> Result<()> {
    let needed = u64::from(prompt) + u64::from(WARM_UP) + u64::from(steps);
    if needed > model.max_positions as u64 {
        bail!(
            "--prompt-tokens {prompt}, {WARM_UP} steps of warm-up and --steps {steps} need {needed} positions, the model has {}",
            model.max_positions
        );
    }
    Ok(())
}

async fn measure(engine: &mut Engine, args: &BenchArgs) -> Result<(Prefill, Vec<Steps>)> {
    let (prompt, steps) = (args.prompt_tokens, args.steps);
    let mut prefills = Vec::new();
    let mut measured = Vec::new();
    let begun = Instant::now();
    while prefills.is_empty() || prefills.len() < PREFILLS && begun.elapsed() < PREFILL_TIME {
        let mut feed = Feed::default();
        engine.begin(prompt as usize).await?;
        prefills.push(timed_pass(engine, feed.prompt(prompt, engine_facts(engine))).await?);
    }
    for &set in &args.sets {
        let mut feed = Feed::default();
        engine.begin((prompt + (WARM_UP + steps) * set) as usize).await?;
        timed_pass(engine, feed.prompt(prompt, engine_facts(engine))).await?;
        let mut arms = vec![Arm::new(false)];
        if args.biases {
            arms.push(Arm::new(true));
        }
        for step in 0..WARM_UP + steps {
            let plan = feed.set(set, engine_facts(engine));
            // The same step once more writes the same rows. Who comes first finds a colder cache, so they take turns.
            for arm in &mut arms {
                arm.pass(engine, plan.clone(), step >= WARM_UP).await?;
            }
            arms.reverse();
        }
        arms.sort_unstable_by_key(|arm| arm.biases);
        measured.extend(arms.into_iter().map(|arm| arm.finish(set)));
    }
    Ok((Prefill { tokens: prompt, ms: milliseconds(median(&mut prefills)) }, measured))
}

/// One of two ways to measure the same steps.
struct Arm {
    biases: bool,
    times: Vec<Duration>,
    /// What the last step took.
    cost: Counts,
    on_device: Option<(u64, u64)>,
}

impl Arm {
    fn new(biases: bool) -> Self {
        Self { biases, times: Vec::new(), cost: Counts::default(), on_device: None }
    }

    async fn pass(&mut self, engine: &mut Engine, mut plan: StepPlan, measured: bool) -> Result<()> {
        if self.biases {
            // Small ones, different from query to query.
            let count = plan.queries.len() * plan.keys.len();
            plan.biases = (0..count).map(|at| (at % 7) as f32 * -0.1).collect();
        }
        let (before, device_before) = (engine.counts(), engine.device_counts());
        let time = timed_pass(engine, plan).await?;
        self.cost = engine.counts() - before;
        self.on_device = device_before
            .zip(engine.device_counts())
            .map(|(before, after)| (after.dispatches - before.dispatches, after.submits - before.submits));
        if measured {
            self.times.push(time);
        }
        Ok(())
    }

    fn finish(mut self, set: u32) -> Steps {
        Steps {
            set,
            biases: self.biases,
            ms_median: milliseconds(median(&mut self.times)),
            ms_min: milliseconds(self.times[0]),
            passes: self.cost.passes,
            readbacks: self.cost.readbacks,
            bytes_read: self.cost.bytes_read,
            dispatches: self.on_device.map(|(dispatches, _)| dispatches),
            submits: self.on_device.map(|(_, submits)| submits),
        }
    }
}

async fn timed_pass(engine: &mut Engine, plan: StepPlan) -> Result<Duration> {
    let start = Instant::now();
    engine.forward(&plan).await.context("the model's forward pass failed")?;
    Ok(start.elapsed())
}

/// Sorts the times and returns the middle one, the earlier of two.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) / 2]
}

/// What a plan needs to know of a model.
#[derive(Clone, Copy)]
struct Facts {
    layers: usize,
    vocab: u32,
}

fn engine_facts(model: &impl LanguageModel) -> Facts {
    let description = model.description();
    Facts { layers: description.layers, vocab: u32::try_from(description.vocab).unwrap_or(u32::MAX) }
}

/// A sequence of arbitrary tokens that grows by forced sets.
#[derive(Default)]
struct Feed {
    keys: Vec<Key>,
    sets: u32,
}

impl Feed {
    /// The prompt: every token a set of its own; the last one's logits.
    fn prompt(&mut self, tokens: u32, facts: Facts) -> StepPlan {
        let queries: Vec<Query> = (0..tokens).flat_map(|_| self.append(1, facts)).collect();
        let logits = queries.len() - 1..queries.len();
        self.plan(queries, logits, facts)
    }

    /// One set of that size at the next position; everybody's logits.
    fn set(&mut self, size: u32, facts: Facts) -> StepPlan {
        let queries = self.append(size, facts);
        let logits = 0..queries.len();
        // What a run asks for, so that a device answers with a digest of the rows and not with the rows.
        let digest = DigestRequest {
            rule: Combine::default(),
            weights: vec![1.0 / f64::from(size); size as usize],
            temperature: 1.0,
            suppressed: Vec::new(),
            candidates: 20,
        };
        StepPlan { digest: Some(digest.into()), ..self.plan(queries, logits, facts) }
    }

    fn append(&mut self, size: u32, facts: Facts) -> Vec<Query> {
        let (set, position) = (SetIndex(self.sets), Position(self.sets));
        self.sets += 1;
        (0..size)
            .map(|_| {
                let slot = u32::try_from(self.keys.len()).expect("a few thousand rows at most");
                self.keys.push(Key { slot: Slot(slot), set, bias: 0.0, live: true, lanes: Lanes::ALL });
                // Any token does; different ones keep the embedding rows apart as in a real run.
                Query {
                    token: TokenId((7 * slot + 1) % facts.vocab),
                    position,
                    slot: Slot(slot),
                    set,
                    row: Row(slot),
                    lane: Lane::TEMPO,
                }
            })
            .collect()
    }

    fn plan(&self, queries: Vec<Query>, logits: std::ops::Range<usize>, facts: Facts) -> StepPlan {
        #[expect(clippy::cast_possible_truncation, reason = "weights are used in f32 on the device")]
        let weight = (1.0 / facts.layers as f64) as f32;
        StepPlan {
            queries,
            keys: self.keys.clone(),
            visibility: Visibility::Isolated,
            logits,
            layer_weights: vec![weight; facts.layers],
            digest: None,
            biases: Vec::new(),
        }
    }
}

fn print(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let place = report.adapter.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    writeln!(out, "model    {}, weights in {}", report.model, report.weights)?;
    writeln!(out, "device   {}{place}, {}", report.device, count(report.threads, "thread"))?;
    writeln!(out, "prefill  {} tokens, {:.3} ms", report.prefill.tokens, report.prefill.ms)?;
    if let Some(bytes) = report.bandwidth_bytes_per_s {
        writeln!(out, "memory   {:.1} GB read in a second", bytes / 1e9)?;
    }
    if let Some(bytes) = report.device_bytes {
        writeln!(out, "held     {:.1} MB of weights, cache and buffers\n", bytes as f64 / 1e6)?;
    }
    writeln!(out, "set  median ms     min ms  passes  readbacks  bytes read  dispatches  submits")?;
    for step in &report.steps {
        let Steps { set, biases, ms_median, ms_min, passes, readbacks, bytes_read, dispatches, submits } = step;
        let text = |count: &Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let (dispatches, submits) = (text(dispatches), text(submits));
        write!(out, "{set:>3} {ms_median:>10.3} {ms_min:>10.3} {passes:>7} {readbacks:>10} {bytes_read:>11}")?;
        writeln!(out, " {dispatches:>11} {submits:>8}{}", if *biases { "  with biases" } else { "" })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts { layers: 4, vocab: 10 };

    #[test]
    fn a_forced_set_shares_one_position_and_sees_the_prompt() {
        let mut feed = Feed::default();
        let prompt = feed.prompt(3, FACTS);
        assert_eq!((prompt.queries.len(), prompt.keys.len(), prompt.logits.clone()), (3, 3, 2..3));
        let plan = feed.set(2, FACTS);
        assert_eq!((plan.keys.len(), plan.logits.clone()), (5, 0..2));
        let [a, b] = plan.queries.as_slice() else { panic!("two queries") };
        assert_eq!((a.position, b.position, a.set, b.set), (Position(3), Position(3), SetIndex(3), SetIndex(3)));
        assert_ne!(a.row, b.row);
        let visible: Vec<bool> = plan.keys.iter().map(|key| plan.sees(a, key)).collect();
        assert_eq!(visible, [true, true, true, true, false]);
        assert!(plan.queries.iter().all(|query| query.token.0 < FACTS.vocab));
        assert!((plan.layer_weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_median_of_an_even_number_is_the_lower_middle() {
        let mut times = [4, 1, 3, 2].map(Duration::from_millis);
        assert_eq!(median(&mut times), Duration::from_millis(2));
        assert_eq!(times[0], Duration::from_millis(1));
    }

    #[test]
    fn the_json_form_is_fixed() {
        let steps = vec![Steps {
            set: 1,
            biases: false,
            ms_median: 2.5,
            ms_min: 2.0,
            passes: 1,
            readbacks: 1,
            bytes_read: 4,
            dispatches: Some(42),
            submits: None,
        }];
        let report = Report {
            device: "cpu",
            adapter: None,
            threads: 1,
            model: "m".into(),
            weights: "q8",
            prefill: Prefill { tokens: 16, ms: 1.5 },
            steps,
            device_bytes: Some(6),
            peak_bytes: Some(5),
            bandwidth_bytes_per_s: Some(7.0),
        };
        let want = r#"{"device":"cpu","adapter":null,"threads":1,"model":"m","weights":"q8","prefill":{"tokens":16,"ms":1.5},"steps":[{"set":1,"ms_median":2.5,"ms_min":2.0,"passes":1,"readbacks":1,"bytes_read":4,"dispatches":42,"submits":null}],"device_bytes":6,"peak_bytes":5,"bandwidth_bytes_per_s":7.0}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), want);
    }
}
