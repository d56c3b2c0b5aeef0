// One competitor in a worker of its own: opened once, run whenever asked.

import '/support/gpu-counts.js';

let competitor;

self.addEventListener('message', async ({ data: { open, how } }) => {
  try {
    if (open) {
      competitor = await (await import(`./${open.by}.js`)).open(open);
      self.postMessage({ value: competitor.adapter });
    } else {
      self.postMessage({ value: await competitor.run(how) });
    }
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
});
