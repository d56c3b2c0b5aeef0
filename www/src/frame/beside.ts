// What runs of other decoders need, and those that were measured: fetched with the first of them.

export { default as Lab } from './Lab.svelte';
