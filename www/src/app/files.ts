// Files dropped on the page: which they are, and the files inside a dropped folder.

export type Dropped = { kind: 'trace'; file: File } | { kind: 'model'; files: File[] } | { kind: 'unknown' };

const TRACE = /\.(jsonl|ndjson)$/i;
const MODEL = /(\.safetensors|\.gguf|^config\.json|^tokenizer\.json|\.index\.json|^generation_config\.json)$/i;

export function sortFiles(files: readonly File[]): Dropped {
  const [only] = files;
  if (files.length === 1 && only && TRACE.test(only.name)) return { kind: 'trace', file: only };
  if (files.some((file) => MODEL.test(file.name))) return { kind: 'model', files: [...files] };
  return { kind: 'unknown' };
}

function entryFiles(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return new Promise((resolve) =>
      (entry as FileSystemFileEntry).file(
        (file) => resolve([file]),
        () => resolve([]),
      ),
    );
  }
  // A model's folder is flat; what lies deeper is left alone. A reader hands out a part at a time.
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  return new Promise((resolve) => {
    const found: FileSystemEntry[] = [];
    const more = (): void =>
      reader.readEntries(
        (part) => {
          if (part.length > 0) {
            found.push(...part);
            more();
            return;
          }
          void Promise.all(found.filter((inner) => inner.isFile).map(entryFiles)).then((lists) =>
            resolve(lists.flat()),
          );
        },
        () => resolve([]),
      );
    more();
  });
}

/** All files of a drop. The entries have to be taken before the first await: afterwards the browser has emptied them. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map(entryFiles))).flat();
}
