/** The commitment to the looks of an epoch: slots, each a hash of 32 bytes, at places drawn by lot. Pure but for its randomness. */

import { randomBytes, randomInt } from 'node:crypto';
import { CLAIM_IDS, type ClaimId, claimsWith, type Letters, NOT_LOOKED, OUT_OF_SCOPE, worse } from '@lethe/core';
import { rootOfHashes } from '@lethe/tlog';
import { SLOTS, type SlotContent, slotLeaf } from '@lethe/verify';

export interface Commitment {
  /** All leaves, 32 bytes each. */
  leaves: Buffer;
  root: Buffer;
  slots: number;
  contrary: ClaimId[];
  untested: ClaimId[];
  /** Where each content lies, in their order. */
  places: { slot: number; blind: Buffer }[];
}

/** Verdicts on a server by what stands in its slot. */
export const lettersOfSlot = ({ inside, outside }: Pick<SlotContent, 'inside' | 'outside'>): Letters =>
  inside === null || outside === null ? NOT_LOOKED : worse(inside, outside);

/** Draws places and blinds, and adds up the verdicts: with no server at all it looks the same as with a thousand clean ones. */
export function commit(contents: readonly SlotContent[]): Commitment {
  let slots = SLOTS;
  while (slots < contents.length) slots *= 2;
  const hashes = Array.from({ length: slots }, () => new Uint8Array(randomBytes(32)));
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const places = contents.map((content) => {
    const slot = free.splice(randomInt(free.length), 1)[0]!;
    const blind = randomBytes(32);
    hashes[slot] = new Uint8Array(slotLeaf(content, blind));
    return { slot, blind };
  });
  const letters = contents.map(lettersOfSlot).reduce(worse, OUT_OF_SCOPE);
  return {
    leaves: Buffer.concat(hashes),
    root: Buffer.from(rootOfHashes(hashes)),
    slots,
    contrary: claimsWith(letters, 'n'),
    untested: untestedOn(contents),
    places,
  };
}

/** Claims that were not tested on some server, in order; also those that another server contradicts. */
function untestedOn(contents: readonly SlotContent[]): ClaimId[] {
  const open = new Set(contents.flatMap((content) => claimsWith(lettersOfSlot(content), 't')));
  return CLAIM_IDS.filter((claim) => open.has(claim));
}
