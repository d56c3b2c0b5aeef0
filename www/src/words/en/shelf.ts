// What the shelf of models says around what each of them says of itself.

import { bytes } from '../../format';

/** Two digits: a cache grows with the text, and other formats take other room. */
const about = (size: number): string => bytes(Number(size.toPrecision(2)));

export const words = {
  title: 'One press away',
  from: 'Fetched from huggingface.co, kept on this device, computed here. The story model comes with this page.',
  facts: (download: number, memory: number) => `${bytes(download)} to fetch · about ${about(memory)} of memory`,
  here: 'on this device',
  partly: (size: number) => `${bytes(size)} are here`,
  inUse: 'in use now',
  tooLarge: (memory: number) => `This device says it has about ${bytes(memory)} of memory in all: likely too little.`,
  noRoom: (room: number) =>
    `The browser has room for ${bytes(room)}: it will not be kept, and is fetched again next time.`,
  fetch: (size: number) => `Fetch ${bytes(size)}, run`,
  run: 'Run',
  goOn: 'Go on',
  of: (action: string, name: string) => `${action}: ${name}`,
  more: 'More',
  moreWhat: 'any other model, where it computes, how exactly',
};
