// Titles of saved pictures, and what stands under the lattice.

export const words = {
  moment: (model: string, step: number) => `${model}, ${step < 0 ? 'before step 0' : `after step ${step}`}`,
  /** Follows the moment, where the picture is of some steps only. */
  range: (from: number, to: number) => (from === to ? `, step ${from}` : `, steps ${from} to ${to}`),
  lattice: (moment: string) => `Lattice: ${moment}`,
  folded: (tokens: number) => `… ${tokens} tokens`,
  reading: (kind: string, text: string) => `Thick line: the ${kind}. ${text}`,
  kin: (name: string) =>
    `Kin of ${name}: before it, how much of it came through each; after it, how much of each came through it.`,
  end: (reason: string) => `The run ends here: ${reason}.`,
  slots: (moment: string) => `Slots and positions: ${moment}`,
  slotFacts: (slots: number, positions: number, held: number, visible: number) =>
    `${slots} slots at ${positions} positions; ${held} rows held, ${visible} visible.`,
  sight: (model: string, visibility: string) => `Who may see whom: ${model}, ${visibility}`,
  received: (text: string, slot: number, step: number) =>
    `Attention received by ${text} (slot ${slot}), up to step ${step}`,
  /** "15 % against 16 %: removed at step 2": what it got against the line. */
  verdict: (score: string, limit: string, verdict: string) => `${score} against ${limit}: ${verdict}`,
  choice: (step: number, model: string) => `Step ${step} of ${model}: what it chose from`,
};
