/** Looks through an answer of the resolver for the names it leads to: a tracker can stand behind an alias of the site itself. */

import { copyName, HEADER_BYTES, MAX_NAME_BYTES, skipName, TYPE, uint16 } from './wire.ts';

/** What a judge says of one name: true if it is blocked. */
export type Blocks = (name: Uint8Array) => boolean;

export type Finding = 'clean' | 'blocked' | 'malformed';

/** The name looked at, in wire format. Overwritten after each answer. */
const target = new Uint8Array(MAX_NAME_BYTES);

/**
 * Checks the targets of CNAME, DNAME (RFC 6672), SVCB and HTTPS records (RFC 9460) in the answer section. `questionEnd` is the offset
 * at which that section begins.
 */
export function findAlias(answer: Uint8Array, questionEnd: number, blocks: Blocks): Finding {
  let at = questionEnd;
  try {
    for (let left = uint16(answer, 6); left > 0; left -= 1) {
      const head = skipName(answer, at);
      if (head < 0 || head + 10 > answer.length) return 'malformed';
      const data = head + 10;
      at = data + uint16(answer, head + 8);
      if (at > answer.length) return 'malformed';
      const name = targetOffset(uint16(answer, head), data);
      if (name < 0) continue;
      if (name >= at || skipName(answer, name) > at || copyName(answer, name, target) < 0) return 'malformed';
      if (blocks(target)) return 'blocked';
    }
    return 'clean';
  } finally {
    target.fill(0);
  }
}

/** Offset of the name in a record's data, or -1 for a type that leads nowhere else. */
function targetOffset(type: number, data: number): number {
  if (type === TYPE.CNAME || type === TYPE.DNAME) return data;
  // Behind the priority (RFC 9460 section 2.2).
  return type === TYPE.SVCB || type === TYPE.HTTPS ? data + 2 : -1;
}

/** True if a message is an answer with exactly this question (`end - start` bytes), compared byte by byte: case is a nonce as well. */
export function answersQuestion(answer: Uint8Array, question: Uint8Array, start: number, end: number): boolean {
  if (answer.length < HEADER_BYTES + end - start || (answer[2]! & 0x80) === 0 || uint16(answer, 4) !== 1) return false;
  for (let index = start; index < end; index += 1)
    if (answer[HEADER_BYTES + index - start] !== question[index]) return false;
  return true;
}
