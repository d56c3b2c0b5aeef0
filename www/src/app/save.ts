// Out of the page: a file, or the clipboard.

import { NO_CLIPBOARD } from '../words/en/save';

/** Offers a file by a link that is clicked at once. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the address when the click returns; a later tick is for those that have not.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function saveText(name: string, type: string, text: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** Browsers hide it over http, whatever the types say. */
const clipboard = (): Clipboard | undefined => (navigator as { clipboard?: Clipboard }).clipboard;

export async function copyText(text: string): Promise<void> {
  const modern = clipboard();
  if (modern) await modern.writeText(text);
  else copySelection(text);
}

/** The way of old: a field with the text, selected, and the command. */
function copySelection(text: string): void {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  // Beside a dialog that is open nothing can be selected.
  (before?.closest('dialog, [popover]') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  if (!copied) throw new Error(NO_CLIPBOARD);
}

/** Text that has to be made first. The promise is handed over inside the click: Safari refuses what comes later. */
export async function copyLater(make: () => string | Promise<string>): Promise<void> {
  const modern = clipboard();
  if (!modern) return copySelection(await make());
  const type = 'text/plain';
  const blob = async (): Promise<Blob> => new Blob([await make()], { type });
  await modern.write([new ClipboardItem({ [type]: blob() })]);
}

/** The same for a picture, which has no other way. */
export async function copyPng(make: () => Promise<Blob>): Promise<void> {
  const modern = clipboard();
  if (!modern) throw new Error(NO_CLIPBOARD);
  await modern.write([new ClipboardItem({ 'image/png': make() })]);
}
