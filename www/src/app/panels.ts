// The panels under the lattice, in their order.

export const PANELS = [
  { id: 'strip', label: 'Slots' },
  { id: 'threshold', label: 'Threshold' },
  { id: 'received', label: 'Received' },
  { id: 'matrix', label: 'Visibility' },
  { id: 'text', label: 'Text' },
] as const;

export type PanelId = (typeof PANELS)[number]['id'];

/** The one that stands open where there is room for one at a time. */
export const FIRST_PANEL: PanelId = 'threshold';
