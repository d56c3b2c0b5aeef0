//! Prints how far TEMPO's distribution is from the exact one under every weighting, and how probable its readings are.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tables and progress are what it is for")]

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use pollster::block_on;
use tempo_core::{GenerationOptions, LanguageModel as _, RemovalMode, TokenId, Weighting};
use tempo_lab::beam;
use tempo_lab::distance::{Distance, Exact, exact};
use tempo_lab::interval::{Document, Interval};
use tempo_lab::lattice::{Lattice, Sets, Step, run};
use tempo_model::{DevicePreference, Devices, Engine, Folder, GgufSource, LoadOptions, Model, WeightFormat};

/// Compares TEMPO's next-token distribution with the exact average over all readings, on texts that somebody wrote.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with config.json, tokenizer.json and safetensors, or GGUF file.
    model: PathBuf,
    /// Text file; a line with `<|endoftext|>` stands between documents.
    texts: PathBuf,
    /// Documents to take, spread over the file.
    #[arg(long, default_value_t = 24)]
    documents: usize,
    /// Tokens at the beginning of a document that are the prompt; several: each in turn.
    #[arg(long, value_delimiter = ',', default_values_t = [32, 64])]
    prefix: Vec<usize>,
    /// Sets after the prompt.
    #[arg(long, default_value_t = 12)]
    steps: usize,
    /// Selection threshold.
    #[arg(long, default_value_t = 0.1)]
    threshold: f64,
    /// Most paths that are enumerated.
    #[arg(long, default_value_t = 128)]
    limit: usize,
    /// What weights are kept as.
    #[arg(long, default_value = "q8")]
    weights: String,
}

/// Ways to run TEMPO, the first of which chooses the sets that all are compared on.
const WAYS: [(&str, Weighting, RemovalMode); 5] = [
    ("none", Weighting::None, RemovalMode::Off),
    ("probability", Weighting::Probability, RemovalMode::Off),
    ("gamma", Weighting::Gamma, RemovalMode::Off),
    ("kin", Weighting::Kin, RemovalMode::Off),
    ("none, removal by posterior", Weighting::None, RemovalMode::Mask),
];
const NONE: usize = 0;
const KIN: usize = 3;

/// What one document or window says of one way: distances on the sets of the first way and on its own, in the same order of steps.
#[derive(Clone, Debug, Default)]
struct Measured {
    same: Vec<Distance>,
    own: Vec<Distance>,
}

impl Measured {
    fn add(&mut self, other: Self) {
        self.same.extend(other.same);
        self.own.extend(other.own);
    }
}

/// Mean log-probability a token of texts after one prompt.
#[derive(Clone, Copy, Debug)]
struct Readings {
    viterbi: f64,
    probable: f64,
    beam: f64,
    greedy: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let (mut engine, prompts) = open(&arguments)?;
    let begun = Instant::now();
    let mut measured = vec![Vec::new(); WAYS.len()];
    let mut readings = Vec::new();
    for (number, windows) in prompts.iter().enumerate() {
        let mut document = vec![Measured::default(); WAYS.len()];
        let mut texts = Vec::new();
        for prompt in windows {
            let (ways, reading) = window(&mut engine, prompt, &arguments)?;
            document.iter_mut().zip(ways).for_each(|(all, one)| all.add(one));
            texts.push(reading);
        }
        measured.iter_mut().zip(document).for_each(|(all, one)| all.push(one));
        readings.push(texts);
        let seconds = begun.elapsed().as_secs_f64();
        let left = seconds / (number + 1) as f64 * (prompts.len() - number - 1) as f64;
        eprintln!("document {} of {}, {seconds:.0} s, about {left:.0} s left", number + 1, prompts.len());
    }
    let holds = table(&measured, arguments.limit) & texts(&readings);
    ensure!(holds, "a bound does not hold; see the table");
    Ok(())
}

/// The model, and the beginnings of every document.
fn open(arguments: &Arguments) -> anyhow::Result<(Engine, Vec<Vec<Vec<TokenId>>>)> {
    let Some(weights) = WeightFormat::from_name(&arguments.weights) else {
        bail!("--weights {} is none of {}", arguments.weights, WeightFormat::ALL.map(WeightFormat::name).join(", "));
    };
    let options = LoadOptions { weights: weights.into(), ..LoadOptions::default() };
    let text = std::fs::read_to_string(&arguments.texts)
        .with_context(|| format!("cannot read {}", arguments.texts.display()))?;
    let path = &arguments.model;
    let Model { engine, tokenizer, .. } = block_on(async {
        let device = Devices::default().open(DevicePreference::Cpu).await?;
        if path.is_dir() {
            Ok(Model::open(&mut Folder::open(path).await?, &device, options, |_| ()).await?)
        } else {
            Ok(Model::open(&mut GgufSource::open_file(path).await?, &device, options, |_| ()).await?)
        }
    })
    .map_err(|error: anyhow::Error| error.context(format!("cannot load the model {}", path.display())))?;
    let longest = arguments.prefix.iter().copied().max().unwrap_or(0);
    ensure!(arguments.prefix.iter().all(|prefix| *prefix > 0), "--prefix 0 leaves nothing to continue");
    let mut prompts = Vec::new();
    for document in text.split("<|endoftext|>") {
        let ids: Vec<TokenId> = tokenizer.encode(document.trim())?.into_iter().map(TokenId).collect();
        if ids.len() > longest {
            prompts.push(arguments.prefix.iter().map(|prefix| ids[..*prefix].to_vec()).collect::<Vec<_>>());
        }
    }
    let (found, wanted) = (prompts.len(), arguments.documents);
    ensure!(found >= wanted, "{found} documents have more than {longest} tokens, {wanted} are wanted");
    let prompts = (0..wanted).map(|index| prompts[index * found / wanted].clone()).collect();
    Ok((engine, prompts))
}

/// Steps whose distance counts: with one open set TEMPO is exact by design, and more are too many paths.
fn counts(step: &Step) -> bool {
    (2..=4).contains(&step.open())
}

fn distances(lattice: &Lattice, exact: &[Option<Exact>]) -> Vec<Distance> {
    let both = lattice.steps.iter().zip(exact);
    both.filter_map(|(step, exact)| Some(Distance::of(&step.q, &exact.as_ref()?.next))).collect()
}

fn window(engine: &mut Engine, prompt: &[TokenId], arguments: &Arguments) -> anyhow::Result<(Vec<Measured>, Readings)> {
    let never = engine.description().eos.clone();
    let options = |weighting, removal| GenerationOptions {
        selection_threshold: arguments.threshold,
        max_steps: arguments.steps,
        weighting,
        removal,
        ..GenerationOptions::default()
    };
    let mut ways: Vec<Measured> = Vec::new();
    let mut sets: Vec<Vec<TokenId>> = Vec::new();
    let mut reference: Vec<Option<Exact>> = Vec::new();
    let mut kin = None;
    for (way, (_, weighting, removal)) in WAYS.iter().enumerate() {
        let options = options(*weighting, *removal);
        let own = run(engine, options, prompt, Sets::Free)?;
        let own_exact = exact(engine, prompt, &own.steps, arguments.limit, counts)?;
        let own_distances = distances(&own, &own_exact);
        let same = if way == NONE {
            sets = own.steps.iter().map(|step| step.set.clone()).collect();
            reference = own_exact;
            own_distances.clone()
        } else {
            distances(&run(engine, options, prompt, Sets::Given(&sets))?, &reference)
        };
        ways.push(Measured { same, own: own_distances });
        if way == KIN {
            kin = Some(own);
        }
    }
    let kin: Lattice = kin.context("kin is among the ways")?;
    let widths: Vec<usize> = kin.steps.iter().map(|step| step.set.len()).collect();
    let (_, beam) = beam::search(engine, prompt, &widths, &never)?;
    let (_, greedy) = beam::search(engine, prompt, &vec![1; widths.len()], &never)?;
    let readings = Readings {
        viterbi: beam::score(engine, prompt, &kin.viterbi)?,
        probable: beam::score(engine, prompt, &kin.probable)?,
        beam: beam / widths.len() as f64,
        greedy: greedy / widths.len() as f64,
    };
    Ok((ways, readings))
}

/// A number of each distance of a document.
fn sum(one: &[Distance], number: fn(&Distance) -> f64) -> Document {
    Document { sum: one.iter().map(number).sum(), over: one.len() as f64 }
}

/// Its mean over documents.
fn mean(documents: &[Measured], distances: fn(&Measured) -> &[Distance], number: fn(&Distance) -> f64) -> Interval {
    Interval::of(&documents.iter().map(|one| sum(distances(one), number)).collect::<Vec<_>>())
}

/// The mean distance of one way over that of the first, paired by document.
fn ratio(way: &[Measured], none: &[Measured], distances: fn(&Measured) -> &[Distance]) -> Interval {
    let kl = |one| sum(distances(one), |distance| distance.kl);
    Interval::of_ratio(&way.iter().zip(none).map(|(way, none)| (kl(way), kl(none))).collect::<Vec<_>>())
}

fn shown(interval: Interval) -> String {
    format!("{:.3} [{:.3}, {:.3}]", interval.value, interval.low, interval.high)
}

/// Prints the distances over steps with at most `limit` paths; whether the bounds hold.
fn table(measured: &[Vec<Measured>], limit: usize) -> bool {
    let same: fn(&Measured) -> &[Distance] = |one| &one.same;
    let own: fn(&Measured) -> &[Distance] = |one| &one.own;
    let steps = |documents: &[Measured], all: fn(&Measured) -> &[Distance]| {
        documents.iter().map(|one| all(one).len()).sum::<usize>()
    };
    println!("Distance of TEMPO's distribution from the exact average over all readings, steps with 2 to 4 open sets");
    println!("and at most {limit} paths; 95 % intervals by bootstrap over {} documents.\n", measured[NONE].len());
    for (title, all) in [("on the sets of weighting none", same), ("on the sets that each way chooses", own)] {
        println!("{title}\n");
        println!("| way | KL, nats | KL over that of none | total variation | same top token | steps |");
        println!("|---|---|---|---|---|---|");
        for ((name, _, _), documents) in WAYS.iter().zip(measured) {
            println!(
                "| {name} | {} | {} | {} | {} | {} |",
                shown(mean(documents, all, |one| one.kl)),
                shown(ratio(documents, &measured[NONE], all)),
                shown(mean(documents, all, |one| one.total_variation)),
                shown(mean(documents, all, |one| f64::from(u8::from(one.top1)))),
                steps(documents, all),
            );
        }
        println!();
    }
    let bound = |what: &str, value: f64, most: f64| {
        println!("{}: kin over none {what}: {value:.3}, at most {most}", if value <= most { "holds" } else { "FAILS" });
        value <= most
    };
    let on_same = ratio(&measured[KIN], &measured[NONE], same).value;
    let on_own = ratio(&measured[KIN], &measured[NONE], own).value;
    bound("on the same sets", on_same, 0.35) & bound("each on its own sets", on_own, 0.6)
}

/// Prints how probable the readings are as texts; whether the bound holds.
fn texts(readings: &[Vec<Readings>]) -> bool {
    let interval = |number: &dyn Fn(&Readings) -> f64| {
        let document = |all: &Vec<Readings>| Document { sum: all.iter().map(number).sum(), over: all.len() as f64 };
        Interval::of(&readings.iter().map(document).collect::<Vec<_>>())
    };
    println!("\nmean ln p a token, read as ordinary text, weighting kin\n");
    println!("| text | nats a token |\n|---|---|");
    println!("| Viterbi reading | {} |", shown(interval(&|one| one.viterbi)));
    println!("| most probable members | {} |", shown(interval(&|one| one.probable)));
    println!("| beam search with as many rows | {} |", shown(interval(&|one| one.beam)));
    println!("| greedy | {} |\n", shown(interval(&|one| one.greedy)));
    let difference = interval(&|one: &Readings| one.viterbi - one.beam);
    let holds = difference.value >= -0.1;
    println!(
        "{}: Viterbi reading minus beam search: {}, at least -0.1",
        if holds { "holds" } else { "FAILS" },
        shown(difference)
    );
    holds
}
