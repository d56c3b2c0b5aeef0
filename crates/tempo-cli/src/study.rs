//! `tempo study`: a file says what to measure, tempo-lab measures, a folder keeps it (LAB.md L7).

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempo_core::{LanguageModel as _, ModelEvent, TokenId};
use tempo_lab::study::{Header, Journal, Part, Row, Shard, Spec, Summary, Tokens, documents, measure, merge, windows};
use tempo_model::{ChatFile, Model, Tokenizer};

use crate::chat::Dialogue;
use crate::cli::StudyArgs;
use crate::open;
use crate::progress::Progress;
use crate::prompt::text_of;
use crate::remark::remark;
use crate::settings::Settings;

/// Which study a folder holds.
const HEADER: &str = "study.json";
/// Its rows.
const ROWS: &str = "measurements.jsonl";
/// Its figures; beside it lies the same as a Markdown table.
const FIGURES: &str = "summary.json";

/// How often a pipe is told how far a study is.
const PAUSE: Duration = Duration::from_secs(30);

/// Runs the subcommand.
pub(crate) fn run(args: StudyArgs) -> Result<ExitCode> {
    let Some(path) = &args.spec else { return put_together(&args.merge, &args.out) };
    let spec = read_spec(path)?;
    let mut settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    if !settings.is_given("model") {
        settings.model = spec.model.clone().map(PathBuf::from);
    }
    let texts = documents(&spec.texts).with_context(|| path.display().to_string())?;

    let Model { mut engine, tokenizer, chat, .. } = open::model(&settings)?;
    for reason in open::chosen_by_itself(&engine, &settings) {
        remark("note", &reason)?;
    }
    let description = engine.description().clone();
    let options = spec.options(spec.thresholds[0]);
    options.check(&description).with_context(|| format!("{}: [options]", path.display()))?;
    for variant in spec.chosen_variants().into_iter().chain(spec.on_own_sets()) {
        let way = || format!("{}: variant {:?}", path.display(), variant.name);
        variant.of(options).and_then(|options| Ok(options.check(&description)?)).with_context(way)?;
    }
    let context = description.max_positions;
    ensure!(
        spec.prefix + spec.n < context,
        "{}: `prefix` and `n` are {} tokens, the model's context has {context}; lower one of them",
        path.display(),
        spec.prefix + spec.n
    );
    let words = Words { tokenizer: &tokenizer, model: &description.id, chat };
    let (all, short) = windows(&spec, &texts, &words).with_context(|| path.display().to_string())?;
    // A chat template may put a lot before an answer.
    let longest = all.iter().map(|window| window.prompt.len() + spec.n).max().unwrap_or(0);
    ensure!(
        longest < context,
        "{}: a window has {longest} tokens with all that stands before it, the model's context has {context}; lower `prefix` or `n`",
        path.display()
    );
    if short > 0 {
        remark("note", &format!("{short} of {} documents are too short for a window and left out", texts.len()))?;
    }
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let header = Header::new(&spec, ModelEvent::from(&description), &all, short, shard);
    begin(&args.out, &header)?;
    let mut journal = Journal::open(&args.out.join(ROWS))?;
    let own: Vec<_> = all.into_iter().filter(|window| shard.takes(window.document)).collect();
    let mut told = Told::new();
    measure(&mut engine, &spec, &own, &mut journal, |done, total, new| told.progress(done, total, new))?;
    drop(told);
    finish(&args.out, &header, journal.rows())
}

/// A tokenizer in the lab's words.
struct Words<'a> {
    tokenizer: &'a Tokenizer,
    /// The model's name.
    model: &'a str,
    chat: Option<ChatFile>,
}

impl Tokens for Words<'_> {
    fn whole(&self, text: &str) -> Result<Vec<TokenId>> {
        Ok(self.tokenizer.encode(text).context("cannot tokenise a text")?.into_iter().map(TokenId).collect())
    }

    fn plain(&self, text: &str) -> Result<Vec<TokenId>> {
        let ids = self.tokenizer.encode_conversation(text, &[]).context("cannot tokenise a text")?;
        Ok(ids.into_iter().map(TokenId).collect())
    }

    fn conversation(&self, instruction: &str, text: &[TokenId]) -> Result<Vec<TokenId>> {
        let bytes: Vec<u8> = text.iter().flat_map(|id| self.tokenizer.bytes_of(id.0)).copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let mut dialogue = Dialogue::new(self.model, self.chat.clone(), self.tokenizer, None, None)?;
        // Equal inputs give equal rows, whatever day it is.
        dialogue.conversation.now = DAY;
        // Half a character may stand at either end.
        let text = text.trim_matches(|c: char| c == char::REPLACEMENT_CHARACTER || c.is_whitespace());
        let asked = dialogue.ask(format!("{instruction}\n\n{text}"), self.tokenizer)?;
        Ok(asked.ids.into_iter().map(TokenId).collect())
    }
}

/// The date that a chat template is told.
const DAY: jiff::civil::DateTime = jiff::civil::datetime(2026, 1, 1, 0, 0, 0, 0);

fn read_spec(path: &Path) -> Result<Spec> {
    let shown = path.display();
    let text = text_of(path, "study")?;
    let spec: Spec = toml::from_str(&text).with_context(|| format!("{shown} is no study; see `tempo study --help`"))?;
    spec.check().with_context(|| shown.to_string())?;
    Ok(spec)
}

/// Makes the folder say which study it holds; it may say so already.
fn begin(out: &Path, header: &Header) -> Result<()> {
    let shown = out.display();
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {shown}"))?;
    let path = out.join(HEADER);
    if let Some(found) = Header::read(&path)? {
        let other = || format!("{shown} holds another study; name another folder with --out");
        found.same_study(header).with_context(other)?;
        ensure!(
            found.shard == header.shard,
            "{shown} holds shard {}/{} and not {}/{}; name another folder with --out",
            found.shard.index,
            found.shard.of,
            header.shard.index,
            header.shard.of
        );
        return Ok(());
    }
    ensure!(!out.join(ROWS).exists(), "{shown} has {ROWS} and no {HEADER}; name another folder with --out");
    write(&path, &pretty(header)?)
}

/// Writes figures and table, and says where they are.
fn finish(out: &Path, header: &Header, rows: &[Row]) -> Result<ExitCode> {
    let summary = Summary::of(header, rows);
    let figures = out.join(FIGURES);
    let table = figures.with_extension("md");
    write(&figures, &pretty(&summary)?)?;
    write(&table, &summary.to_string())?;
    let mut stdout = io::stdout().lock();
    let count = summary.measured;
    writeln!(stdout, "{} rows of {} windows of {} documents", rows.len(), count.windows, count.documents)?;
    writeln!(stdout, "{}\n{}", figures.display(), table.display())?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn put_together(folders: &[PathBuf], out: &Path) -> Result<ExitCode> {
    let mut parts = Vec::new();
    for folder in folders {
        let name = folder.display().to_string();
        let Some(header) = Header::read(&folder.join(HEADER))? else {
            bail!("{name} holds no study: it has no {HEADER}")
        };
        let rows = Journal::open(&folder.join(ROWS))?.rows().to_vec();
        parts.push(Part { name, header, rows });
    }
    let (header, rows, without) = merge(parts)?;
    ensure!(!out.join(HEADER).exists(), "{} holds a study already; name a new folder with --out", out.display());
    begin(out, &header)?;
    let mut journal = Journal::open(&out.join(ROWS))?;
    for row in &rows {
        journal.append(row.clone())?;
    }
    if without > 0 {
        remark("note", &format!("{without} of {} documents have no rows: a shard is missing", header.documents))?;
    }
    finish(out, &header, &rows)
}

fn pretty(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Says how far a study is: on a terminal one line, in a pipe a line now and then.
struct Told {
    begun: Instant,
    last: Option<Instant>,
    bar: Option<Progress>,
}

impl Told {
    fn new() -> Self {
        Self { begun: Instant::now(), last: None, bar: None }
    }

    fn progress(&mut self, done: usize, total: usize, new: usize) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = if new > 0 { seconds / new as f64 * (total - done) as f64 } else { 0.0 };
        let left = format!("about {} left", duration(left));
        if io::stderr().is_terminal() {
            self.bar.get_or_insert_with(|| Progress::rows(total)).show_rows(done, &left);
        } else if new > 0 && self.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            self.last = Some(Instant::now());
            // Whoever reads this may be gone.
            let _gone = writeln!(io::stderr().lock(), "{done} of {total} rows, {left}");
        }
    }
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 90.0 => format!("{short:.0} s"),
        long if long < 5400.0 => format!("{:.0} min", long / 60.0),
        longest => format!("{:.1} h", longest / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_fitting_units() {
        assert_eq!([0.4, 89.0, 600.0, 7200.0].map(duration), ["0 s", "89 s", "10 min", "2.0 h"]);
    }
}
