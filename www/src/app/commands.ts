// What the keys and the command palette do; actions.ts lists it for the palette.

import { tick } from 'svelte';
import type { App } from '../app.svelte';
import { CHOICES } from '../contract';
import type { Command } from '../keys';

/** Links and files of traces are fetched when they are wanted. */
const share = (): Promise<typeof import('../links')> => import('../links');

function focus(id: string): void {
  const element = document.getElementById(id);
  element?.scrollIntoView({ block: 'nearest' });
  element?.focus();
}

/** The threshold stands among the settings, which may have to be opened and fetched first. */
async function focusOption(app: App): Promise<void> {
  app.settingsOpen = true;
  await import('../asked');
  await tick();
  // What was fetched is drawn in its own time.
  await new Promise(requestAnimationFrame);
  focus('option-selection_threshold');
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
      void focusOption(app);
      return;
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
    case 'reading': {
      const { kind, kinds } = app.chained;
      return app.chained.show(kinds[(kinds.indexOf(kind) + 1) % kinds.length]!);
    }
    case 'another-reading':
      return app.chained.another();
    case 'share':
      // A recorded run is whole in any link; of another the visitor says what is to travel.
      if (app.run && app.run.file === null) app.dialog = 'share';
      else void share().then(({ copyLink }) => copyLink(app));
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
      return unpin(app);
  }
}

/** Nothing is explained any more: the explanation goes, and a focus within it goes to the part of the page with the lattice. */
function unpin(app: App): void {
  app.select(null);
  if (app.preferences.everything) return;
  const isInside = document.activeElement?.closest('#inspector') ?? null;
  app.closeInspector();
  if (isInside) document.getElementById('main')?.focus({ preventScroll: true });
}
