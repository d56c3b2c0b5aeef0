// What the keys and the command palette do. One table: the palette lists it, the keyboard map points into it.

import type { App } from '../app.svelte';
import { CHOICES } from '../contract';
import type { Command } from '../keys';
import { PRESETS, applyPreset } from '../presets';
import { TOUR_BUTTON } from '../words/en/tour-button';

export interface Action {
  id: string;
  label: string;
  /** The command of the keyboard map that does the same. */
  command?: Command;
  /** False hides it from the palette at present. */
  possible?: boolean;
  act(): void | Promise<void>;
}

/** Links and files of traces are fetched when they are wanted. */
const share = (): Promise<typeof import('./share')> => import('./share');

function focus(id: string): void {
  const element = document.getElementById(id);
  element?.scrollIntoView({ block: 'nearest' });
  element?.focus();
}

/** The nearest step before or after the one shown for which `holds` holds. */
function find(app: App, direction: 1 | -1, holds: (step: number) => boolean): void {
  const last = app.run?.last ?? -1;
  for (let step = app.moment.step + direction; step >= 0 && step <= last; step += direction) {
    if (holds(step)) {
      app.seek(step);
      return;
    }
  }
  app.notices.say(direction > 0 ? 'None further on.' : 'None before.');
}

function branches(app: App, step: number): boolean {
  return (app.run?.trace.steps[step]?.set.length ?? 0) > 1;
}

function removes(app: App, step: number): boolean {
  const event = app.run?.trace.steps[step];
  const verdict = event?.verdicts.some(({ keep, effect }) => !keep && effect !== 'report' && effect !== 'fade');
  return verdict === true || (event?.over_budget?.length ?? 0) > 0;
}

/** The next member of the selected token's set becomes the one it is compared with; after the last, none. */
function compareNext(app: App): void {
  const { view, selected, compared } = app;
  const token = selected === null ? undefined : view?.tokens[selected];
  const members = token ? (view?.columns[token.column]?.tokens ?? []) : [];
  const others = members.filter((member) => member.slot !== selected);
  if (others.length === 0) {
    app.notices.say('Select a member of a set first.');
    return;
  }
  const at = others.findIndex((member) => member.slot === compared);
  app.compared = others[at + 1]?.slot ?? null;
}

function nextVisibility(app: App): void {
  const modes = CHOICES.visibility;
  const next = modes[(modes.indexOf(app.options.visibility) + 1) % modes.length]!;
  app.setOption('visibility', next);
  app.notices.say(`Visibility ${next}`);
}

export function run(app: App, command: Command): void {
  const { moment } = app;
  switch (command) {
    case 'play':
      return moment.toggle();
    case 'back':
      return app.seek(moment.step - 1);
    case 'forward':
      return app.seek(moment.step + 1);
    case 'previous-branch':
      return find(app, -1, (step) => branches(app, step));
    case 'next-branch':
      return find(app, 1, (step) => branches(app, step));
    case 'previous-removal':
      return find(app, -1, (step) => removes(app, step));
    case 'next-removal':
      return find(app, 1, (step) => removes(app, step));
    case 'generate':
      void app.generateOrStop();
      return;
    case 'threshold':
      return focus('option-selection_threshold');
    case 'visibility':
      return nextVisibility(app);
    case 'attention':
      app.tab = 'received';
      return focus('panel-received');
    case 'removed':
      app.preferences.showRemoved = !app.preferences.showRemoved;
      app.notices.say(app.preferences.showRemoved ? 'Removed members are shown' : 'Removed members are hidden');
      return;
    case 'compare':
      return compareNext(app);
    case 'explain':
      return app.explain();
    case 'reading':
      return app.chained.show(app.chained.kind === 'viterbi' ? 'probable' : 'viterbi');
    case 'another-reading':
      return app.chained.another();
    case 'share':
      void share().then(({ copyLink }) => copyLink(app));
      return;
    case 'save':
      void share().then(({ saveTrace }) => saveTrace(app));
      return;
    case 'palette':
      app.dialog = 'palette';
      return;
    case 'help':
      app.dialog = 'help';
      return;
    case 'unpin':
      return app.select(null);
  }
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
    { id: 'models', label: 'Choose a model', act: () => void (app.dialog = 'models') },
    { id: 'runs', label: 'Runs', act: () => void (app.dialog = 'runs') },
    { id: 'recover', label: 'Recover the engine', act: () => void live.recover(), possible: live.state === 'failed' },
    by('share', 'Copy a link to what you see'),
    by('save', 'Save the trace'),
    { id: 'settings', label: 'Settings', act: () => void (app.dialog = 'settings') },
    by('help', 'Help'),
  ];
}
