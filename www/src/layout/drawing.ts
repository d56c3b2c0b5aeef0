// A drawing as data: boxes, lines and letters with the role that gives them their colour. The screen and the saved picture
// draw the same one.

export type Role = 'ink' | 'soft' | 'edge' | 'prompt' | 'single' | 'sibling' | 'removed';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  role: Role;
  /** The role's colour, the ground, or a colour of a scale; none: a frame. */
  fill: 'role' | 'ground' | 'none' | `#${string}`;
  /** Width of its outline. */
  stroke: number;
  dashed?: boolean;
  /** What a press on it asks for. */
  key?: number;
}

/** How round its corners are: a thin bar is no pill. */
export function corner({ width, height }: Box): number {
  return Math.min(4, width / 4, height / 4);
}

export interface Line {
  d: string;
  role: Role;
  width: number;
  dashed?: boolean;
}

export interface Letters {
  x: number;
  y: number;
  text: string;
  /** A role, or what is read on a colour of a scale. */
  role: Role | `#${string}`;
  /** In the token face. */
  token?: boolean;
  bold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
}

export interface Drawing {
  width: number;
  height: number;
  lines: Line[];
  boxes: Box[];
  letters: Letters[];
}

/** Sizes of a drawing from those of its letters, in px: width of a character of the token face, size of the letters. */
export interface DrawingSizes {
  ch: number;
  em: number;
}
