// Out of the page: a file, or the clipboard.

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

function clipboard(): Clipboard {
  // Missing outside of secure contexts, whatever the types say.
  const found = (navigator as { clipboard?: Clipboard }).clipboard;
  if (!found) throw new Error('this address may not use the clipboard; save a file instead');
  return found;
}

export async function copyText(text: string): Promise<void> {
  await clipboard().writeText(text);
}

/** Text that has to be made first. The promise is handed over inside the click: Safari refuses what comes later. */
export async function copyLater(make: () => string | Promise<string>): Promise<void> {
  const type = 'text/plain';
  const blob = async (): Promise<Blob> => new Blob([await make()], { type });
  await clipboard().write([new ClipboardItem({ [type]: blob() })]);
}

/** The same for a picture. */
export async function copyPng(make: () => Promise<Blob>): Promise<void> {
  await clipboard().write([new ClipboardItem({ 'image/png': make() })]);
}
