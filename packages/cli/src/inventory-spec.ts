/** The state inventory as it lies in spec/. */

import { readFileSync } from 'node:fs';
import { inventoryProblems, LetheError, type StateEntry } from '@lethe/core';

const SPEC = new URL('../../../spec/state-inventory.json', import.meta.url);

/** Its entries. Throws `internal` if it is not complete: nothing may be held against a list with holes. */
export function stateEntries(): StateEntry[] {
  const { entries } = JSON.parse(readFileSync(SPEC, 'utf8')) as { entries: StateEntry[] };
  if (inventoryProblems(entries).length > 0)
    throw new LetheError(
      'internal',
      'spec/state-inventory.json of this installation is not complete. Nothing was asked.',
    );
  return entries;
}
