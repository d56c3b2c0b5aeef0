export interface Manifest {
  files: { name: string; bytes: number; sha256: string }[];
}
export function modelManifest(folder: string): Promise<Manifest>;
export function modelManifests(folder: string): Promise<Record<string, Manifest>>;
