// What the view of slots and positions says.

import { plural } from '../../format';

export const words = {
  title: 'One place, several rows',
  /** The name that the field has for it. */
  term: 'Slots and positions',
  help:
    'Every token that the model computes leaves a row of numbers in its memory (the cache), so that later tokens can ' +
    'look back at it. Above are these rows in the order in which they were filled: the number of each is its slot. ' +
    'Below are the positions: where in the text the model takes a token to stand. A ribbon joins a slot to its ' +
    'position. The members of a set lie side by side above and meet at one number below: for every other token they ' +
    'are equally far away. With a token pinned or pointed at, those that go with it (its kin) are filled, the more the ' +
    'larger their share. A masked row is hatched: it is still held, and no later token sees it. An evicted row is a ' +
    'gap: its memory was given back.',

  giveEach: 'Give each its own position',
  facts: (slots: number, positions: number, held: number, visible: number) => [
    `${plural(slots, 'slot')} (places in the model’s memory) at ${plural(positions, 'position')} (places in the text)`,
    `${plural(held, 'row')} held, ${visible} visible`,
  ],
  givenBack: (rows: number) => `${plural(rows, 'row')} given back`,
  keys: 'Left and Right move by slot, Enter selects, Shift and Enter compares, Escape unpins.',
  ownAlready: 'In this run every member has a position of its own (option positions = consecutive).',
  own: (lastOwn: number, last: number) =>
    `Dashed: one position for each slot. The last one would sit at ${lastOwn} instead of ${last}. What such a run would ` +
    'have said is not known from this one; it would have to be made (option positions = consecutive).',

  slots: 'Slots in the order in which they were filled',
  row: { held: 'row held', masked: 'row held but masked', freed: 'row given back' },
  slot: (slot: number, position: number, row: string, token: string, kin: string) =>
    `Slot ${slot}, position ${position}, ${row}: ${token}${kin === '' ? '' : `, ${kin}`}`,
};
