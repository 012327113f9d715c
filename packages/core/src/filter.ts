/** What the owner chooses for the filter of a server: which categories it blocks, how it says so, and rules of the owner's own. */

import { CATEGORIES, type Category } from './block-table.ts';
import type { Json } from './canonical.ts';
import { LetheError } from './errors.ts';

export interface FilterChoices {
  /** Each at most once, in the order of `CATEGORIES`. */
  categories: Category[];
  /** What a blocked name is answered with: "no such domain", or the address that leads nowhere (0.0.0.0 and ::). */
  answer: 'nxdomain' | 'zero';
  /** True if browsers and systems are told not to bypass the filter with a resolver of their own. */
  signals: boolean;
  /** Names that are blocked with everything below them, normalised: see `filterName`. */
  block: string[];
  /** Names that are never blocked, nor anything below them. */
  allow: string[];
}

/** What a server filters before its owner has chosen anything. */
export const DEFAULT_CHOICES: FilterChoices = {
  categories: ['ads', 'trackers', 'malware'],
  answer: 'nxdomain',
  signals: true,
  block: [],
  allow: [],
};

/** Rules of both kinds together. */
export const MAX_FILTER_RULES = 200;
/** Longest domain name in text (RFC 1035 section 2.3.4: 255 bytes on the wire). */
export const MAX_NAME_LENGTH = 253;

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The one spelling of a rule: lower case, no dot at the end. International names come in as punycode. Throws `bad_request` with what to
 * write instead; the message never holds the name itself.
 */
export function filterName(text: unknown): string {
  if (typeof text !== 'string' || text.length === 0) return bad('a rule is not a name');
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length > MAX_NAME_LENGTH) return bad(`a rule is longer than ${MAX_NAME_LENGTH} characters`);
  if (name.includes('*')) return bad('a rule has a star: a name without it covers everything below it already');
  const labels = name.split('.');
  if (!labels.every((label) => LABEL.test(label)))
    return bad('a rule is not a domain name: write it like ads.example.com, without https:// or a path');
  if (/^[0-9]+$/.test(labels.at(-1)!)) return bad('a rule is an address: the filter knows names only');
  return name;
}

/** Checks and normalises choices from outside. Throws `bad_request`. */
export function checkFilterChoices(value: Json): FilterChoices {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('they are not an object');
  if (Object.keys(value).toSorted().join() !== 'allow,answer,block,categories,signals')
    return bad('they have other fields than the format');
  const { categories, answer, signals, block, allow } = value;
  if (!Array.isArray(categories) || !categories.every((category) => CATEGORIES.includes(category as Category)))
    return bad(`the categories are ${CATEGORIES.join(', ')}`);
  if (answer !== 'nxdomain' && answer !== 'zero') return bad('the answer is nxdomain or zero');
  if (typeof signals !== 'boolean') return bad('signals is true or false');
  if (!Array.isArray(block) || !Array.isArray(allow)) return bad('block and allow are lists of names');
  if (block.length + allow.length > MAX_FILTER_RULES) return bad(`there are more than ${MAX_FILTER_RULES} rules`);
  return {
    categories: CATEGORIES.filter((category) => categories.includes(category)),
    answer,
    signals,
    block: [...new Set(block.map(filterName))],
    allow: [...new Set(allow.map(filterName))],
  };
}

function bad(why: string): never {
  throw new LetheError('bad_request', `The choices for the filter are refused: ${why}. Nothing was changed.`);
}
