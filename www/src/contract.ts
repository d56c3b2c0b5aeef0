// Generated from the Rust types by tests/tests/contract.rs; do not edit. UPDATE_EXPECT=1 writes it anew.

/** How the rows of a set become one next-token distribution (ALGORITHM.md §3). */
export type Combine = 'mixture' | 'logit-mean' | 'first' | 'last' | 'max';

/** How the selection threshold moves during a run (ALGORITHM.md §4). */
export type ScheduleKind = 'constant' | 'linear' | 'relu' | 'bezier-values' | 'bezier-shape' | 'entropy' | 'min-p';

/** How the removal limit moves during a run (ALGORITHM.md §4). */
export type LimitScheduleKind = 'constant' | 'linear' | 'relu' | 'bezier-values' | 'bezier-shape';

/** When a set with an end-of-text token ends the run (ALGORITHM.md §5). */
export type EosPolicy = 'top' | 'any' | 'all' | 'mass';

/** Who sees whom inside a parallel set (ALGORITHM.md §7). */
export type Visibility = 'isolated' | 'visible' | 'ordered';

/** Which RoPE positions the members of a set take (ALGORITHM.md §6). */
export type Positions = 'shared' | 'consecutive';

/** How much members of a set weigh in later attention (ALGORITHM.md §7). */
export type Weighting = 'none' | 'probability' | 'gamma' | 'kin';

/** What a verdict does (ALGORITHM.md §8). */
export type RemovalMode = 'off' | 'report' | 'mask' | 'evict' | 'rebuild' | 'fade';

/** What a member on trial is judged by (ALGORITHM.md §8). */
export type RemovalScore = 'attention' | 'share' | 'share-ratio' | 'posterior' | 'gamma';

/** What the score is compared with (ALGORITHM.md §8). */
export type RemovalRule = 'relative' | 'absolute';

/** What happens when no member of a set passes (ALGORITHM.md §8). */
export type RemovalKeep = 'keep-token' | 'keep-unattended' | 'remove-position';

/** How the measured layers count in the attention received (ALGORITHM.md §8). */
export type LayerWeights = 'uniform' | 'linear';

/** Which reading of the lattice is the text of a run (LAB.md L3). */
export type Reading = 'probable' | 'viterbi' | 'scored';

/** How the paths of an estimated distance are drawn (LAB.md L4). */
export type MeterProposal = 'weights' | 'chain';

/** How tokens are chosen (LAB.md L2). */
export type DecoderKind = 'tempo' | 'greedy' | 'sample' | 'beam' | 'mcts';

/** How the members of a reading were chosen (LAB.md L3). */
export type ReadingKind = 'probable' | 'viterbi' | 'scored' | 'drawn' | 'sample' | 'beam' | 'search';

/** Why a run ended. */
export type StopReason = 'max-steps' | 'eos' | 'context-full' | 'stopped';

/** Every option of a run under the name it has in flags, configuration files and traces. */
export interface GenerationOptions {
  /** Least probability for joining a set; above 1 means greedy. */
  selection_threshold: number;
  /** Most steps; each appends one set. */
  max_steps: number;
  /** Most members of a set; 1 means greedy, 0 no limit. */
  max_set: number;
  /** Steps before end-of-text may be chosen. */
  min_steps: number;
  /** Divides the logits: below 1 sharper, above 1 flatter. */
  temperature: number;
  /** Makes tokens already in the sequence less likely; 1 means off. */
  repetition_penalty: number;
  /** Only the N most probable tokens may join; 0 means off. */
  top_k: number;
  /** Only the most probable tokens up to this mass may join; 0 and 1 mean off. */
  top_p: number;
  /** How the members' next-token rows become one distribution. */
  combine: Combine;
  /** Curve of the selection threshold over the run. */
  schedule: ScheduleKind;
  /** Where linear, relu and bezier schedules end. */
  final_threshold: number;
  /** First control value of a bezier schedule. */
  bezier_p1: number;
  /** Second control value of a bezier schedule. */
  bezier_p2: number;
  /** Progress at which relu begins to move. */
  relu_at: number;
  /** When a set with end-of-text in it ends the run. */
  eos: EosPolicy;
  /** Who sees whom inside a set. */
  visibility: Visibility;
  /** Whether members of a set share one RoPE position. */
  positions: Positions;
  /** Shifts all generated positions. */
  position_gap: number;
  /** How much each member of a set counts in later attention. */
  weighting: Weighting;
  /** What a verdict does. */
  removal: RemovalMode;
  /** What a member is judged by; AUC: how well that tells right members from wrong ones, 0.5 is chance. */
  removal_score: RemovalScore;
  /** What the score is compared with. */
  removal_rule: RemovalRule;
  /** Least score under `removal_rule` absolute. */
  removal_limit: number;
  /** Least share of the set's mean score under `removal_rule` relative. */
  relative: number;
  /** What happens when no member of a set passes. */
  removal_keep: RemovalKeep;
  /** Measure attention in the last N layers; 0 means all. */
  removal_layers: number;
  /** How the measured layers count. */
  layer_weights: LayerWeights;
  /** Later steps before a set is judged. */
  min_evidence: number;
  /** Judge by the latest N steps; 0 means all. */
  window: number;
  /** Steepness of `removal` fade. */
  fade_steepness: number;
  /** Curve of the removal limit over the run. */
  removal_schedule: LimitScheduleKind;
  /** Where a moving removal limit ends. */
  removal_final: number;
  /** First control value of a bezier removal schedule. */
  removal_p1: number;
  /** Second control value of a bezier removal schedule. */
  removal_p2: number;
  /** Progress at which a relu removal schedule begins to move. */
  removal_at: number;
  /** Most cache rows to hold, by evicting the least attended; 0 means off. */
  budget: number;
  /** Newest rows that the budget never takes. */
  budget_recent: number;
  /** How many of the most probable tokens each step of a trace lists. */
  candidates: number;
  /** Which reading of the lattice is the text of the run. */
  reading: Reading;
  /** Further readings to draw, each with the probability that the rows give it. */
  readings: number;
  /** Where the random numbers begin that samples, readings and paths are drawn by. */
  seed: number;
  /** How many paths to follow in the search for the scored reading; 0 means that there is none. */
  reading_beams: number;
  /** Measure the distance from the exact distribution where there are at most N paths; 0 means off. */
  exact_limit: number;
  /** Where there are more paths, estimate the distance from N that are drawn; 0 means off. */
  meter_samples: number;
  /** How the paths of `meter_samples` are drawn. */
  meter_proposal: MeterProposal;
  /** How tokens are chosen. */
  decoder: DecoderKind;
  /** How many texts `decoder` sample draws. */
  samples: number;
  /** Only tokens with this share of the most probable one's probability may be drawn; 0 means off. */
  min_p: number;
  /** How many texts `decoder` beam follows. */
  beams: number;
  /** Beams are compared by their log-probability over their length to this power. */
  length_penalty: number;
  /** How many continuations `decoder` mcts tries for each token. */
  simulations: number;
  /** How much tokens that were tried less are preferred. */
  exploration: number;
  /** How many tokens may follow a node of the tree. */
  branching: number;
  /** Most tokens by which a simulation goes on beyond the tree. */
  depth: number;
  /** Most cache rows in use, prompt included. */
  capacity: number | null;
}

/** What is about to run. */
export interface RunEvent {
  type: 'run';
  /** `TRACE_VERSION`. */
  version: number;
  /** How tokens are chosen. */
  decoder: DecoderKind;
  /** The model. */
  model: ModelEvent;
  /** Every option, resolved. */
  options: GenerationOptions;
  /** What the model was given. */
  prompt: PromptEvent;
  /** The conversation that the prompt is the text of, where it is one. */
  chat?: ChatEvent;
}

/** One step: the set it chose and what the pass over that set brought. */
export interface StepEvent {
  type: 'step';
  /** Counted from 0. */
  step: number;
  /** The selection threshold of this step. */
  threshold: number;
  /** Of the distribution, in nats. */
  entropy: number;
  /** How many tokens reached the threshold. */
  above: number;
  /** No token did, so the most probable one was taken. */
  fallback: boolean;
  /** The most probable tokens, those below the line too. */
  candidates: Candidate[];
  /** The appended set, in order. */
  set: Member[];
  /** End-of-text tokens that left the set. */
  ended: Candidate[];
  /** Attention received by every slot made so far; sums to 1. */
  received: number[];
  /** One verdict for each member on trial, in slot order. */
  verdicts: Verdict[];
  /** Slots that the budget evicted at the end of this step, in that order. */
  over_budget?: Slot[];
  /** Cache rows held after this step. */
  slots: number;
  /** Rows still visible to later queries. */
  live: number;
  /** `T` of ALGORITHM.md §7a: a row for each member of the set, a column for each member of the set before, all of them live when this set was chosen. Empty in the first step. */
  chain?: number[][];
  /** How far the distribution after this step is from the exact one, where that was measured. */
  meter?: MeterEvent;
  /** Measured by a caller that has a clock; the algorithm has none. */
  timing?: Timing;
}

/** A step of every sample that goes on. */
export interface SamplesEvent {
  type: 'samples';
  /** Counted from 0. */
  step: number;
  /** What was drawn, in the order of the lanes; lanes that ended before are left out. */
  lanes: SampleToken[];
  /** Cache rows held after this step: the prompt's and those of the lanes that go on. */
  slots: number;
  /** The same number: nothing that is held is hidden. */
  live: number;
  /** Measured by a caller that has a clock. */
  timing?: Timing;
}

/** A step of all beams. */
export interface BeamsEvent {
  type: 'beams';
  /** Counted from 0. */
  step: number;
  /** Those that go on, the most probable one first. */
  hypotheses: Hypothesis[];
  /** Those that ended with end-of-text and are kept so far, best first. */
  finished: FinishedBeam[];
  /** Cache rows held after this step: the prompt's and those of the hypotheses that go on, each once. */
  slots: number;
  /** The same number: nothing that is held is hidden. */
  live: number;
  /** Measured by a caller that has a clock. */
  timing?: Timing;
}

/** The simulations of a search for one token, and the tree that they made. */
export interface SearchEvent {
  type: 'search';
  /** Counted from 0. */
  step: number;
  /** In the order in which they were made. */
  simulations: Simulation[];
  /** Every node before the root moves, unvisited ones too, the root first. */
  tree: TreeNode[];
  /** The token that is appended. */
  chosen: ChosenToken;
  /** Rows of the prompt and of the chosen tokens. */
  slots: number;
  /** The same number: nothing that is held is hidden. */
  live: number;
  /** Measured by a caller that has a clock. */
  timing?: Timing;
}

/** Why a run ended and what it said. */
export interface EndEvent {
  type: 'end';
  /** Why. */
  reason: StopReason;
  /** The end-of-text tokens that ended it, as they would have been members, with their probabilities: empty for other reasons. */
  ended?: Candidate[];
  /** The generated part as one text: the reading that the option `reading` names. */
  text: string;
  /** The generated part with parallel members as `[a/b/c]`. */
  brackets: string;
  /** Totals. */
  stats: Stats;
  /** The generated part as texts of one live member a set (LAB.md L3): probable, viterbi, scored where a beam was asked for, and the drawn ones in order. */
  readings?: ReadingEvent[];
  /** What the run cost. */
  work?: Work;
  /** The two parts of `text`, where it answers a conversation. */
  answer?: AnswerEvent;
}

/** Why something failed, for programs; the message beside it is for people. */
export type ErrorCode =
  | 'no-adapter'
  | 'device'
  | 'device-limit'
  | 'device-lost'
  | 'model-config'
  | 'model-unsupported'
  | 'model-weights'
  | 'model-tokenizer'
  | 'model-gguf'
  | 'source'
  | 'options'
  | 'prompt'
  | 'chat'
  | 'context-full'
  | 'forward'
  | 'attention-gone'
  | 'no-model'
  | 'no-run'
  | 'panic';

/** Kinds of devices. */
export type DeviceKind = 'gpu' | 'cpu';

/** Reasons to choose a device. */
export type DeviceReason = 'asked' | 'measured' | 'hardware' | 'no-adapter' | 'software-adapter' | 'adapter-failed';

/** The device that a model runs on. */
export interface DeviceReport {
  /** What kind it is. */
  kind: DeviceKind;
  /** The adapter's name, or `cpu`. */
  name: string;
  /** Why it was chosen. */
  chosen_for: DeviceReason;
  /** Why it was chosen, in words. */
  reason: string;
  /** Whether the adapter is software: a program on the CPU. */
  software: boolean;
  /** Threads that share the work of a loaded model, where the fused kernels run on the CPU. */
  threads: number | null;
  /** Bytes of the largest buffer that a shader can be given; the CPU has no such limit. */
  max_binding_bytes: number | null;
  /** Bytes of the largest buffer; the CPU has no such limit. */
  max_buffer_bytes: number | null;
  /** Optional features that matter to kernels. */
  features: string[];
}

/** What a model needs, told from its configuration alone. */
export interface ModelNeed {
  /** `model_type`. */
  architecture: string;
  /** Numbers in its weights. */
  parameters: number;
  /** What its weights would be kept as. */
  weights: string;
  /** Why they would be kept as that. */
  weights_reason: string;
  /** Bytes of the weights on the device. */
  weights_bytes: number;
  /** Bytes of one row of the KV cache. */
  cache_bytes_per_row: number;
  /** Bytes of the largest single buffer. */
  largest_buffer_bytes: number;
  /** The longest text the model was made for. */
  max_positions: number;
  /** Why this device cannot hold it. */
  obstacle?: string;
}

/** How long a prompt is for the loaded model. */
export interface PromptLength {
  /** Tokens of the prompt, those that the tokenizer adds among them. */
  tokens: number;
  /** Tokens of the longest text that the model was made for. */
  max_positions: number;
}

/** Whether a model takes part in conversations. */
export interface ChatReport {
  /** It has a chat template that can be used. */
  usable: boolean;
  /** Why the template that it has cannot be used; null where it has none. */
  reason: string | null;
  /** The template can be told to let the model think, or not. */
  thinking: boolean;
  /** What stands around the thinking in an answer, where the template speaks of it. */
  tags: ThinkingTags | null;
}

/** Weights on their way to the device. */
export interface LoadProgress {
  /** Bytes of the checkpoint that have arrived. */
  done_bytes: number;
  /** Bytes to arrive. */
  total_bytes: number;
  /** Programs that the graphics device has compiled. */
  compiled: number;
  /** Programs to compile; 0 while weights are on their way. */
  programs: number;
}

/** Attention of one step, per layer and head. */
export interface AttentionMaps {
  /** The step. */
  step: number;
  /** Decoder layers. */
  layers: number;
  /** Query heads. */
  heads: number;
  /** Slots that looked, in the order of the third axis. */
  queries: Slot[];
  /** Slots that were looked at, in the order of the fourth axis. */
  keys: Slot[];
  /** `[layers, heads, queries, keys]`, row-major. */
  weights: Float32Array;
}

/** A simulation of a tree search, while its step is under way. */
export interface SimulationReport {
  /** Counted from 0 in its step. */
  number: number;
  /** Tokens from the root, exclusive, to the node that was reached. */
  path: TokenId[];
  /** The most probable tokens from there. */
  rollout: TokenId[];
  /** Geometric mean of the probabilities of all these tokens. */
  value: number;
  /** Each of them decoded alone: the path's, then those of the roll-out. */
  texts: string[];
}

/** Why a lane of a comparison has ended. */
export type Outcome = 'budget' | 'eos' | 'max-steps' | 'context-full' | 'stopped';

/** How a lane of a comparison stands (LAB.md L6). */
export interface LaneReport {
  /** Counted from 0. */
  lane: number;
  /** As it was written. */
  words: string;
  /** Its decoder. */
  decoder: DecoderKind;
  /** What it says so far; once it is judged, the best reading. */
  reading: string;
  /** How that was found; null before the first step. */
  kind: ReadingKind | null;
  /** Mean `ln p` a token of the best reading as ordinary text, in nats; null before it is judged, and without a token. */
  mean_log_probability: number | null;
  /** Readings that differ in their tokens. */
  distinct_readings: number;
  /** Paths through the live members of the lattice; null where there is no lattice. */
  paths: number | null;
  /** Whole steps. */
  steps: number;
  /** Forward passes, the prompt's included. */
  passes: number;
  /** Rows that these have computed. */
  rows: number;
  /** Most cache rows held at once. */
  peak_rows: number;
  /** Bytes of keys and values in so many rows. */
  cache_bytes: number;
  /** Time of its passes and choices; the scores are not in it. */
  milliseconds: number;
  /** Share of its budget that is used. */
  used: number;
  /** Why it has ended; null while it runs. */
  reason: Outcome | null;
  /** Its readings have been scored. */
  judged: boolean;
}

/** A token of a text and what the model says of it; null where nothing stands before it. */
export interface ScoredToken {
  /** The token. */
  id: TokenId;
  /** What it adds to the text. */
  text: string;
  /** Its place, the prompt's tokens counted. */
  position: number;
  /** Logarithm of its probability, in nats. */
  log_probability: number | null;
  /** 1 for the most probable token. */
  rank: number | null;
  /** Entropy of the distribution that it comes from, in nats. */
  entropy: number | null;
}

/** A text and what its tokens come to; the mean and the perplexity are null where no token has a score. */
export interface ScoredText {
  /** Its tokens, in order. */
  tokens: ScoredToken[];
  /** Sum of the logarithms of their probabilities, in nats. */
  sum: number;
  /** The same for each token that has a score. */
  mean: number | null;
  /** `exp(-mean)`: as many equally probable tokens would be as hard to guess. */
  perplexity: number | null;
}

/** What the engine has done since the model was loaded. */
export interface WorkCounts {
  /** Passes through the layers. */
  passes: number;
  /** Reads from the device. */
  readbacks: number;
  /** Bytes read from it. */
  bytes_read: number;
  /** Bytes that live tensors use on the device, where it tells. */
  device_bytes: number | null;
  /** Bytes that the device's memory pools hold, where it tells. */
  device_reserved_bytes: number | null;
  /** Bytes of the wasm heap. */
  heap_bytes: number;
}

/** An answer in its two parts. */
export interface AnswerEvent {
  /** What the model said to itself, without its tags; null where it did not. */
  thinking: string | null;
  /** What it says. */
  text: string;
}

/** A token and its probability. */
export interface Candidate {
  /** Vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** In the combined distribution. */
  probability: number;
}

/** A conversation that a model answers. */
export interface ChatEvent {
  /** What was said so far, the oldest first. */
  messages: ChatMessage[];
  /** Whether the model was told to think before it answers; null leaves it to its template. */
  thinking: boolean | null;
}

/** Something that was said. */
export interface ChatMessage {
  /** `system`, `user` or `assistant`. */
  role: string;
  /** What. */
  content: string;
}

/** The token that a search has chosen. */
export interface ChosenToken {
  /** Its identity; null for an end-of-text token, which ends the run. */
  slot: Slot | null;
  /** Its RoPE position. */
  position: Position;
  /** Its vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** Of the whole vocabulary. */
  probability: number;
}

/** A beam that ended with an end-of-text token. */
export interface FinishedBeam {
  /** Its tokens, the end-of-text token included. */
  ids: TokenId[];
  /** Its text, without that token. */
  text: string;
  /** Of all its tokens, in nats. */
  log_probability: number;
  /** That over the number of its tokens to the power of `length_penalty`. */
  score: number;
}

/** A beam that goes on, by its newest token. */
export interface Hypothesis {
  /** Its rank in the event before; 0 in the first. */
  parent: number;
  /** Identity of the newest token. */
  slot: Slot;
  /** Its RoPE position. */
  position: Position;
  /** Its vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** Of all its tokens, in nats. */
  log_probability: number;
  /** That over the number of its tokens to the power of `length_penalty`. */
  score: number;
}

/** A member of an appended set. */
export interface Member {
  /** Its identity. */
  slot: Slot;
  /** Its RoPE position. */
  position: Position;
  /** Its vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** In the combined distribution; never renormalised. */
  probability: number;
}

/** How far TEMPO's distribution of the next token is from the exact one, over all paths through the live members. */
export interface MeterEvent {
  /** How many paths there are: the product of the sets' sizes. */
  paths: number;
  /** Of TEMPO's distribution from the exact one, in nats. */
  kl: number;
  /** Half the sum of the differences. */
  total_variation: number;
  /** Whether both find the same token most probable. */
  top1: boolean;
  /** The exact posterior of each live member, in order, of every set with more than one, oldest set first. */
  members: number[][];
  /** How many paths were drawn, where it was not all of them: then every number but `paths` is an estimate. */
  sampled?: number;
  /** The effective sample size of what was drawn, from 1 to `sampled`. */
  ess?: number;
}

/** The model of a run. */
export interface ModelEvent {
  /** Name of the folder or repository. */
  id: string;
  /** `model_type`. */
  architecture: string;
  /** Decoder layers. */
  layers: number;
  /** Query heads. */
  heads: number;
  /** Key and value heads. */
  kv_heads: number;
  /** Size of one head. */
  head_dim: number;
  /** Vocabulary size. */
  vocab: number;
  /** Base of the rotary angles. */
  rope_theta: number;
  /** How its weights were kept, as `q8`. */
  weights?: string;
}

/** RoPE position. Several slots may share one; it turns the angle and decides nothing else. */
export type Position = number;

/** The prompt of a run. */
export interface PromptEvent {
  /** As typed. */
  text: string;
  /** As tokenised, special tokens included. */
  tokens: PromptToken[];
}

/** One token of the prompt. */
export interface PromptToken {
  /** Its identity. */
  slot: Slot;
  /** Its RoPE position. */
  position: Position;
  /** Its vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
}

/** A text of one live member of every set. */
export interface ReadingEvent {
  /** How the members were chosen. */
  kind: ReadingKind;
  /** Decoded as one byte sequence. */
  text: string;
  /** The members' vocabulary entries. */
  ids: TokenId[];
  /** What the chain says of the path, in nats; of a scored one, what the model says of it as ordinary text. */
  log_probability: number;
  /** By which readings of its kind are compared. */
  score?: number;
  /** Whether no path was left out of the search for it. */
  exact?: boolean;
}

/** A token that was drawn. */
export interface SampleToken {
  /** Which sample. */
  lane: number;
  /** Its identity; null for an end-of-text token, which ends its lane and is not computed. */
  slot: Slot | null;
  /** Its RoPE position. */
  position: Position;
  /** Its vocabulary entry. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** Before the filters: with penalty and temperature, without what may not be chosen. */
  probability: number;
}

/** A simulation of a search. */
export interface Simulation {
  /** Tokens from the root, exclusive, to the node that was reached. */
  path: TokenId[];
  /** The most probable tokens from there. */
  rollout: TokenId[];
  /** Geometric mean of the probabilities of all these tokens. */
  value: number;
}

/** Identity of one token in the sequence: counted upwards, unique, never renumbered. */
export type Slot = number;

/** Totals of a run. */
export interface Stats {
  /** Step events. */
  steps: number;
  /** Members appended. */
  tokens: number;
  /** Members per step; 0 without a step. */
  mean_set: number;
  /** Members taken out by verdicts; the budget's evictions are apart. */
  removed: number;
  /** Wall-clock time of the run in seconds, by a caller that has a clock. */
  seconds?: number;
}

/** What stands around the thinking in an answer. */
export interface ThinkingTags {
  /** Before it. */
  open: string;
  /** Behind it. */
  close: string;
}

/** Wall-clock times of a step. */
export interface Timing {
  /** The model's forward passes, in milliseconds. */
  forward_ms: number;
  /** The whole step, in milliseconds. */
  total_ms: number;
}

/** Entry of the model's vocabulary. */
export type TokenId = number;

/** A node of a search tree. */
export interface TreeNode {
  /** Its index in this list. */
  node: number;
  /** The index of the node above it; null for the root. */
  parent: number | null;
  /** Its vocabulary entry; the root's is the token that everything here follows. */
  id: TokenId;
  /** Decoded alone. */
  text: string;
  /** Probability among the children of its parent; 1 for the first root. */
  prior: number;
  /** Simulations that went through it or ended there. */
  visits: number;
  /** Mean value of these; 0 without any. */
  value: number;
}

/** The judgement over one member on trial. */
export interface Verdict {
  /** Who was judged. */
  slot: Slot;
  /** Its score. */
  score: number;
  /** The number that the score was compared with. */
  limit: number;
  /** Whether it stays. */
  keep: boolean;
  /** What a verdict does in this run. */
  effect: RemovalMode;
  /** It failed and stays only because one member has to (`keep-unattended`). */
  unattended?: boolean;
}

/** What a run cost the model. */
export interface Work {
  /** Forward passes: the prompt's, the steps' and the rebuilds'. */
  passes: number;
  /** Rows that these have computed, the prompt's included. */
  rows: number;
  /** Most cache rows that were held at once. */
  peak_rows: number;
  /** Bytes of the keys and values in so many rows, as 32-bit floats. */
  cache_bytes: number;
}

/** The documented defaults. */
export const DEFAULTS: Readonly<GenerationOptions> = {
  "selection_threshold": 0.1,
  "max_steps": 40,
  "max_set": 8,
  "min_steps": 0,
  "temperature": 1.0,
  "repetition_penalty": 1.0,
  "top_k": 0,
  "top_p": 1.0,
  "combine": "mixture",
  "schedule": "constant",
  "final_threshold": 1.0,
  "bezier_p1": 0.2,
  "bezier_p2": 0.8,
  "relu_at": 0.5,
  "eos": "top",
  "visibility": "isolated",
  "positions": "shared",
  "position_gap": 0,
  "weighting": "kin",
  "removal": "off",
  "removal_score": "posterior",
  "removal_rule": "relative",
  "removal_limit": 0.01,
  "relative": 0.5,
  "removal_keep": "keep-token",
  "removal_layers": 0,
  "layer_weights": "uniform",
  "min_evidence": 1,
  "window": 0,
  "fade_steepness": 10.0,
  "removal_schedule": "constant",
  "removal_final": 1.0,
  "removal_p1": 0.2,
  "removal_p2": 0.8,
  "removal_at": 0.5,
  "budget": 0,
  "budget_recent": 8,
  "candidates": 32,
  "reading": "viterbi",
  "readings": 0,
  "seed": 0,
  "reading_beams": 0,
  "exact_limit": 0,
  "meter_samples": 0,
  "meter_proposal": "weights",
  "decoder": "tempo",
  "samples": 1,
  "min_p": 0.0,
  "beams": 4,
  "length_penalty": 1.0,
  "simulations": 64,
  "exploration": 1.5,
  "branching": 5,
  "depth": 8,
  "capacity": null
};

/** `max_steps` of an answer in a conversation, where nobody says how many. */
export const ANSWER_STEPS = 512;

/** The values of every option that is one of a few names, in the order of the documentation. */
export const CHOICES = {
  combine: ['mixture', 'logit-mean', 'first', 'last', 'max'],
  schedule: ['constant', 'linear', 'relu', 'bezier-values', 'bezier-shape', 'entropy', 'min-p'],
  eos: ['top', 'any', 'all', 'mass'],
  visibility: ['isolated', 'visible', 'ordered'],
  positions: ['shared', 'consecutive'],
  weighting: ['none', 'probability', 'gamma', 'kin'],
  removal: ['off', 'report', 'mask', 'evict', 'rebuild', 'fade'],
  removal_score: ['attention', 'share', 'share-ratio', 'posterior', 'gamma'],
  removal_rule: ['relative', 'absolute'],
  removal_keep: ['keep-token', 'keep-unattended', 'remove-position'],
  layer_weights: ['uniform', 'linear'],
  removal_schedule: ['constant', 'linear', 'relu', 'bezier-values', 'bezier-shape'],
  reading: ['probable', 'viterbi', 'scored'],
  meter_proposal: ['weights', 'chain'],
  decoder: ['tempo', 'greedy', 'sample', 'beam', 'mcts'],
} as const;

/** Least and largest value of every option that is a number. */
export const NUMBERS = {
  selection_threshold: [0, Number.MAX_VALUE],
  temperature: [Number.MIN_VALUE, Number.MAX_VALUE],
  repetition_penalty: [Number.MIN_VALUE, Number.MAX_VALUE],
  top_p: [0, 1],
  final_threshold: [0, Number.MAX_VALUE],
  bezier_p1: [-Number.MAX_VALUE, Number.MAX_VALUE],
  bezier_p2: [-Number.MAX_VALUE, Number.MAX_VALUE],
  relu_at: [0, 1],
  removal_limit: [0, Number.MAX_VALUE],
  relative: [0, Number.MAX_VALUE],
  fade_steepness: [0, Number.MAX_VALUE],
  removal_final: [0, Number.MAX_VALUE],
  removal_p1: [-Number.MAX_VALUE, Number.MAX_VALUE],
  removal_p2: [-Number.MAX_VALUE, Number.MAX_VALUE],
  removal_at: [0, 1],
  min_p: [0, 1],
  length_penalty: [-Number.MAX_VALUE, Number.MAX_VALUE],
  exploration: [0, Number.MAX_VALUE],
} as const;

/** The same of the whole ones. Where a page runs, they have 32 bits. */
export const COUNTS = {
  max_steps: [0, 4294967295],
  max_set: [0, 4294967295],
  min_steps: [0, 4294967295],
  top_k: [0, 4294967295],
  position_gap: [0, 4294967295],
  removal_layers: [0, 4294967295],
  min_evidence: [0, 4294967295],
  window: [0, 4294967295],
  budget: [0, 4294967295],
  budget_recent: [0, 4294967295],
  candidates: [0, 4294967295],
  readings: [0, 1000000],
  seed: [0, 4294967295],
  reading_beams: [0, 1000000],
  exact_limit: [0, 1000000],
  meter_samples: [0, 1000000],
  samples: [1, 64],
  beams: [1, 64],
  simulations: [1, 4294967295],
  branching: [1, 4294967295],
  depth: [0, 4294967295],
  capacity: [1, 4294967295],
} as const;

/** What every preset changes of the defaults, in the order of the documentation. */
export const PRESET_OPTIONS = {
  coherent: {},
  'as-described': { weighting: 'none' },
  pruned: { removal: 'mask' },
  greedy: { max_set: 1 },
  precise: { selection_threshold: 0.2 },
  explorer: { selection_threshold: 0.05 },
} as const;

/** One line of a trace. */
export type Event = RunEvent | StepEvent | EndEvent;

/** A step of a decoder beside TEMPO. */
export type DecoderEvent = SamplesEvent | BeamsEvent | SearchEvent;
