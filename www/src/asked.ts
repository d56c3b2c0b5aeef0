// What is fetched when it is asked for, in one piece: every file of its own would list again what it takes from the page,
// and stand in the page's list of files.

export { Tour } from './app/tour.svelte';
export { latticeSvg } from './export/lattice';
export { stripSvg } from './export/strip';
export { default as Dialogs } from './frame/Dialogs.svelte';
export { default as RunSettings } from './frame/RunSettings.svelte';
export { default as TourCard } from './frame/Tour.svelte';
export { default as WordMenu } from './views/lattice/WordMenu.svelte';
export { default as SaveChoices } from './views/SaveChoices.svelte';
