import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

const source = fileURLToPath(new URL('src/', import.meta.url));
const components = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.svelte'))
  .sort();

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    // A component without state would else bring Svelte's old mode along for all of them.
    runes: true,
    discloseVersion: false,
    // The scope of a component's styles stands in front of every rule: a short number instead of a dozen random letters,
    // which no compression makes smaller.
    cssHash: ({ hash, filename, css }) => {
      const path = (filename ?? '').replaceAll('\\', '/');
      const at = components.findIndex((name) => path === `src/${name}` || path.endsWith(`/src/${name}`));
      return at < 0 ? `s${hash(filename ?? css)}` : `s${at.toString(36)}`;
    },
  },
};
