// A model on its way. Apart from the words of its choice, because the first picture has these.

import { bytes, duration } from '../../format';
import type { Progress } from '../../models/source';

const TITLES: Readonly<Record<Progress['phase'], string>> = {
  list: 'Asking for the list of files',
  download: 'Fetching',
  verify: 'Checking what is already here',
  device: 'The model is put on the device',
};

export const words = {
  titles: TITLES,
  starting: 'Starting the engine',
  preparing: 'Preparing',
  preparingDevice: 'Preparing the device',
  programs: (done: number, total: number) => `${done} of ${total} programs compiled`,
  bytes: (done: number, total: number | null) => (total === null ? bytes(done) : `${bytes(done)} of ${bytes(total)}`),
  left: (seconds: number) => `${duration(seconds)} left`,
  file: (name: string, index: number, count: number) => (count > 1 ? `${name}, file ${index} of ${count}` : name),
  goesOnAfter: (size: number) => `goes on after ${bytes(size)}`,
  stop: 'Stop; it goes on from here later',
};
