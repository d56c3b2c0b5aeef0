// The card of a run that came by a link; the facts of it are in linked.ts.

export const words = {
  label: 'The run of the link',
  title: 'This link is a run that is not computed yet',

  details: 'What the link says',
  chooseFile: 'Choose the file of this model',
  need: 'See what its model needs',
  compute: 'Compute it',
  fetch: (size: string) => `Fetch ${size} and compute it`,
  dismiss: 'Dismiss',
  recorded: 'Look at a recorded run instead',

  fromFile: 'The sender had this model as a file. Open the same file here; then compute the run.',
  here: 'It runs on this device, with the prompt and the options above. Nothing is fetched before you say so.',
};
