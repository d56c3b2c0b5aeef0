// What comes right after the first picture, in one piece: one request, and better compressed than three.

export { Kept } from '../keep/kept.svelte';
export { default as Inspector } from '../views/Inspector.svelte';
export { default as More } from './More.svelte';
export { default as OptionsOf } from './OptionsOf.svelte';
export { default as Panels } from './Panels.svelte';
