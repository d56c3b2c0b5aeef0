// check.html: what a live run needs, what this machine offers, and on request how long one step takes.

import { copyText } from './app/save';
import * as judge from './check/findings';
import { askMachine } from './check/machine';
import { report } from './check/report';
import { DEFAULTS } from './contract';
import { EngineError } from './engine/errors';
import type { WorkerEngine } from './engine/worker-engine';
import { loadNoticeWords, noticeFor } from './notices';
import { doneWords, ofWords, PROGRESS, REPORT, stepNote, whereWords } from './words/en/check';
import './styles/tokens.css';
import './styles/base.css';

/** A circle with a tick, a triangle, an octagon with a cross, a small ring: four shapes, not four colours. */
const SHAPES: Readonly<Record<judge.Grade, string>> = {
  good: 'M8 14.5A6.5 6.5 0 1 0 8 1.5a6.5 6.5 0 0 0 0 13zM5 8.2 7.2 10.4 11.2 5.8',
  care: 'M8 1.8 15 14H1zM8 6v4M8 11.9v.1',
  bad: 'M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5zM5.5 5.5l5 5M10.5 5.5l-5 5',
  fact: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
};

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function shape(grade: judge.Grade): SVGSVGElement {
  const name = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(name, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(name, 'path');
  path.setAttribute('d', SHAPES[grade]);
  svg.append(path);
  return svg;
}

const machine = await askMachine();
let step: judge.Step | null = null;
let known = judge.findings(machine);
/** The engine of the step under way. */
let engine: WorkerEngine | null = null;

const whole = (): judge.Verdict => judge.verdict(machine, known, step);

function draw(): void {
  byId('findings').replaceChildren(
    ...known.map((finding) => {
      const row = element('div', `finding ${finding.grade}`);
      row.dataset['id'] = finding.id;
      row.dataset['grade'] = finding.grade;
      const name = element('dt', '');
      name.append(shape(finding.grade), element('span', 'name', finding.name));
      const words = element('dd', '');
      words.append(
        element('span', 'grade label', judge.gradeWords(finding.grade)),
        element('span', 'found figure', finding.found),
      );
      if (finding.advice) words.append(element('span', 'caption', finding.advice));
      row.append(name, words);
      return row;
    }),
  );
  const { grade, title, text } = whole();
  const section = byId('verdict');
  section.className = grade;
  section.dataset['grade'] = grade;
  const words = element('div', '');
  words.append(element('h2', '', title), element('p', '', text));
  section.replaceChildren(shape(grade), words);
}

function show(finding: judge.Finding): void {
  known = [finding, ...known.filter((other) => other.id !== finding.id)];
  draw();
}

/** Loads the story model and runs the prompt and two steps: the second one is what a visitor waits for. */
async function runStep(): Promise<void> {
  const button = byId<HTMLButtonElement>('step');
  const status = byId('step-said');
  const bar = byId<HTMLProgressElement>('step-bar');
  button.disabled = true;
  status.textContent = PROGRESS.starting;
  const { WorkerEngine } = await import('./engine/worker-engine');
  const mine = (engine = new WorkerEngine());
  try {
    await mine.open('auto');
    status.textContent = PROGRESS.fetching;
    bar.hidden = false;
    const { device, durable } = await mine.load(
      { kind: 'embedded', id: 'storyteller' },
      ({ done_bytes, total_bytes }) => {
        bar.value = total_bytes ? done_bytes / total_bytes : 0;
        if (total_bytes) status.textContent = ofWords(done_bytes, total_bytes);
      },
      new AbortController().signal,
    );
    status.textContent = PROGRESS.running;
    await mine.begin('Once upon a time', { ...DEFAULTS, max_steps: 3 });
    await mine.step();
    const start = performance.now();
    await mine.step();
    step = {
      seconds: (performance.now() - start) / 1000,
      isCpu: device.kind === 'cpu',
      device: device.name,
      isKept: durable,
    };
    show(judge.stepFinding(step));
    status.textContent = doneWords(whereWords(step.isCpu, step.device));
    document.documentElement.dataset['stepMs'] = (1000 * step.seconds).toFixed(1);
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'unexpected';
    if (code === 'closed') {
      status.textContent = PROGRESS.left;
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    await loadNoticeWords();
    const notice = noticeFor(code, { message });
    status.textContent = `${notice.title}. ${notice.text}`;
    step = null;
    show(judge.failedStep(notice.title, message));
  } finally {
    bar.hidden = true;
    button.disabled = false;
    mine.close();
  }
}

async function copyReport(): Promise<void> {
  const text = report(whole(), known, {
    address: location.origin + location.pathname,
    browser: navigator.userAgent,
    time: new Date().toISOString(),
  });
  const said = byId('report-said');
  const field = byId<HTMLTextAreaElement>('report');
  try {
    await copyText(text);
    field.hidden = true;
    said.textContent = REPORT.copied;
  } catch {
    field.value = text;
    field.hidden = false;
    field.select();
    said.textContent = REPORT.byHand;
  }
}

if (machine.modelBytes !== null) byId('step-size').textContent = stepNote(machine.modelBytes, judge.keeps(machine));
draw();
for (const section of document.querySelectorAll<HTMLElement>('main > section')) section.hidden = false;
byId('step').addEventListener('click', () => void runStep());
byId('copy').addEventListener('click', () => void copyReport());
// A page that the browser keeps for its Back button would keep the model's lock from the next one.
addEventListener('pagehide', () => engine?.close());
document.documentElement.dataset['state'] = 'checked';
