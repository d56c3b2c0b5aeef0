// The one store of the page: runs, time, selection, options, preferences, and what is live. Views get parts of it as
// props; only this file and src/app/ change it.

import { Notices } from './app/notices.svelte';
import { ModelChooser } from './app/model-chooser.svelte';
import { ChainView } from './app/chain-view.svelte';
import { Explanation } from './app/explanation.svelte';
import { Generation } from './app/generation.svelte';
import { FIRST, Library } from './app/library.svelte';
import { Live } from './app/live.svelte';
import { Maps } from './app/maps.svelte';
import { Moment } from './app/moment.svelte';
import { Preferences, storageOf } from './app/preferences.svelte';
import { FIRST_PANEL, type PanelId } from './app/panels';
import type { Run } from './app/run.svelte';
import { DEFAULTS, type GenerationOptions, type Slot } from './contract';
import type { LinkedRun } from './app/linked';
import { offeredSlot } from './app/offers';
import { primaryOf, type Primary } from './app/primary';
import type { Tour } from './app/tour.svelte';
import { Writing } from './app/writing.svelte';
import type { Kept } from './keep/kept.svelte';
import { noticeFor } from './notices';
import { viewAt } from './reduce';
import { progressOf, thresholdAt } from './schedule';
import type { OptionKey } from './settings/kinds';
import { withOption } from './settings/values';
import { TraceError } from './trace';
import { narrow, still } from './views/motion';
import type { Spot } from './tour/beats';
import type { SharedState } from './url-state';
import type { Trace, ViewState } from './view-state';

/** What the prompt holds before anybody has typed. */
export const FIRST_PROMPT = 'Once upon a time';

export type DialogId = 'chats' | 'share' | 'help' | 'settings' | 'models' | 'palette' | 'race' | 'runs';

/** Prompt and options that the controls hold, and whose they are. */
export interface Loan {
  from: string;
  prompt: string;
  options: GenerationOptions;
  before: Asked;
  /** Taken over by a press, so it is the visitor's by now. */
  isChosen: boolean;
}

/** What a run is asked with. */
export interface Asked {
  prompt: string;
  options: GenerationOptions;
}

export class App {
  readonly notices = new Notices();
  readonly library = new Library();
  readonly live = new Live(this.notices);
  readonly chooser = new ModelChooser(this.live);
  readonly preferences = new Preferences(storageOf(window));
  readonly moment: Moment = new Moment(() => ({
    last: this.run?.last ?? -1,
    live: this.generation.running && this.run === this.generation.active,
  }));
  readonly explanation = new Explanation();
  readonly writing = new Writing(this);
  readonly generation: Generation;
  readonly maps: Maps;

  run: Run | null = $state.raw(null);
  selected: Slot | null = $state(null);
  compared: Slot | null = $state(null);
  options: GenerationOptions = $state.raw({ ...DEFAULTS });
  prompt = $state(FIRST_PROMPT);
  /** A threshold tried on the step shown, by its handle in the threshold view. */
  trialThreshold: number | null = $state(null);
  dialog: DialogId | null = $state(null);
  /** The settings of the run stand open for this visit. */
  private settingsAsked = $state(false);
  /** Something has been pinned: the inspector has come, and stays until it is closed. */
  private inspectorAsked = $state(false);
  /** The panel shown where there is room for one. */
  tab: PanelId = $state(FIRST_PANEL);
  /** The tour while it goes on. */
  tour: Tour | null = $state.raw(null);
  /** What the tour speaks of. */
  spot: Spot | null = $state.raw(null);
  /** The run that a link is of, while it is not here. */
  linkRun: LinkedRun | null = $state.raw(null);
  /** What the controls took over last, and what they held before. */
  private loan: Loan | null = $state.raw(null);
  /** What stays on this device; comes after the first picture. */
  kept: Kept | null = $state.raw(null);
  /** The options as they were when the run came on the screen: only a change since then is a question to it. */
  private optionsAtShow: GenerationOptions | null = $state.raw(null);
  /** The first picture stands: what is below the fold and behind buttons may come. */
  painted = $state(false);
  /** The visitor has begun to do something of their own. */
  touched = $state(false);
  /** Height of the scrubber where it is docked. */
  dockHeight = $state(0);
  /** Height of the tour's card, which lies over the lower end of the window. */
  tourHeight = $state(0);
  /** Parts that a link asks to leave out. */
  hiddenParts: readonly string[] = $state.raw([]);

  /** The view before this one, from which the next is a step away. */
  private latest: ViewState | null = null;

  /** The trace of the run on the screen, with the options of the moment. */
  readonly trace: Trace | null = $derived(this.run?.traceAt(this.moment.step) ?? null);
  readonly view: ViewState | null = $derived.by(() => {
    this.latest = this.trace ? viewAt(this.trace, this.moment.step, this.latest) : null;
    return this.latest;
  });

  readonly chained: ChainView = new ChainView({
    trace: () => this.trace,
    view: () => this.view,
    selected: () => this.selected,
    say: (text) => this.notices.say(text),
  });

  /** The threshold to show as a what-if: the handle's, or what the controls give where that is not what the step had. */
  readonly whatIf: number | null = $derived.by(() => {
    const step = this.view?.current;
    if (!this.run || !step || this.generation.running) return null;
    if (this.trialThreshold !== null) return this.trialThreshold;
    if (this.options === this.optionsAtShow) return null;
    const facts = {
      entropy: step.entropy,
      top: step.candidates[0]?.probability ?? 1,
      vocab: this.run.trace.run.model.vocab,
    };
    const now = thresholdAt(this.options, progressOf(step.step, this.options.max_steps), facts);
    // Recorded numbers are rounded.
    return Math.abs(now - step.threshold) <= 1e-5 * Math.max(now, step.threshold) ? null : now;
  });

  /** What is to be pressed next. */
  readonly primary: Primary = $derived.by(() => primaryOf(this));

  /** What the controls hold of a link or of a run, untouched; null when they are the visitor's own. */
  readonly onLoan: Loan | null = $derived(
    this.loan?.options === this.options && this.loan.prompt === this.prompt ? this.loan : null,
  );

  constructor() {
    this.generation = new Generation({
      live: this.live,
      notices: this.notices,
      options: () => this.options,
      prompt: () => this.prompt,
      show: (run) => {
        if (!this.writing.takes(run)) this.library.add(run);
        this.show(run);
      },
      arrived: (run) => {
        if (run !== this.run) return;
        this.moment.arrived();
        if (run.trace.end) this.keepPromise(run);
      },
      ended: (run) => this.writing.chat?.arrived(run),
    });
    this.maps = new Maps(this.live, this.generation);
  }

  /** The first paint: a recorded run, and nothing else is fetched. */
  async paintFirst(file: string = FIRST): Promise<void> {
    try {
      this.show(await this.library.recorded(file));
    } catch (error) {
      this.notices.notify('no-recorded-run', error instanceof Error ? error.message : String(error));
    }
  }

  /** Puts a run on the screen, at its end. The controls are the next run's and stay as they are. */
  show(run: Run): void {
    this.clear(run);
    this.moment.step = run.last;
    this.moment.following = true;
    if (run.trace.end) this.keepPromise(run);
  }

  /** The first run plays once by itself, where things may move and somebody looks; else it stands where it shows most. */
  playOnce(): void {
    const { run, moment } = this;
    if (!run) return;
    if (still() || document.visibilityState === 'hidden') moment.seek(run.offer?.step ?? run.last);
    else moment.open(run.offer?.first ?? 0);
  }

  get settingsOpen(): boolean {
    return this.settingsAsked || this.preferences.everything;
  }

  set settingsOpen(open: boolean) {
    this.settingsAsked = open;
    if (!open) this.preferences.everything = false;
  }

  get inspectorOpen(): boolean {
    return this.inspectorAsked || this.preferences.everything;
  }

  openInspector(): void {
    this.inspectorAsked = true;
  }

  closeInspector(): void {
    this.inspectorAsked = false;
  }

  /** A link is of a run that is not here: nothing else stands in its place meanwhile. Null: nothing is looked at. */
  expect(linkRun: LinkedRun | null): void {
    this.clear(null);
    this.moment.step = -1;
    this.linkRun = linkRun;
  }

  /** Of a link's run nothing is expected any more. */
  async dismissLinkRun(): Promise<void> {
    this.linkRun = null;
    if (!this.run) await this.showRecorded(FIRST);
  }

  private clear(run: Run | null): void {
    this.writing.looks(run);
    this.moment.pause();
    this.run = run;
    this.chained.follow(null);
    this.selected = null;
    this.compared = null;
    this.trialThreshold = null;
    this.optionsAtShow = this.options;
    this.maps.clear();
  }

  /** The run of the link is here: now its step and its pin mean something. */
  private keepPromise(run: Run): void {
    const { linkRun } = this;
    if (run !== this.run || !linkRun?.is(run)) return;
    this.linkRun = null;
    this.look(linkRun.state);
  }

  /** A step and a pin of the run on the screen; of another token than the one that was meant there is no pin. */
  look({ time, selected, word, path }: Pick<SharedState, 'time' | 'selected' | 'word' | 'path'>): void {
    if (time !== undefined) this.seek(time);
    if (path !== undefined) this.chained.restore(path);
    const token = selected === undefined ? undefined : this.view?.tokens[selected];
    if (!token) return;
    if (word === undefined || token.text === word) this.select(token.slot);
    else this.notices.notify('link-differs', `the link pins "${word}", here stands "${token.text}"`);
  }

  /** The controls take over a prompt and options, and say whose they are. */
  borrow(from: string, prompt: string, options: GenerationOptions, isChosen = false): void {
    const before = this.onLoan?.before ?? { prompt: this.prompt, options: this.options };
    this.prompt = prompt;
    this.options = options;
    this.loan = { from, prompt, options, before, isChosen };
  }

  /** Prompt and options of the visitor, also while a link has lent others. */
  get mine(): Asked {
    const { onLoan, prompt, options } = this;
    return onLoan && !onLoan.isChosen ? onLoan.before : { prompt, options };
  }

  set mine(mine: Asked) {
    if (this.onLoan && !this.onLoan.isChosen) {
      this.loan = { ...this.onLoan, before: mine };
      return;
    }
    this.prompt = mine.prompt;
    this.options = mine.options;
    this.optionsAtShow = mine.options;
  }

  /** Prompt and options of the run on the screen, because somebody asked for them. */
  takeFromRun(): void {
    const { run } = this;
    if (!run) return;
    const options = { ...run.optionsAfter(run.last), capacity: this.options.capacity };
    this.borrow(`the run “${run.title}”`, run.trace.run.prompt.text || this.prompt, options, true);
    this.optionsAtShow = this.options;
  }

  giveBack(): void {
    const { onLoan } = this;
    if (!onLoan) return;
    this.prompt = onLoan.before.prompt;
    this.options = onLoan.before.options;
    this.optionsAtShow = this.options;
  }

  /** True when the run is on the screen. */
  async showRecorded(file: string): Promise<boolean> {
    try {
      this.show(await this.library.recorded(file));
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    }
  }

  /** A recorded run of the list, at the step of its entry, with the token that this pins. */
  async showOffered(file: string): Promise<void> {
    if (!(await this.showRecorded(file))) return;
    const offer = this.library.offers.find((entry) => entry.file === file);
    if (offer && offer.step !== null) this.seek(offer.step);
    // On a phone the explanation would lie over what there is to see.
    if (this.view && !narrow()) this.select(offeredSlot(this.view, offer?.selected ?? null));
  }

  async openTrace(file: File): Promise<void> {
    try {
      this.show(await this.library.opened(file));
    } catch (error) {
      this.refuse(error);
    }
  }

  private refuse(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const where = error instanceof TraceError && error.line > 0 ? `line ${error.line}: ` : '';
    this.notices.post(noticeFor('bad-trace', { message: where + message }));
  }

  setOption(key: OptionKey, value: number | string | null): void {
    this.options = withOption(this.options, key, value);
    if (key === 'selection_threshold') this.trialThreshold = null;
  }

  select(slot: Slot | null, how: 'pin' | 'compare' = 'pin'): void {
    if (how === 'compare' && this.selected !== null && slot !== this.selected) {
      this.compared = slot === this.compared ? null : slot;
      return;
    }
    this.selected = slot;
    this.compared = null;
    if (slot !== null) this.inspectorAsked = true;
    // What is unpinned does not stay lit because the pointer still rests on it.
    if (slot === null) this.chained.point(null);
  }

  /** Leads to the explanation of what is pinned; without a pin, of what has the focus, else of the newest token. */
  explain(): void {
    const slot = this.selected ?? this.chained.pointed ?? this.view?.readout[0];
    if (slot === undefined || slot < 0) return;
    if (this.selected === null) this.select(slot);
    this.explanation.ask(document.activeElement);
  }

  seek(step: number): void {
    this.moment.pause();
    this.moment.seek(step);
  }

  /** The tour from this beat on; `linked` says that it opens by a link, without movement. Its code is fetched now. */
  async startTour(beat = 1, linked = false): Promise<void> {
    try {
      const { Tour } = await import('./asked');
      await Tour.begin(this, beat, linked);
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** Files of a model were dropped: the panel opens and asks what they need. */
  async offerFiles(files: File[]): Promise<void> {
    this.chooser.kind = 'files';
    this.chooser.files = files;
    this.dialog = 'models';
    await this.chooser.check();
  }

  /** Generate, or stop what is under way: one key and one button do both. */
  async generateOrStop(): Promise<void> {
    if (this.generation.running) await this.generation.stop();
    else await this.generate();
  }

  async generate(): Promise<void> {
    if (this.writing.chatting) return this.writing.chatting.send();
    const { linkRun } = this;
    // A link's run may change its options on the way; what the controls say is how it ends.
    if (linkRun?.asks(this.prompt, this.options)) await this.generation.replay(linkRun.prompt, [...linkRun.phases]);
    else await this.generation.generate();
  }

  async branch(step: number): Promise<void> {
    if (this.run) await this.generation.branch(this.run, step);
  }
}
