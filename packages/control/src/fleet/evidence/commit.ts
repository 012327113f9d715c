/** The commitment to the looks of an epoch: slots, each a hash of 32 bytes, at places drawn by lot. Pure but for its randomness. */

import { randomBytes, randomInt } from 'node:crypto';
import { CLAIM_IDS, type ClaimId, claimsWith, slotLetters } from '@lethe/core';
import { inclusionOfHashes, rootOfHashes } from '@lethe/tlog';
import { SLOTS, type SlotContent, slotLeaf } from '@lethe/verify';

export interface Commitment {
  root: Buffer;
  slots: number;
  contrary: ClaimId[];
  untested: ClaimId[];
  /** Where each content lies, in their order, and the hashes that prove it. */
  places: { slot: number; blind: Buffer; path: Buffer }[];
}

/** Draws places and blinds, and adds up the verdicts: with no server at all it looks the same as with a thousand clean ones. */
export function commit(contents: readonly SlotContent[]): Commitment {
  let slots = SLOTS;
  while (slots < contents.length) slots *= 2;
  const hashes = Array.from({ length: slots }, () => new Uint8Array(randomBytes(32)));
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const drawn = contents.map((content) => {
    const slot = free.splice(randomInt(free.length), 1)[0]!;
    const blind = randomBytes(32);
    hashes[slot] = new Uint8Array(slotLeaf(content, blind));
    return { slot, blind };
  });
  return {
    root: Buffer.from(rootOfHashes(hashes)),
    slots,
    contrary: claimsOf(contents, 'n'),
    untested: claimsOf(contents, 't'),
    places: drawn.map((place) => ({ ...place, path: Buffer.concat(inclusionOfHashes(hashes, place.slot)) })),
  };
}

/** Claims that have this letter on some server, in order. */
function claimsOf(contents: readonly SlotContent[], letter: 'n' | 't'): ClaimId[] {
  const found = new Set(contents.flatMap((content) => claimsWith(slotLetters(content), letter)));
  return CLAIM_IDS.filter((claim) => found.has(claim));
}
