/** Ids of 16 bits from the system's generator, drawn many at a time and each used once. */

import { randomFillSync } from 'node:crypto';
import type { RandomId } from './in-flight.ts';

const POOL = 2048;

export function randomIds(): RandomId {
  const pool = new Uint16Array(POOL);
  let left = 0;
  return () => {
    if (left === 0) {
      randomFillSync(pool);
      left = POOL;
    }
    left -= 1;
    const id = pool[left]!;
    pool[left] = 0;
    return id;
  };
}
