// What a link asks for before it is painted, in one piece.

export { applyLink, copyLink, saveTrace } from './app/share';
export { default as LinkCard } from './frame/LinkCard.svelte';
