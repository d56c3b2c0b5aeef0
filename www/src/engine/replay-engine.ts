// A recorded trace behind the interface of an engine: what can be played is played, the rest says why it cannot.

import type { AttentionMaps, WorkCounts, DeviceReport, EndEvent, ModelEvent, RunEvent, StepEvent } from '../contract';
import type { Engine, EngineState, Notice } from '../engine';
import type { Loaded, Need } from '../models/source';
import type { Trace } from '../view-state';
import { EngineError } from './errors';

export class ReplayEngine implements Engine {
  state: EngineState = 'closed';
  device: DeviceReport | null = null;
  loaded: Loaded<ModelEvent> | null = null;
  onstate: ((state: EngineState) => void) | null = null;
  onnotice: ((notice: Notice) => void) | null = null;
  onlost: ((why: EngineError) => void) | null = null;

  /** Steps played; the end event counts as one more. */
  private played = 0;

  constructor(private readonly trace: Trace) {}

  async open(): Promise<DeviceReport> {
    this.device = {
      kind: 'cpu',
      name: 'recorded run',
      chosen_for: 'asked',
      reason: 'a recorded run needs no device',
      software: false,
      threads: null,
      max_binding_bytes: null,
      max_buffer_bytes: null,
      features: [],
    };
    this.to('ready');
    return this.device;
  }

  async need(): Promise<Need> {
    throw recorded('a recorded run has no weights');
  }

  async load(): Promise<Loaded<ModelEvent>> {
    const device = await this.open();
    this.loaded = { model: this.trace.run.model, device, key: null, storage: 'source', kept: true, bytes: 0 };
    return this.loaded;
  }

  /** The prompt and the options are those of the recording, whatever is asked. */
  async begin(): Promise<RunEvent> {
    this.played = 0;
    this.to('running');
    return this.trace.run;
  }

  async step(): Promise<StepEvent | EndEvent | null> {
    if (this.state !== 'running') return null;
    const step = this.trace.steps[this.played++];
    if (step) return step;
    this.to('ready');
    return this.trace.end;
  }

  async change(): Promise<void> {
    throw recorded('the options of a recorded run cannot be changed');
  }

  /** The recorded end, early: a recording has no other. */
  async stop(): Promise<EndEvent | null> {
    if (this.state !== 'running') return null;
    this.to('ready');
    return this.trace.end;
  }

  async attention(step: number): Promise<AttentionMaps> {
    throw new EngineError(
      'attention-gone',
      `the attention maps of step ${step} are not in the recording; run it live to see them`,
    );
  }

  async counts(): Promise<WorkCounts> {
    const device = { device_bytes: null, device_reserved_bytes: null, heap_bytes: 0 };
    return { passes: 0, readbacks: 0, bytes_read: 0, ...device };
  }

  close(): void {
    this.to('closed');
  }

  private to(state: EngineState): void {
    if (this.state === state) return;
    this.state = state;
    this.onstate?.(state);
  }
}

function recorded(what: string): EngineError {
  return new EngineError('recorded', `${what}; run it live`);
}
