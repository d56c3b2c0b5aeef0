// The page's state as a link, and a link as the page's state. A link sets what the visitor could set by hand,
// and never fetches a model.

import type { App } from '../app.svelte';
import { DEFAULTS, type GenerationOptions } from '../contract';
import { noticeFor } from '../notices';
import { serializeTrace } from '../trace';
import { FIRST } from './library.svelte';
import { HASH_DIGITS, LinkedRun, modelOf } from './linked';
import { LinkTooLong, decodeState, encodeState, type SharedState } from '../url';
import { runOfLink } from '../link-run';
import { LONGEST_WORD } from '../url-state';
import type { Trace } from '../view-state';
import { PANELS } from './panels';
import { Run, titleOf, type Phase } from './run.svelte';
import { copyText, saveText } from './save';

function differing(options: GenerationOptions, from: GenerationOptions): Partial<GenerationOptions> {
  const keys = Object.keys(options) as (keyof GenerationOptions)[];
  return Object.fromEntries(keys.filter((key) => options[key] !== from[key]).map((key) => [key, options[key]]));
}

/** What the page shows now, as a link would say it. */
export function sharedState(app: App): SharedState {
  const { run, moment, preferences } = app;
  // A link whose run is not here is handed on as it came.
  const state: SharedState = run || !app.linkRun ? {} : { ...app.linkRun.state };
  const handedOn = run?.origin === 'link' && app.linkRun ? app.linkRun.state : null;
  if (run?.file) state.trace = run.file;
  else if (run || !app.linkRun) {
    state.prompt = run?.trace.run.prompt.text || app.prompt;
    const first = run?.phases[0]?.options ?? app.options;
    state.options = {
      ...differing(first, DEFAULTS),
      capacity: run ? (run.setup?.capacity ?? null) : app.options.capacity,
    };
    const later = run?.phases.slice(1) ?? [];
    if (later.length > 0) {
      state.branch = later.map((phase) => ({ step: phase.from - 1, options: differing(phase.options, first) }));
    }
    const model = handedOn?.model ?? (run && modelOf(run));
    if (model) state.model = model;
    const weights = handedOn?.weights ?? run?.setup?.weights;
    if (weights) state.weights = weights;
    const hash = handedOn?.hash ?? run?.setup?.hash?.slice(0, HASH_DIGITS);
    if (hash) state.hash = hash;
  }
  if (run && moment.step !== run.last) state.time = moment.step;
  if (app.selected !== null) {
    state.selected = app.selected;
    const word = app.view?.tokens[app.selected]?.text;
    if (word !== undefined && word.length <= LONGEST_WORD) state.word = word;
  }
  const path = run ? app.chained.code : app.linkRun?.state.path;
  if (path !== undefined) state.path = path;
  if (preferences.look !== 'auto') state.look = preferences.look;
  if (app.hiddenParts.length > 0) state.hide = [...app.hiddenParts];
  // A part of the tour is a state of its own.
  if (app.tour) return { tour: app.tour.scene.beat, ...(state.look ? { look: state.look } : {}) };
  return state;
}

/**
 * The address bar takes the link; true when the clipboard did too. With a `hash` this one, else that of what the page
 * shows. Throws LinkTooLong.
 */
export async function putLink(app: App, ready: string | null = null): Promise<boolean> {
  const hash = ready ?? (await encodeState(sharedState(app)));
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
  try {
    await copyText(location.href);
    return true;
  } catch {
    return false;
  }
}

/** The same, told by a notice. */
export async function copyLink(app: App): Promise<void> {
  try {
    app.notices.notify((await putLink(app)) ? 'link-copied' : 'clipboard');
  } catch (error) {
    if (error instanceof LinkTooLong) app.notices.notify('link-too-long');
    else app.notices.report(error);
  }
}

/** The phases that a link's branches stand for. */
function phasesOf(first: GenerationOptions, state: SharedState): Phase[] {
  const later = (state.branch ?? []).map(({ step, options }) => ({
    from: step + 1,
    options: { ...first, ...options },
  }));
  return [{ from: 0, options: first }, ...later];
}

/** What a link says of the run to be seen. Others say how to look, and where to compute. */
const NAMING = ['prompt', 'branch', 'trace', 'time', 'selected', 'run'] as const;

/** Takes what a hash says; true when it says which run is to be seen. Whatever cannot be used is named in one notice. */
export async function applyLink(app: App, hash: string): Promise<boolean> {
  // The name of a place on this page is no link of ours.
  if (document.getElementById(hash.slice(1))) return false;
  const { state, problems } = await decodeState(hash);
  if (state.tour === undefined) app.tour?.leave(true);
  if (problems.length > 0) {
    app.notices.post(noticeFor('bad-link', { message: problems.slice(0, 5).join(' ') }));
  }
  if (state.look !== undefined) app.preferences.lend(state.look as typeof app.preferences.look);
  if (state.hide !== undefined) app.hiddenParts = state.hide;
  const { live } = app;
  const { device = live.preference, kernels = live.kernels } = state;
  // A run under way keeps its device and what computes on it.
  if ((device !== live.preference || kernels !== live.kernels) && !live.busy && !app.generation.running) {
    await live.use(device, live.weights, kernels);
  }
  const inside = await runInside(app, state);
  const panel = PANELS.find(({ id }) => state.panels?.includes(id));
  if (panel) app.tab = panel.id;
  if (state.prompt !== undefined || state.options !== undefined || state.branch !== undefined) {
    const phases = phasesOf({ ...DEFAULTS, ...state.options }, state);
    app.borrow('the link you opened', state.prompt ?? app.prompt, phases.at(-1)!.options);
  }
  if (state.tour !== undefined) {
    await app.startTour(state.tour, true);
    return true;
  }
  await showRun(app, state, inside);
  if (state.model !== undefined) {
    app.chooser.fillIn(state.model);
    if (!app.linkRun) app.notices.notify('link-model', state.model);
  }
  return NAMING.some((key) => state[key] !== undefined);
}

/** The run that a link is of. Its step and its pin are of this run and of no other. */
async function showRun(app: App, state: SharedState, inside: Trace | null): Promise<void> {
  const { time, selected } = state;
  if (state.trace !== undefined || (state.prompt === undefined && state.branch === undefined)) {
    // Without a name a step is one of the run that the page begins with.
    const file = state.trace ?? (time === undefined && selected === undefined ? null : FIRST);
    if (file === null) return;
    app.linkRun = null;
    if (file === app.run?.file || (await app.showRecorded(file))) app.look(state);
    return;
  }
  const linkRun = new LinkedRun(app.prompt, phasesOf({ ...DEFAULTS, ...state.options }, state), state);
  const here = app.library.runs.find((run) => run.trace.end && linkRun.is(run));
  app.expect(linkRun);
  if (here) app.show(here);
  else if (inside) showInside(app, linkRun, inside);
}

/** The run inside a link, which then says its prompt and options where the link does not; null where there is none. */
async function runInside(app: App, state: SharedState): Promise<Trace | null> {
  if (state.run === undefined) return null;
  try {
    const trace = await runOfLink(state.run);
    if (state.prompt === undefined && state.branch === undefined) {
      state.prompt = trace.run.prompt.text;
      state.options = { ...trace.run.options, ...state.options, capacity: null };
    }
    return trace;
  } catch (error) {
    app.notices.notify('link-run', error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** Shows the run that came inside a link, beside the offer to compute it; one of another prompt or options is refused. */
function showInside(app: App, linkRun: LinkedRun, trace: Trace): void {
  const phases = [{ from: 0, options: trace.run.options }, ...linkRun.phases.slice(1)];
  const run = new Run({ title: titleOf(linkRun.prompt), origin: 'link', trace, phases });
  if (!linkRun.asksFor(run)) {
    app.notices.notify('link-run', 'it is a run of another prompt or of other options than the link says');
    return;
  }
  app.library.add(run);
  app.show(run);
  app.look(linkRun.state);
}

/** The trace of the run shown, as a file. */
export function writeTrace(app: App): void {
  if (!app.run) return;
  const name =
    app.run.title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'run';
  saveText(`tempo-${name}.jsonl`, 'application/jsonl', serializeTrace(app.run.trace));
}

/** The same, told by a notice. */
export function saveTrace(app: App): void {
  if (!app.run) return;
  writeTrace(app);
  app.notices.notify('trace-saved');
}
