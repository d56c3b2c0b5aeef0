// Generated from the Rust types by tests/tests/contract.rs; do not edit. UPDATE_EXPECT=1 writes it anew.

/** When an option has no effect: while another one holds one of these values, and `besides` is 0. The first that does is why. */
export const IDLE = {
  selection_threshold: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  max_set: [
    { option: 'decoder', values: ['greedy', 'sample', 'beam', 'mcts'] },
  ],
  min_steps: [
    { option: 'decoder', values: ['mcts'] },
  ],
  temperature: [
    { option: 'decoder', values: ['mcts'] },
  ],
  repetition_penalty: [
    { option: 'decoder', values: ['mcts'] },
  ],
  top_k: [
    { option: 'decoder', values: ['mcts'] },
  ],
  top_p: [
    { option: 'decoder', values: ['mcts'] },
  ],
  combine: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  schedule: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  final_threshold: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'schedule', values: ['constant', 'entropy', 'min-p'] },
  ],
  bezier_p1: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'schedule', values: ['constant', 'linear', 'relu', 'entropy', 'min-p'] },
  ],
  bezier_p2: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'schedule', values: ['constant', 'linear', 'relu', 'entropy', 'min-p'] },
  ],
  relu_at: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'schedule', values: ['constant', 'linear', 'bezier-values', 'bezier-shape', 'entropy', 'min-p'] },
  ],
  eos: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  visibility: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  positions: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  position_gap: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  weighting: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  removal: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  removal_score: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
  ],
  removal_rule: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
  ],
  removal_limit: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
  ],
  relative: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['absolute'] },
  ],
  removal_keep: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
  ],
  removal_layers: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  layer_weights: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  min_evidence: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_score', values: ['posterior'] },
  ],
  window: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_score', values: ['posterior', 'gamma'] },
  ],
  fade_steepness: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal', values: ['off', 'report', 'mask', 'evict', 'rebuild'] },
  ],
  removal_schedule: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
  ],
  removal_final: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
    { option: 'removal_schedule', values: ['constant'] },
  ],
  removal_p1: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
    { option: 'removal_schedule', values: ['constant', 'linear', 'relu'] },
  ],
  removal_p2: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
    { option: 'removal_schedule', values: ['constant', 'linear', 'relu'] },
  ],
  removal_at: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'removal', values: ['off'] },
    { option: 'removal_rule', values: ['relative'] },
    { option: 'removal_schedule', values: ['constant', 'linear', 'bezier-values', 'bezier-shape'] },
  ],
  budget: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  budget_recent: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'budget', values: [0] },
  ],
  candidates: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  reading: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  readings: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  seed: [
    { option: 'decoder', values: ['beam', 'mcts'] },
    { option: 'readings', values: [0], besides: 'meter_samples', decoders: ['tempo', 'greedy'] },
  ],
  reading_beams: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  exact_limit: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  meter_samples: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
  ],
  meter_proposal: [
    { option: 'decoder', values: ['sample', 'beam', 'mcts'] },
    { option: 'meter_samples', values: [0] },
  ],
  samples: [
    { option: 'decoder', values: ['tempo', 'greedy', 'beam', 'mcts'] },
  ],
  min_p: [
    { option: 'decoder', values: ['tempo', 'greedy', 'beam', 'mcts'] },
  ],
  beams: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'mcts'] },
  ],
  length_penalty: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'mcts'] },
  ],
  simulations: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'beam'] },
  ],
  exploration: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'beam'] },
  ],
  branching: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'beam'] },
  ],
  depth: [
    { option: 'decoder', values: ['tempo', 'greedy', 'sample', 'beam'] },
  ],
} as const;
