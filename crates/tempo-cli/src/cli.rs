//! The command line as clap sees it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tempo_core::compare::Budget;
use tempo_lab::study::Shard;
use tempo_model::WeightPreference;

use crate::settings::{Everything, Flags, ModelAndDevice, Scoring, Talking};

/// TEMPO decodes with a frozen language model: at each step every token above a threshold joins one parallel set, and all
/// members share a position. What the members say of the next set tells which of them go together.
#[derive(Debug, Parser)]
#[command(name = "tempo", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Continue a prompt with parallel sets of tokens
    #[command(after_help = GENERATE_NOTES)]
    Generate(GenerateArgs),
    /// Talk with a model that has a chat template; every answer is a run of its own
    #[command(after_help = CHAT_NOTES)]
    Chat(ChatArgs),
    /// List the devices a model can run on, and which one `auto` takes and why
    Devices(DevicesArgs),
    /// Describe a model folder or GGUF file: architecture, shapes, memory, what is unsupported
    Inspect(InspectArgs),
    /// List the models in the cache that Hugging Face's programs share, and whether they run
    Models(ModelsArgs),
    /// Measure milliseconds per step at several set sizes
    Bench(BenchArgs),
    /// Tell how probable every token of a text is, or of the readings of a trace
    #[command(after_help = SCORE_NOTES)]
    Score(ScoreArgs),
    /// Run decoders beside each other on one model, each until a budget is used
    #[command(after_help = COMPARE_NOTES)]
    Compare(CompareArgs),
    /// Measure TEMPO on texts that somebody wrote, as a file says; goes on where it was stopped
    #[command(after_help = STUDY_NOTES)]
    Study(StudyArgs),
}

const GENERATE_NOTES: &str = "\
Every setting may also come from a variable (--max-set from TEMPO_MAX_SET) or from the --config file (max_set = 4).
A flag beats a variable, a variable beats the file, the file beats the default. A preset stands where it is given: \
as a flag it beats variables and the file, and other flags beat it.

Figures of presets and scores are from a pilot on two small models, SmolLM2-135M and Gemma 3 270M, and are SmolLM2's. \
Nats a token: mean log-probability of a reading as ordinary text. Greedy decoding has -1.15, beam search of the same cost \
-1.12, the most probable members under as-described -2.75. Figures of pruned, precise and explorer are those with \
--weighting none.

A model that is named and is no path here comes from the cache that Hugging Face's programs share, or is fetched into it; \
HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE count. Of a repository its safetensors are taken, else a GGUF \
file: Q4_K_M before Q8_0 before others. Nothing else asks a network. See `tempo models`.

Sets are words that the model held possible in a blurred context, not parallel stories. Attention that a member \
receives does not say that it is right.

Ctrl-C finishes the step, of a search or a measurement the pass, prints what there is and exits with 130; errors exit \
with 2.

Examples:
  tempo generate
      the built-in story model on an example prompt
  tempo generate --prompt \"The cat\" --selection-threshold 0.05 --max-steps 20
      lower the line, and more tokens share each position
  tempo generate --prompt \"The cat\" --max-set 1 --format text
      plain greedy decoding
  tempo generate --prompt \"The cat\" --preset as-described
      TEMPO as its author describes it; compare its `probable` line with its `viterbi` line
  tempo generate --prompt \"The cat\" --preset pruned
      take out members that did not foresee what followed; they are struck through
  tempo generate --prompt \"The cat\" --readings 3 --seed 7
      draw three more readings of the same lattice
  tempo generate --prompt \"The cat\" --model HuggingFaceTB/SmolLM2-135M-Instruct
      a model of the hub by its name; fetched once, then found in the cache
  tempo generate --model ./SmolLM2-135M-Instruct.Q4_1.gguf --chat --prompt \"Why is the sky blue?\"
      a question to a model for conversations; `tempo chat` goes on from its answer
  echo \"The cat\" | tempo generate --model ./Qwen3-0.6B --device gpu --trace run.jsonl
      a model folder as Hugging Face lays it out, and every event as a line of JSON";

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<Everything>,
}

const CHAT_NOTES: &str = "\
Every line is a message; end it with \\ to go on in the next one. A line that begins with / is a command, /help lists them.
On a terminal an answer is shown as it comes, parallel members as [a/b/c]; then the reading that the conversation keeps. \
In a pipe only the readings are printed.

Ctrl-C ends an answer, and the conversation where there is none; so does the end of the input.

Example:
  tempo chat --model ./SmolLM2-135M-Instruct.Q4_1.gguf --system \"Be brief.\"";

#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<Talking>,
}

#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder with config.json, tokenizer.json and safetensors weights, a GGUF file or any of its parts, or a name as `--model` takes it; of one
    /// that is not here only headers are fetched
    pub(crate) model: PathBuf,
    /// What its weights are to be kept as, as `generate` has it
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = weights)]
    pub(crate) weights: WeightPreference,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<ModelAndDevice>,
    /// Set sizes to measure, separated by commas
    #[arg(long, value_name = "N,...", default_values_t = [1, 2, 4, 8], value_delimiter = ',', value_parser = at_least_one)]
    pub(crate) sets: Vec<u32>,
    /// Measured steps for each set size
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = at_least_one)]
    pub(crate) steps: u32,
    /// Tokens of the prompt
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub(crate) prompt_tokens: u32,
    /// Measure every step with a bias for each query and key as well, in turns
    #[arg(long)]
    pub(crate) biases: bool,
    /// Tell how fast the graphics device reads its memory, too
    #[arg(long)]
    pub(crate) bandwidth: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

const SCORE_NOTES: &str = "\
Only the text is scored, each token after all that stands before it; the first has no score where there is no prompt. \
ln p and entropy are in nats, ranks count from 1. Prompt and text are tokenised apart: a space between them belongs to the text.

A trace brings its prompt, and its readings as token ids: use the model that wrote it, or one with the same vocabulary. Of a \
trace of version 1 the probable reading is scored.

Examples:
  tempo score --prompt \"The cat\" --text \" sat on the mat.\"
  tempo score --text-file story.txt --format json --model HuggingFaceTB/SmolLM2-135M-Instruct
  tempo score --trace run.jsonl";

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<Scoring>,
    #[command(flatten)]
    pub(crate) scored: Scored,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ScoreFormat,
}

/// What `score` scores.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Scored {
    /// Text to score
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// File to score, `-` for standard input; one final line break is left out
    #[arg(long, value_name = "FILE")]
    pub(crate) text_file: Option<String>,
    /// Trace whose readings to score after its own prompt
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

const COMPARE_NOTES: &str = "\
A lane is a decoder (tempo, greedy, sample, beam, mcts) and its flags of `tempo generate` without dashes; a lane of tempo may \
have preset=NAME. Lanes are parted by `;`, eight at most. A flag that has no effect in its lane is an error.

Every lane has the whole budget for itself and ends at the last step that fits; nothing is computed after that. rows is the \
fair measure: TEMPO's set of k costs k of them, but one pass. The prompt counts in passes, rows and bytes. A lane without \
max-steps is as long as its budget and the model's context allow.

The best reading is that with the greatest mean ln p a token, each scored from left to right as `tempo score` does; readings \
tells how many different ones a lane has. The scores cost the budget nothing, and no time.

Examples:
  tempo compare --prompt \"Once upon a time\"
  tempo compare --prompt \"The cat\" --lanes \"greedy; beam beams=4; tempo selection-threshold=0.05; mcts simulations=32\" \\
      --budget rows=400 --out compare.json
  tempo compare --prompt \"The cat\" --lanes \"tempo; tempo preset=as-described\" --budget steps=20";

/// What is compared when nobody says.
const LANES: &str = "greedy; sample samples=4 temperature=0.8; beam beams=4; tempo selection-threshold=0.05";

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<Scoring>,
    /// Decoders with their flags, parted by `;`
    #[arg(long, value_name = "LANES", default_value = LANES)]
    pub(crate) lanes: String,
    /// What each lane may use: steps=N, passes=N, rows=N or bytes=N
    #[arg(long, value_name = "MEASURE=N", default_value_t = Budget::DEFAULT)]
    pub(crate) budget: Budget,
    /// Write everything as one JSON document, too
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

const STUDY_NOTES: &str = "\
SPEC.toml has these keys; what is left out is as here:
  texts = \"stories\"           folder of .txt files, or one file; a line <|endoftext|> parts documents; no default
  model = \"owner/name\"        as --model, which comes before it; default: the built-in model
  documents = 0               how many, spread over those that are long enough; 0: all of these
  windows = 1                 stretches of a document
  prefix = 64                 tokens of a window that are the prompt
  n = 12                      gold tokens after them
  thresholds = [0.1]          selection thresholds, each measured by itself
  variants_at = [0.1]         thresholds of `variants` and `effect`
  metrics = [...]             of width, recall, cost, calibration, dominance, mass, removal, effect, variants, reading; default: all
  variants = [...]            names such as visible, none, first, consecutive, \"mask posterior\"; default: all but those of [ways]
  own_sets = []               variants that are measured each on the sets that it chooses itself
  exact_limit = 128           most paths that are enumerated
  meter_samples = 0           paths to draw where there are more; 0: these steps are not measured
  meter_proposal = \"weights\" how they are drawn: weights (each member by its own) or chain (members that go together)
  meter_at = []               numbers of sets after which they are drawn; []: after each
  instruction = \"...\"         what a user says before the prefix, in a conversation by the model's chat template; the gold tokens \
are the answer; default: the prefix is a text
  reading_beams = 8           beams of the scored reading
  seed = 0                    where the windows lie
  [options]                   options of every run: flags of `generate` with _ for -
  [ways.\"NAME\"]              a variant of your own: the options that it changes; name it in `variants` or `own_sets`

DIR gets study.json (which study it is), measurements.jsonl (a line as soon as it is measured), summary.json and the same as a Markdown table. \
The same command goes on where a study was stopped; equal inputs give equal rows on the CPU.

Examples:
  tempo study spec.toml --out study
  tempo study spec.toml --out part1 --shard 1/2      every second document, and on another machine
  tempo study spec.toml --out part2 --shard 2/2
  tempo study --merge part1 part2 --out study";

#[derive(Debug, Args)]
pub(crate) struct StudyArgs {
    #[command(flatten)]
    pub(crate) flags: Flags<ModelAndDevice>,
    /// What to measure, as a TOML file; its keys are explained below
    #[arg(value_name = "SPEC.toml", required_unless_present = "merge", conflicts_with = "merge")]
    pub(crate) spec: Option<PathBuf>,
    /// Folder of the study, made where it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Take every n-th document only, from the i-th on
    #[arg(long, value_name = "I/N", conflicts_with = "merge")]
    pub(crate) shard: Option<Shard>,
    /// Put folders of shards together
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub(crate) merge: Vec<PathBuf>,
}

/// What `score` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoreFormat {
    /// Columns for a person
    Table,
    /// One JSON document
    Json,
}

fn weights(name: &str) -> anyhow::Result<WeightPreference> {
    let names = || WeightPreference::ALL.map(WeightPreference::name).join(", ");
    WeightPreference::from_name(name).ok_or_else(|| anyhow::anyhow!("must be one of {}", names()))
}

fn at_least_one(words: &str) -> anyhow::Result<u32> {
    let number = words.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| anyhow::anyhow!("must be a whole number: 1 or more"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
