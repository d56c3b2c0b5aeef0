// What the time line says. Sets and ends in words are in describe/step.ts.

export const words = {
  title: 'Time',
  help:
    'The model goes on step by step; each step adds one place to the text. Steps are counted from 0. Every tick is a step, the higher the more ' +
    'tokens were kept for that place (its set); a cross below it says that some were removed in that step. Drag, or use ' +
    'the arrow keys, and every panel shows that past. While a run is under way the newest step is followed until you ' +
    'move back. Branch from here repeats the run up to the step shown and goes on with the options of the controls.',

  back: 'Step back',
  forward: 'Step forward',
  play: 'Play',
  pause: 'Pause',
  prompt: 'prompt',
  step: 'step',
  of: (last: number) => `of 0 to ${last}`,
  live: 'live',
  ended: (reason: string) => `· ended: ${reason}`,
  speed: 'Speed',
  times: (speed: number) => `${speed}x`,
  loop: 'Loop',
  follow: 'Follow',
  branch: 'Branch from here',
  more: 'Speed, loop, branch',

  track: 'Step',
  atPrompt: 'Before step 0: the prompt',
  at: (step: number, last: number, set: string, end: string | null) =>
    `Step ${step} of 0 to ${last}. ${set}${end === null ? '' : ` The run ends here: ${end}.`}`,
};
