// What runs of other decoders need, fetched with the first of them.

export { default as Beside } from '../views/Beside.svelte';
