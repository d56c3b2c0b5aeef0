// check.html: what a live run needs, what this machine offers, and on request how long one step takes.

import { askMachine } from './check/machine';
import { findings, gradeWords, stepFinding, verdict, type Finding, type Grade } from './check/findings';
import { DEFAULTS } from './contract';
import { bytes } from './format';
import { EngineError } from './engine/errors';
import { noticeFor } from './notices';
import './styles/tokens.css';
import './styles/base.css';

/** A circle with a tick, a triangle, an octagon with a cross, a small ring: four shapes, not four colours. */
const SHAPES: Readonly<Record<Grade, string>> = {
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

function shape(grade: Grade): SVGSVGElement {
  const name = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(name, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(name, 'path');
  path.setAttribute('d', SHAPES[grade]);
  svg.append(path);
  return svg;
}

let known: Finding[] = [];

function draw(): void {
  const list = byId('findings');
  list.replaceChildren(
    ...known.map((finding) => {
      const row = element('div', `finding ${finding.grade}`);
      row.dataset['id'] = finding.id;
      row.dataset['grade'] = finding.grade;
      const name = element('dt', '');
      name.append(shape(finding.grade), element('span', 'name', finding.name));
      const words = element('dd', '');
      words.append(
        element('span', 'grade label', gradeWords(finding.grade)),
        element('span', 'found figure', finding.found),
      );
      if (finding.advice) words.append(element('span', 'caption', finding.advice));
      row.append(name, words);
      return row;
    }),
  );
  const whole = verdict(known);
  const section = byId('verdict');
  section.className = whole.grade;
  section.dataset['grade'] = whole.grade;
  const words = element('div', '');
  words.append(element('h2', '', whole.title), element('p', '', whole.text));
  section.replaceChildren(shape(whole.grade), words);
}

function add(finding: Finding): void {
  known = [finding, ...known.filter((other) => other.id !== finding.id)];
  draw();
}

/** Loads the story model and runs the prompt and two steps: the second one is what a visitor waits for. */
async function runStep(): Promise<void> {
  const button = byId<HTMLButtonElement>('step');
  const status = byId('step-said');
  const bar = byId<HTMLProgressElement>('step-bar');
  button.disabled = true;
  status.textContent = 'Starting the engine.';
  const { WorkerEngine } = await import('./engine/worker-engine');
  const engine = new WorkerEngine();
  try {
    const device = await engine.open('auto');
    status.textContent = 'Fetching the story model.';
    bar.hidden = false;
    await engine.load(
      { kind: 'embedded', id: 'storyteller' },
      ({ done_bytes, total_bytes }) => {
        bar.value = total_bytes ? done_bytes / total_bytes : 0;
        if (total_bytes) status.textContent = `${bytes(done_bytes)} of ${bytes(total_bytes)}`;
      },
      new AbortController().signal,
    );
    status.textContent = 'Running.';
    await engine.begin('Once upon a time', { ...DEFAULTS, max_steps: 3 });
    await engine.step();
    const start = performance.now();
    await engine.step();
    const seconds = (performance.now() - start) / 1000;
    add(stepFinding(seconds));
    status.textContent = `Done, on ${device.kind === 'cpu' ? 'the CPU' : device.name}.`;
    document.documentElement.dataset['stepMs'] = (1000 * seconds).toFixed(1);
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'unexpected';
    const message = error instanceof Error ? error.message : String(error);
    const notice = noticeFor(code, { message });
    status.textContent = `${notice.title}. ${notice.text}`;
    add({ id: 'step', name: 'One step', grade: 'bad', found: notice.title, advice: message });
  } finally {
    bar.hidden = true;
    button.disabled = false;
    engine.close();
  }
}

const machine = await askMachine();
known = findings(machine);
if (machine.modelBytes !== null) {
  byId('step-size').textContent = `${bytes(machine.modelBytes)}, fetched from this site once, and kept on this device.`;
}
draw();
byId('step').addEventListener('click', () => void runStep());
document.documentElement.dataset['state'] = 'checked';
