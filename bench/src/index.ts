/**
 * Bench: every measurement of the project behind one door, `npm run bench -- NAME [--json]`. A measurement is a file in `benches/`;
 * its goals are in `goals.json` under its name. Things that are compared are measured alternately in the same run, on the same
 * machine, and shown as a ratio of medians: absolute numbers say more about the machine than about Lethe.
 */

export type { Bench, BenchContext, Measurement } from './bench.ts';
export { type Judged, judge, meets } from './goals.ts';
export { median } from './statistics.ts';
