// Pictures and files of the views, without a DOM. PNG and the clipboard are in app/png.ts and app/save.ts.

export { PAGE, wholePicture } from './export/choice';
export type { PictureChoice } from './export/choice';
export { csv } from './export/csv';
export { latticeSvg } from './export/lattice';
export { stripSvg } from './export/strip';
export { FONT_TEXT, FONT_TOKEN, about, el, escapeXml, inkOf, label, momentOf, picture } from './export/svg';
export type { Attributes, Ink, Picture } from './export/svg';
