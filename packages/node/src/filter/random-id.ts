/** Ids of 16 bits from the system's generator, drawn many at a time and each used once. */

import { randomFillSync } from 'node:crypto';
import type { RandomId } from './in-flight.ts';

const POOL = 2048;

let generation = 0;

/** What was drawn and not yet used is used by nobody: a copy of this process has it too. */
export function forgetDrawnIds(): void {
  generation += 1;
}

/** `draw` fills the pool; tests name another. */
export function randomIds(draw: (pool: Uint16Array<ArrayBuffer>) => unknown = randomFillSync): RandomId {
  const pool = new Uint16Array(POOL);
  let left = 0;
  let drawnIn = generation;
  return () => {
    if (left === 0 || drawnIn !== generation) {
      draw(pool);
      left = POOL;
      drawnIn = generation;
    }
    left -= 1;
    const id = pool[left]!;
    pool[left] = 0;
    return id;
  };
}
