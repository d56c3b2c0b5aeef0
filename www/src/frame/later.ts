// What comes right after the first picture, in one piece: one request, and better compressed than several.

export { latticeTable, stepsTable } from '../describe/tables';
export { Kept } from '../keep/kept.svelte';
export { deleteModel, listModels, storageReport } from '../models/library';
export { default as Inspector } from '../views/Inspector.svelte';
export { default as ReadingList } from '../views/lattice/ReadingList.svelte';
export { default as TableView } from '../views/TableView.svelte';
export { default as Figures } from './Figures.svelte';
export { default as Notices } from './Notices.svelte';
export { default as OnPaper } from './OnPaper.svelte';
export { default as OptionsOf } from './OptionsOf.svelte';
export { default as Panels } from './Panels.svelte';
export { default as PromptNote } from './PromptNote.svelte';
export { default as Progress } from './Progress.svelte';
export { default as WhatIf } from './WhatIf.svelte';
export { default as WhyLine } from './WhyLine.svelte';
