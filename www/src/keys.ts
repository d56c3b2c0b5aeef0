// The keyboard map of the page (DESIGN.md §1.6) as data, and which command a key press means. Pure.

export type Command =
  | 'play'
  | 'back'
  | 'forward'
  | 'previous-branch'
  | 'next-branch'
  | 'previous-removal'
  | 'next-removal'
  | 'generate'
  | 'threshold'
  | 'visibility'
  | 'attention'
  | 'removed'
  | 'compare'
  | 'explain'
  | 'reading'
  | 'another-reading'
  | 'share'
  | 'save'
  | 'palette'
  | 'help'
  | 'unpin';

export interface KeyRule {
  command: Command;
  key: string;
  label: string;
}

/** Keys that work anywhere outside a text field. All but Escape can be turned off. */
export const KEYS: readonly KeyRule[] = [
  { command: 'play', key: 'k', label: 'Play or pause' },
  { command: 'back', key: ',', label: 'One step back' },
  { command: 'forward', key: '.', label: 'One step on' },
  { command: 'previous-branch', key: '[', label: 'Previous set with several members' },
  { command: 'next-branch', key: ']', label: 'Next set with several members' },
  { command: 'previous-removal', key: '{', label: 'Previous removal' },
  { command: 'next-removal', key: '}', label: 'Next removal' },
  { command: 'generate', key: 'g', label: 'Generate, or stop' },
  { command: 'threshold', key: 't', label: 'Go to the selection threshold' },
  { command: 'visibility', key: 'm', label: 'Next visibility mode' },
  { command: 'attention', key: 'a', label: 'Go to attention received' },
  { command: 'removed', key: 'x', label: 'Show or hide removed members' },
  { command: 'compare', key: 'c', label: 'Compare with the next member' },
  { command: 'explain', key: 'i', label: 'Go to the explanation of the token; Escape returns' },
  { command: 'reading', key: 'v', label: 'Next kind of reading: best fit, top of each set, best as text' },
  { command: 'another-reading', key: 'r', label: 'Another reading' },
  { command: 'share', key: 's', label: 'Copy a link to what you see' },
  { command: 'save', key: 'e', label: 'Save the trace' },
  { command: 'palette', key: '/', label: 'Command palette' },
  { command: 'help', key: '?', label: 'Help' },
  { command: 'unpin', key: 'Escape', label: 'Unpin the selected token' },
];

/** Keys that a focused part answers to by itself; listed in the help. */
export const LOCAL_KEYS: readonly { where: string; keys: string; label: string }[] = [
  { where: 'Lattice', keys: '← →', label: 'Previous or next position' },
  { where: 'Lattice', keys: '↑ ↓', label: 'Previous or next member of the set' },
  { where: 'Lattice', keys: 'Home End', label: 'First or last position' },
  { where: 'Lattice', keys: 'Page Up, Page Down', label: 'Eight positions' },
  { where: 'Lattice', keys: 'Enter, Space', label: 'Pin the token' },
  { where: 'Lattice', keys: 'Shift Enter', label: 'Compare with the pinned token' },
  { where: 'Matrix', keys: '← → ↑ ↓', label: 'Move the cell that is read out' },
  { where: 'Time', keys: '← → Home End', label: 'Move through the steps' },
];

/** What a key press is, freed from the DOM. */
export interface Press {
  key: string;
  ctrl: boolean;
  alt: boolean;
  meta: boolean;
  /** The focus is where keys make text or choose a value. */
  typing: boolean;
  /** A dialog is open and answers by itself. */
  dialog: boolean;
}

export function commandFor(press: Press, singleKeys: boolean): Command | null {
  if (press.ctrl || press.alt || press.meta || press.dialog) return null;
  if (press.key === 'Escape') return 'unpin';
  if (press.typing || !singleKeys) return null;
  return KEYS.find((rule) => rule.key === press.key)?.command ?? null;
}

/** Input types in which a letter does nothing by itself, so that a shortcut may have it. */
const QUIET_INPUTS = new Set(['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'file', 'color', 'image']);

/** Whether an element takes letters for itself: text fields, and lists that jump to what is typed. */
export function takesLetters(element: { tag: string; type: string; editable: boolean; role: string | null }): boolean {
  if (element.editable) return true;
  const tag = element.tag.toLowerCase();
  if (tag === 'textarea' || tag === 'select') return true;
  if (tag === 'input') return !QUIET_INPUTS.has(element.type.toLowerCase());
  return element.role === 'textbox' || element.role === 'combobox' || element.role === 'listbox';
}
