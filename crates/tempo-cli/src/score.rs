//! `tempo score`: how probable every token of a text is, or of the readings of a trace (LAB.md L5).

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tempo_core::{Event, LanguageModel as _, ReadingKind, ScoredText, TokenId, Vocabulary as _, score};
use tempo_model::{Model, ModelVocabulary};

use crate::cli::{ScoreArgs, ScoreFormat};
use crate::open;
use crate::prompt::{PromptSource, text_of};
use crate::remark::remark;
use crate::render::visible;
use crate::settings::Settings;
use crate::transcript::Transcript;

/// A reading of a trace and its scores.
#[derive(Debug, Serialize)]
struct Scored {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ReadingKind>,
    #[serde(flatten)]
    text: ScoredText,
}

/// What a trace brings.
struct Trace {
    model: String,
    prompt: Vec<TokenId>,
    readings: Vec<(ReadingKind, Vec<TokenId>)>,
}

/// Runs the subcommand.
pub(crate) fn run(args: ScoreArgs) -> Result<ExitCode> {
    let settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    let trace = args.scored.trace.as_deref().map(read_trace).transpose()?;
    if let Some(flag) = ["prompt", "prompt_file"].into_iter().find(|name| trace.is_some() && settings.is_flag(name)) {
        bail!("--{} and --trace contradict each other: a trace has its prompt", flag.replace('_', "-"));
    }
    let text = match (args.scored.text, args.scored.text_file) {
        (Some(text), _) => Some(text),
        (None, Some(file)) => Some(PromptSource::file(file).read("text")?),
        (None, None) => None,
    };
    if text.as_ref().is_some_and(String::is_empty) {
        bail!("empty text; there is nothing to score");
    }
    let prompt = match settings.prompt.clone().filter(|_| trace.is_none()) {
        Some(source) => source.read("prompt")?,
        None => String::new(),
    };

    let Model { mut engine, tokenizer, .. } = open::told(&settings)?;
    let vocabulary = ModelVocabulary(&tokenizer);
    let mut scored = |kind, prompt: &[TokenId], ids: &[TokenId]| {
        let scores = pollster::block_on(score(&mut engine, prompt, ids))?;
        let text = ScoredText::new(prompt.len(), ids, &scores, |id| vocabulary.text(id));
        Ok::<Scored, anyhow::Error>(Scored { kind, text })
    };
    let mut out = io::stdout().lock();
    if let Some(trace) = trace {
        let texts: Vec<Scored> = trace
            .readings
            .iter()
            .map(|(kind, ids)| scored(Some(*kind), &trace.prompt, ids))
            .collect::<Result<_>>()
            .context("cannot score the trace with this model")?;
        if engine.description().id != trace.model {
            let (own, other) = (&engine.description().id, &trace.model);
            remark(
                "note",
                &format!("the trace is of {other}, scored by {own}: token ids mean the same only in one vocabulary"),
            )?;
        }
        match args.format {
            ScoreFormat::Json => document(&serde_json::json!({ "readings": texts }), &mut out)?,
            ScoreFormat::Table => print(&texts, &mut out)?,
        }
    } else {
        let text = text.context("one of text, text file and trace is there")?;
        let left_out = [&prompt, &text].into_iter().find_map(|text| tokenizer.left_out(text));
        if let Some(characters) = left_out {
            remark("note", &format!("the tokenizer has no token for {characters}, which is left out"))?;
        }
        let ids = |ids: Vec<u32>| ids.into_iter().map(TokenId).collect::<Vec<_>>();
        let (before, after) = tokenizer.encode_apart(&prompt, &text).context("cannot tokenise prompt and text")?;
        let text = scored(None, &ids(before), &ids(after))?;
        match args.format {
            ScoreFormat::Json => document(&text, &mut out)?,
            ScoreFormat::Table => print(&[text], &mut out)?,
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The readings that a trace carries, in order; of a file of version 1 the probable one.
fn read_trace(path: &Path) -> Result<Trace> {
    let shown = path.display();
    let file = text_of(path, "trace")?;
    let mut transcript = Transcript::new(String::new());
    let (mut version, mut model) = (0, String::new());
    for (index, line) in file.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let event: Event =
            serde_json::from_str(line).with_context(|| format!("{shown}, line {}: no event of a trace", index + 1))?;
        if let Event::Run(run) = &event {
            (version, model) = (run.version, run.model.id.clone());
        }
        transcript.absorb(&event);
    }
    let Some(prompt) = &transcript.prompt else { bail!("{shown} is no trace: it has no `run` event") };
    let readings = match &transcript.end {
        Some(end) if !end.readings.is_empty() => {
            end.readings.iter().map(|reading| (reading.kind, reading.ids.clone())).collect()
        }
        _ if version == 1 => vec![(ReadingKind::Probable, transcript.probable())],
        Some(_) => bail!("{shown} has no readings"),
        None => bail!("{shown} has no `end`: the run broke off, and with it its readings are lost"),
    };
    Ok(Trace { model, prompt: prompt.tokens.iter().map(|token| token.id).collect(), readings })
}

fn document(value: &impl Serialize, out: &mut impl Write) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}

fn print(texts: &[Scored], out: &mut impl Write) -> io::Result<()> {
    for (index, Scored { kind, text }) in texts.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if let Some(kind) = kind {
            writeln!(out, "{}", serde_json::to_value(kind)?.as_str().unwrap_or_default())?;
        }
        writeln!(out, "{:>8}  {:>9}  {:>6}  {:>7}  token", "position", "ln p", "rank", "entropy")?;
        for token in &text.tokens {
            let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"));
            let rank = token.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
            let (log, entropy) = (number(token.log_probability), number(token.entropy));
            writeln!(out, "{:>8}  {log:>9}  {rank:>6}  {entropy:>7}  {}", token.position, visible::line(&token.text))?;
        }
        match (text.mean, text.perplexity) {
            (Some(mean), Some(perplexity)) => {
                writeln!(out, "sum {:.3} nats, mean {mean:.3} nats a token, perplexity {perplexity:.2}", text.sum)?;
            }
            _ => writeln!(out, "no token has anything before it")?,
        }
    }
    Ok(())
}
