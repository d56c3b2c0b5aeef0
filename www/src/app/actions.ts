// What the command palette offers, in words.

import type { App } from '../app.svelte';
import type { Command } from '../keys';
import { PRESETS, applyPreset } from '../presets';
import { TOUR_BUTTON } from '../words/en/tour-button';
import { run } from './commands';

export interface Action {
  id: string;
  label: string;
  /** The command of the keyboard map that does the same. */
  command?: Command;
  /** False hides it from the palette at present. */
  possible?: boolean;
  act(): void | Promise<void>;
}

/** Everything that the palette offers, in its order. */
export function actions(app: App): Action[] {
  const { generation, live } = app;
  const by = (command: Command, label: string, possible = true): Action => ({
    id: command,
    label,
    command,
    possible,
    act: () => run(app, command),
  });
  return [
    by('generate', generation.running ? 'Stop generating' : 'Generate'),
    { id: 'step', label: 'One live step', act: () => generation.step(), possible: !generation.running },
    { id: 'go-on', label: 'Continue the paused run', act: () => generation.goOn(), possible: generation.paused },
    {
      id: 'branch',
      label: 'Branch from this step',
      act: () => app.branch(app.moment.step),
      possible: app.moment.step >= 0,
    },
    by('play', app.moment.playing ? 'Pause' : 'Play'),
    by('previous-branch', 'Previous set with several members'),
    by('next-branch', 'Next set with several members'),
    by('previous-removal', 'Previous removal'),
    by('next-removal', 'Next removal'),
    by('threshold', 'Go to the selection threshold'),
    by('visibility', 'Next visibility mode'),
    by('attention', 'Go to attention received'),
    by('removed', app.preferences.showRemoved ? 'Hide removed members' : 'Show removed members'),
    by('compare', 'Compare with the next member', app.selected !== null),
    by('explain', 'Go to the explanation of the token'),
    by(
      'reading',
      app.chained.kind === 'viterbi' ? 'Reading: the top of each set' : 'Reading: the best fit (Viterbi)',
      app.chained.chain !== null,
    ),
    by('another-reading', 'Another reading', app.chained.chain !== null),
    by('unpin', 'Unpin the selected token', app.selected !== null),
    ...PRESETS.map((preset) => ({
      id: `preset-${preset.id}`,
      label: `Preset: ${preset.label}`,
      act: () => {
        app.options = applyPreset(preset, app.options);
      },
    })),
    ...(['light', 'dark', 'projector', 'auto'] as const).map((look) => ({
      id: `look-${look}`,
      label: `Look: ${look === 'auto' ? 'as the system' : look}`,
      act: () => {
        app.preferences.look = look;
      },
    })),
    { id: 'tour', label: TOUR_BUTTON, act: () => app.startTour() },
    { id: 'race', label: 'Compare decoders', act: () => void (app.dialog = 'race') },
    { id: 'models', label: 'Choose a model', act: () => void (app.dialog = 'models') },
    { id: 'runs', label: 'Runs', act: () => void (app.dialog = 'runs') },
    { id: 'recover', label: 'Recover the engine', act: () => void live.recover(), possible: live.state === 'failed' },
    by('share', 'Copy a link to what you see'),
    by('save', 'Save the trace'),
    { id: 'settings', label: 'Settings', act: () => void (app.dialog = 'settings') },
    by('help', 'Help'),
  ];
}
