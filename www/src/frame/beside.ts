// What runs of other decoders need, and those that were measured: fetched with the first of them.

export { default as Beside } from '../views/Beside.svelte';
export { default as Meter } from '../views/Meter.svelte';
