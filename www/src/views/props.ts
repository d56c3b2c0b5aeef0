// What every view is given. A view draws and asks; it computes nothing.

import type { Slot } from '../contract';
import type { Trace, ViewState } from '../view-state';

export interface ViewProps {
  trace: Trace;
  view: ViewState;
  selected: Slot | null;
  compared: Slot | null;
  select(slot: Slot | null, how?: 'pin' | 'compare'): void;
  seek(step: number): void;
}
