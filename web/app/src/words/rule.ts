/** A rule of the owner's own, from what a person typed. */

import { filterName } from '@lethe/core';

/** Characters that end a name in an address: with one of them the text is no name, and filterName says so. */
const NOT_IN_NAMES = /[\s/\\:?#@%]/;

/** The one spelling of a rule; international names become punycode first. Throws `bad_request` with what to write instead. */
export function ruleOf(typed: string): string {
  const text = typed.trim();
  return filterName(punycode(text) ?? text);
}

function punycode(text: string): string | null {
  const plain = [...text].every((letter) => letter.codePointAt(0)! < 0x80);
  if (plain || NOT_IN_NAMES.test(text)) return null;
  return URL.parse(`http://${text}`)?.hostname ?? null;
}
