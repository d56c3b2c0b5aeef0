// What is measured of one run, in the same way for everybody: the time of every step, and what it asked of WebGPU.

import '/support/gpu-counts.js';

/** Takes `count` steps after one that is not measured, since the first of its shape may compile. */
export async function measure(count, step) {
  const passes = [];
  const walls = [];
  const counted = [];
  for (let at = -1; at < count; at += 1) {
    const before = self.gpuCounts();
    const begun = performance.now();
    const pass = await step();
    const wall = performance.now() - begun;
    if (at < 0) continue;
    const after = self.gpuCounts();
    passes.push(pass);
    walls.push(wall);
    counted.push(Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])));
  }
  return { walls, passes, counted };
}

/** Mean number of cache rows that a pass of the measured steps looks at, after a prompt and with `set` new rows a step. */
export function meanContext(prompt, set, count) {
  return prompt + (set * (count + 3)) / 2;
}
