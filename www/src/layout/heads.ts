// Attention of one step taken apart by layer and head: what each head gave to one key, and to all of them.

import type { AttentionMaps, Slot } from '../contract';

export interface HeadCell {
  layer: number;
  head: number;
  /** Attention that the looked-at slot received in this head; null when it is not among the keys. */
  value: number | null;
  /** The same for every key, in the order of the maps. */
  profile: Float64Array;
}

/** Mean over the queries of one head, per key. Without the first token when asked: its part is shared out. */
function profileOf(maps: AttentionMaps, layer: number, head: number, ignoreFirst: boolean): Float64Array {
  const queries = maps.queries.length;
  const keys = maps.keys.length;
  const sums = new Float64Array(keys);
  const start = (layer * maps.heads + head) * queries * keys;
  for (let query = 0; query < queries; query++) {
    for (let key = 0; key < keys; key++) {
      sums[key] = (sums[key] ?? 0) + (maps.weights[start + query * keys + key] ?? 0) / Math.max(1, queries);
    }
  }
  const first = ignoreFirst ? maps.keys.indexOf(0) : -1;
  if (first < 0) return sums;
  const rest = 1 - (sums[first] ?? 0);
  sums[first] = 0;
  return rest > 0 ? sums.map((value) => value / rest) : sums;
}

/** Layers from the first down, heads across. */
export function headGrid(maps: AttentionMaps, slot: Slot | null, ignoreFirst: boolean): HeadCell[] {
  const key = slot === null ? -1 : maps.keys.indexOf(slot);
  return Array.from({ length: maps.layers * maps.heads }, (_, index) => {
    const layer = Math.floor(index / maps.heads);
    const head = index % maps.heads;
    const profile = profileOf(maps, layer, head, ignoreFirst);
    return { layer, head, value: key < 0 ? null : (profile[key] ?? 0), profile };
  });
}

/** A profile as one path of bars in a box; keys that are many share a bar (the largest of them counts). */
export function profilePath(profile: Float64Array, width: number, height: number): string {
  const bars = Math.min(profile.length, Math.floor(width / 2));
  if (bars === 0) return '';
  const tall = Math.max(1e-9, ...profile);
  const step = width / bars;
  let path = '';
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * profile.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * profile.length) / bars));
    let value = 0;
    for (let key = from; key < to; key++) value = Math.max(value, profile[key] ?? 0);
    const rise = (value / tall) * height;
    if (rise < 0.3) continue;
    const x = (bar * step).toFixed(1);
    path += `M${x} ${height}v${(-rise).toFixed(1)}h${(step - 0.4).toFixed(1)}v${rise.toFixed(1)}z`;
  }
  return path;
}

export interface KeyWeight {
  slot: Slot;
  weight: number;
}

/** The keys of a head that got most, with one slot always among them. */
export function topKeys(maps: AttentionMaps, profile: Float64Array, most: number, always: Slot | null): KeyWeight[] {
  const all = maps.keys.map((slot, index) => ({ slot, weight: profile[index] ?? 0 }));
  all.sort((a, b) => b.weight - a.weight || a.slot - b.slot);
  const top = all.slice(0, most);
  const own = all.find(({ slot }) => slot === always);
  if (own && !top.includes(own)) top[top.length - 1] = own;
  return top;
}
