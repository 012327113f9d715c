/** Names: what they may look like, and finding one thing by its name or by the beginning of its id. */

import { LetheError } from '@lethe/core';

const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._'-]{0,38}[\p{L}\p{M}\p{N}._'-])?$/u;

/** A usable name, trimmed and in Unicode normal form C. Throws `bad_request`. */
export function checkName(text: string): string {
  const name = text.trim().normalize('NFC');
  if (!NAME.test(name)) {
    throw new LetheError(
      'bad_request',
      'A name has 1 to 40 letters, digits, spaces, dots, hyphens or underscores, and starts with a letter or digit. Nothing was changed.',
    );
  }
  return name;
}

/** Names are compared without regard to case. */
export const sameName = (a: string, b: string): boolean =>
  a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();

/** The first of `base`, `base-2`, `base-3`, … that is not taken. */
export function freeName(base: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.some((other) => sameName(name, other))) return name;
  }
}

/**
 * Finds one thing by name, or by an id or the beginning of one that no other shares. `what` is the word for messages.
 * Without a reference, the only one there is. Throws `not_found`, or `bad_request` if more than one fits.
 */
export function findOne<T>(
  things: readonly T[],
  ref: string | undefined,
  what: string,
  nameOf: (thing: T) => string | null,
  idOf: (thing: T) => string,
): T {
  if (ref === undefined) {
    if (things.length === 1) return things[0]!;
    if (things.length === 0) throw new LetheError('not_found', `There is no ${what} yet.`);
    throw new LetheError('bad_request', `There are ${things.length} ${what}s: say which one.`);
  }
  const byName = things.filter((thing) => sameName(nameOf(thing) ?? '', ref));
  if (byName.length === 1) return byName[0]!;
  const fits = byName.length > 0 ? byName : things.filter((thing) => ref !== '' && idOf(thing).startsWith(ref));
  if (fits.length === 1) return fits[0]!;
  if (fits.length === 0)
    throw new LetheError('not_found', `There is no ${what} with that name or id. Nothing was changed.`);
  throw new LetheError(
    'bad_request',
    `More than one ${what} fits that name or id: give more of it. Nothing was changed.`,
  );
}
