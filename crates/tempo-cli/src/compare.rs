//! `tempo compare`: decoders on one model, each until its budget is used, and what came of it (LAB.md L6).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};
use tempo_core::compare::{Bounded, BoundedError, Budget, LaneRow, Outcome, judge, lanes};
use tempo_core::{LanguageModel, Prompt, TokenId, Turn, Vocabulary, next_turn};
use tempo_model::{Model, ModelVocabulary};

use crate::cli::CompareArgs;
use crate::generate::setup_error;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::progress::Progress;
use crate::remark::remark;
use crate::render::visible;
use crate::settings::Settings;
use crate::stopwatch::milliseconds;
use crate::{open, prompt};

/// Runs the subcommand.
pub(crate) fn run(args: CompareArgs) -> Result<ExitCode> {
    let settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    let (lanes, budget) = (lanes(&args.lanes)?, args.budget);
    let out = args.out.as_deref();
    if let Some(path) = out {
        check_writable(path)?;
    }
    let interrupt = Interrupt::listen()?;
    let (text, note) = prompt::read(settings.prompt.clone(), settings.model.is_none())?;
    if let Some(note) = note {
        remark("note", &note)?;
    }

    let Model { mut engine, tokenizer, remarks, .. } = open::model(&settings)?;
    for found in remarks.iter().filter(|found| found.alters_text) {
        remark("note", &found.to_string())?;
    }
    for reason in open::chosen_by_itself(&engine, &settings) {
        remark("note", &reason)?;
    }
    if let Some(characters) = tokenizer.left_out(&text) {
        remark("note", &format!("the tokenizer has no token for {characters} of the prompt, which is left out"))?;
    }
    let description = engine.description().clone();
    let ids: Vec<TokenId> =
        tokenizer.encode(&text).context("cannot tokenise the prompt")?.into_iter().map(TokenId).collect();
    budget.check(ids.len(), &description)?;
    // All of them are seen to be sound before one is run.
    let prepared = lanes.iter().zip(1..).map(|(lane, number)| {
        let prompt = Prompt { text: text.clone(), ids: ids.clone() };
        Bounded::new(lane, Some(budget), &description, prompt, ModelVocabulary(&tokenizer))
            .map_err(|error| lane_error(error, &lane.words, number))
    });
    let prepared: Vec<_> = prepared.collect::<Result<_>>()?;

    let mut rows = Vec::new();
    for (mut lane, options) in prepared.into_iter().zip(&lanes) {
        let milliseconds = finish(&mut lane, &mut engine, &options.words, budget, &interrupt)?;
        let judged = pollster::block_on(judge(&mut engine, &ids, &lane.standing().readings))?;
        rows.push(LaneRow::new(&options.words, &lane, &judged, milliseconds));
        if interrupt.requested() {
            break;
        }
    }
    let stopped = interrupt.requested();
    interrupt.end();
    for (row, number) in rows.iter().zip(1..).filter(|(row, _)| row.steps == 0 && row.outcome == Outcome::Budget) {
        let what = format!("lane {number} ({}): {budget} is over before its first step; see --budget", row.lane);
        remark("note", &what)?;
    }
    let document = json!({
        "model": description.id,
        "prompt": text,
        "budget": { "measure": budget.measure, "most": budget.most },
        "lanes": rows.iter().map(wire).collect::<Vec<_>>(),
    });
    let document = serde_json::to_string_pretty(&document)? + "\n";
    if let Some(path) = out {
        fs::write(path, &document).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut stdout = io::stdout().lock();
    print(&rows, budget, &mut stdout).and_then(|()| stdout.flush()).context("cannot write to standard output")?;
    Ok(if stopped { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// Drives a lane to its end; how many milliseconds it took.
fn finish<M, V>(lane: &mut Bounded<V>, model: &mut M, words: &str, budget: Budget, interrupt: &Interrupt) -> Result<f64>
where
    M: LanguageModel,
    M::Error: Send + Sync,
    V: Vocabulary,
{
    let (progress, start) = (Progress::rows(budget.most), Instant::now());
    interrupt.begin();
    loop {
        if interrupt.requested() {
            lane.end(Outcome::Stopped);
        }
        if let Turn::Over = pollster::block_on(next_turn(lane, model))? {
            return Ok(milliseconds(start.elapsed()));
        }
        progress.show_rows(lane.used(), words);
    }
}

fn lane_error(error: BoundedError, words: &str, number: usize) -> anyhow::Error {
    let error = match error {
        BoundedError::Setup(error) => setup_error(&error),
        BoundedError::Budget(error) => error.into(),
    };
    anyhow!("lane {number} ({words}): {error:#}")
}

/// Refuses a file that cannot be written, and leaves it as it is, or not there.
fn check_writable(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        bail!("cannot write {shown}: it is a folder");
    }
    let was_there = path.exists();
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.with_context(|| format!("cannot write {shown}"))?;
    if !was_there {
        fs::remove_file(path).with_context(|| format!("cannot write {shown}"))?;
    }
    Ok(())
}

/// A lane as LAB.md L6 has it.
fn wire(row: &LaneRow) -> Value {
    json!({
        "lane": row.lane,
        "decoder": row.options.decoder,
        "reading": row.reading,
        "kind": row.kind,
        "ids": row.ids,
        "mean_log_probability": row.mean_log_probability,
        "distinct_readings": row.distinct_readings,
        "paths": row.paths,
        "steps": row.steps,
        "passes": row.work.passes,
        "rows": row.work.rows,
        "peak_rows": row.work.peak_rows,
        "cache_bytes": row.work.cache_bytes,
        "milliseconds": row.milliseconds,
        "reason": row.outcome,
        "options": row.options,
    })
}

/// A line of numbers for each lane, and its best reading below.
fn print(rows: &[LaneRow], budget: Budget, out: &mut impl Write) -> io::Result<()> {
    let wide = rows.iter().map(|row| row.lane.chars().count()).max().unwrap_or(0).max(4);
    writeln!(out, "each until {budget}; ln p: nats a token of the best reading, scored left to right")?;
    writeln!(
        out,
        "{:wide$}  {:>7}  {:>8}  {:>5}  {:>6}  {:>5}  {:>9}  {:>11}  {:>8}  ended",
        "lane", "ln p", "readings", "steps", "passes", "rows", "peak rows", "cache bytes", "ms"
    )?;
    for row in rows {
        let mean = row.mean_log_probability.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}"));
        let work = row.work;
        writeln!(
            out,
            "{:wide$}  {mean:>7}  {:>8}  {:>5}  {:>6}  {:>5}  {:>9}  {:>11}  {:>8.1}  {}",
            visible::line(&row.lane),
            row.distinct_readings,
            row.steps,
            work.passes,
            work.rows,
            work.peak_rows,
            work.cache_bytes,
            row.milliseconds,
            row.outcome
        )?;
        writeln!(out, "    {}", visible::line(&row.reading))?;
    }
    Ok(())
}
