// The tour while it goes on: it puts the page into the state of a scene, and at the end everything back as it was.

import type { App } from '../app.svelte';
import type { ReadingKind, Slot } from '../contract';
import { BEATS, beatOf, firstScene, moved, scenesOf, type Beat, type Move, type Scene } from '../tour/beats';
import { TOUR_FILE, planOf, type Member, type TourPlan } from '../tour/plan';
import { still } from '../views/motion';
import { onTheWay, sceneWords, spoken, type SceneWords } from '../words/en/tour';
import type { LinkedRun } from './linked';
import type { PanelId } from './panels';
import type { Run } from './run.svelte';

/** Milliseconds a step takes while steps play by themselves. */
const STEP_MS = 400;
/** Milliseconds in which the line moves. */
const LINE_MS = 900;

/** Everything that the tour changes, as it was before. */
interface Before {
  run: Run | null;
  linkRun: LinkedRun | null;
  step: number;
  following: boolean;
  selected: Slot | null;
  compared: Slot | null;
  trialThreshold: number | null;
  tab: PanelId;
  inspectorOpen: boolean;
  showRemoved: boolean;
  kind: ReadingKind;
  wish: readonly Slot[];
  hash: string;
  scroll: number;
  focus: Element | null;
}

export class Tour {
  readonly scenes: readonly Scene[];
  /** The scene shown. */
  at = $state(0);
  /** What the visitor would have taken. */
  guess: Member | null = $state.raw(null);
  readonly scene: Scene = $derived.by(() => this.scenes[this.at]!);
  /** Steps play on the way to the scene. */
  private plays = $state(false);
  readonly words: SceneWords = $derived.by(() =>
    this.plays && this.scene.id === 'fork' ? onTheWay(this.plan) : sceneWords(this.scene.id, this.plan, this.guess),
  );
  /** Undoes what moves by itself. */
  private halt: (() => void) | null = null;

  private constructor(
    private readonly app: App,
    private readonly run: Run,
    readonly plan: TourPlan,
    private readonly before: Before,
  ) {
    this.scenes = scenesOf(plan);
  }

  /** Begins it, or goes to another beat of the one that goes on. Where its recorded run cannot be had the page says why. */
  static async begin(app: App, number: number, linked: boolean): Promise<void> {
    const beat = beatOf(number);
    if (app.tour) return app.tour.open(beat, linked);
    const before = stateOf(app);
    let run: Run;
    try {
      run = await app.library.recorded(TOUR_FILE);
    } catch (error) {
      app.notices.notify('no-recorded-run', error instanceof Error ? error.message : String(error));
      return;
    }
    const plan = planOf(run.trace);
    if (!plan) {
      app.notices.notify('no-recorded-run', `${TOUR_FILE} is not the run that the tour tells of`);
      return;
    }
    if (app.tour) return;
    const tour = new Tour(app, run, plan, before);
    app.linkRun = null;
    app.preferences.showRemoved = true;
    app.chained.kind = 'viterbi';
    if (app.run !== run) app.show(run);
    app.tour = tour;
    tour.open(beat, linked);
  }

  /** Goes to where a beat begins; of a link at once, without movement. */
  open(beat: Beat, quiet = false): void {
    this.enter(firstScene(this.scenes, beat), quiet);
  }

  /** One press. Behind the last scene the visitor goes on to a sentence of their own. */
  move(move: Move): void {
    const to = moved(this.scenes, this.at, move);
    if (to === null) this.finish();
    else if (to !== this.at) this.enter(to, move === 'back');
  }

  /** What the visitor would have taken; the answer follows. */
  take(member: Member): void {
    this.guess = member;
    this.move('on');
  }

  /** The page shows another run: the tour is over and keeps its hands off it. */
  get isInterrupted(): boolean {
    return this.app.run !== this.run;
  }

  private enter(at: number, quiet: boolean): void {
    const { app } = this;
    this.halt?.();
    this.halt = null;
    this.at = at;
    const { scene } = this;
    app.select(scene.selected);
    app.chained.follow(scene.path);
    app.spot = scene.spot;
    const moves = !quiet && !still();
    // Whoever has gone on already sees no step twice.
    const from = scene.id === 'start' ? scene.from : Math.max(scene.from, Math.min(app.moment.step, scene.step));
    app.seek(moves ? from : scene.step);
    if (app.moment.step < scene.step) this.playTo(scene.step);
    this.line(scene.threshold, moves && scene.beat === BEATS);
    address(scene.beat);
    app.notices.say(spoken(scene.beat, BEATS, this.words));
  }

  private playTo(step: number): void {
    const { moment } = this.app;
    let due = moment.step;
    this.plays = true;
    const timer = setInterval(() => {
      // Somebody has moved in time by hand.
      if (moment.step !== due) return this.halt?.();
      moment.seek(due + 1);
      due = moment.step;
      if (due >= step) this.arrive();
    }, STEP_MS);
    this.halt = () => {
      clearInterval(timer);
      this.plays = false;
    };
  }

  /** The words of the way give way to those of the scene, which are said now. */
  private arrive(): void {
    const before = this.words;
    this.halt?.();
    if (this.words.text !== before.text) this.app.notices.say(spoken(this.scene.beat, BEATS, this.words));
  }

  /** The line that is tried moves to its place; back at that of the run it is no trial any more. */
  private line(to: number | null, moves: boolean): void {
    const { app, plan } = this;
    const from = app.trialThreshold ?? plan.line.usual;
    const goal = to ?? plan.line.usual;
    if (!moves || from === goal) {
      app.trialThreshold = to;
      return;
    }
    const start = performance.now();
    let frame = 0;
    const draw = (now: number): void => {
      const part = Math.min(1, Math.max(0, (now - start) / LINE_MS));
      app.trialThreshold = part < 1 ? from + (goal - from) * part * part * (3 - 2 * part) : to;
      if (part < 1) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    this.halt = () => cancelAnimationFrame(frame);
  }

  /** The visitor moves the line. */
  tryLine(threshold: number): void {
    this.halt?.();
    this.app.trialThreshold = threshold;
  }

  /** To a sentence of one's own. */
  private finish(): void {
    this.leave();
    const prompt = document.querySelector<HTMLTextAreaElement>('#prompt');
    prompt?.focus();
    prompt?.select();
  }

  /** Ends it; what it changed is as it was before. `hash` stays where the address has become another link's. */
  leave(keepsHash = false): void {
    const { app, before } = this;
    this.halt?.();
    app.tour = null;
    app.preferences.toured = true;
    app.preferences.showRemoved = before.showRemoved;
    app.chained.kind = before.kind;
    app.chained.follow(null);
    app.spot = null;
    if (!keepsHash) history.replaceState(null, '', location.pathname + location.search + before.hash);
    if (this.isInterrupted) return;
    if (before.linkRun) app.expect(before.linkRun);
    if (before.run && before.run !== app.run) app.show(before.run);
    app.chained.follow(before.wish);
    app.tab = before.tab;
    if (!before.inspectorOpen) app.closeInspector();
    app.moment.pause();
    app.moment.seek(before.step);
    app.moment.following = before.following;
    app.select(before.selected);
    app.compared = before.compared;
    app.trialThreshold = before.trialThreshold;
    scrollTo(0, before.scroll);
    // What had the focus may be gone, as the help that led here: then the keyboard goes on from the lattice's part of the page.
    const focus = before.focus instanceof HTMLElement && before.focus.isConnected ? before.focus : null;
    (focus ?? document.getElementById('main'))?.focus({ preventScroll: true });
  }
}

function stateOf(app: App): Before {
  const { run, linkRun, moment, selected, compared, trialThreshold, tab, inspectorOpen, preferences, chained } = app;
  return {
    run,
    linkRun,
    step: moment.step,
    following: moment.following,
    selected,
    compared,
    trialThreshold,
    tab,
    inspectorOpen,
    showRemoved: preferences.showRemoved,
    kind: chained.kind,
    wish: chained.wish,
    hash: /(^#|&)tour=/.test(location.hash) ? '' : location.hash,
    scroll: scrollY,
    focus: document.activeElement === document.body ? null : document.activeElement,
  };
}

/** The address bar holds the beat: a link to hand on, and the place to go on from after a reload. What a link hides stays. */
function address(beat: Beat): void {
  const old = new URLSearchParams(location.hash.slice(1));
  const pairs = ['hide', 'look'].flatMap((key) => (old.has(key) ? [`${key}=${old.get(key)}`] : []));
  history.replaceState(null, '', `#${[`tour=${beat}`, ...pairs].join('&')}`);
}
