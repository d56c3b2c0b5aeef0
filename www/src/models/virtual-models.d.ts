// Made by vite.config.ts from public/models at build time.

declare module 'virtual:tempo-models' {
  export const EMBEDDED: Readonly<Record<string, import('./http').Manifest>>;
}
