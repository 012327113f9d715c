/** What an inventory must be like to count as one. Pure. */

import { ENGINE_KINDS } from './engine.ts';
import { INVENTORY_PLACES, PROBES, type StateEntry } from './inventory.ts';

/** Ids of the claims that an entry may refer to: CL-01 to CL-19. */
const CLAIM = /^CL-(0[1-9]|1[0-9])$/;
const ID = /^[a-z][a-z0-9-]*[a-z0-9]$/;
const TEXTS = ['object', 'medium', 'clearedBy', 'what', 'why'] as const;
const FIELDS = [
  ...TEXTS,
  'id',
  'place',
  'engines',
  'fields',
  'linkable',
  'activity',
  'boundS',
  'boundFrom',
  'limit',
  'probe',
  'notMeasured',
  'claims',
] as const satisfies readonly (keyof StateEntry)[];

/** Everything that is wrong with an inventory, in words; empty if nothing is. */
export function inventoryProblems(entries: readonly StateEntry[]): string[] {
  const probes = entries.flatMap(({ probe }) => probe ?? []);
  const ids = entries.map(({ id }) => id);
  return [
    ...entries.flatMap(entryProblems),
    ...twice(ids).map((id) => `${id}: is there twice`),
    ...twice(probes).map((probe) => `${probe}: two entries have this probe`),
    ...PROBES.filter((probe) => !probes.includes(probe)).map((probe) => `${probe}: no entry has this probe`),
  ];
}

const twice = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

function entryProblems(entry: StateEntry): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) problems.push(`${String(entry.id)}: ${what}`);
  };
  const keys = Object.keys(entry);
  for (const field of FIELDS) must(keys.includes(field), `has no ${field}`);
  for (const key of keys) must((FIELDS as readonly string[]).includes(key), `has ${key}, which means nothing`);
  if (problems.length > 0) return problems;
  must(ID.test(entry.id), 'is not an id');
  for (const field of TEXTS) must(isText(entry[field]), `${field} is empty`);
  must(INVENTORY_PLACES.includes(entry.place), 'is in no place that there is');
  must(isList(entry.engines) && entry.engines.every((kind) => ENGINE_KINDS.includes(kind)), 'engines are wrong');
  must(isList(entry.fields) && entry.fields.every(isText), 'holds nothing');
  must(isList(entry.claims) && entry.claims.every((claim) => CLAIM.test(claim)), 'claims are wrong');
  must(typeof entry.linkable === 'boolean' && typeof entry.activity === 'boolean', 'linkable or activity is unsaid');
  must(entry.boundS === null || (Number.isSafeInteger(entry.boundS) && entry.boundS > 0), 'bound is no time');
  must(entry.boundS === null ? entry.boundFrom === null : isText(entry.boundFrom), 'counts its bound from nothing');
  must(entry.limit ? entry.boundS === null : entry.limit === false, 'is a limit with a bound, or neither');
  must(!entry.activity || entry.limit || entry.boundS !== null, 'comes from what devices do and has no bound');
  must(!entry.limit || entry.probe === null, 'is a limit and has a probe: a probe needs a bound to hold it against');
  must((entry.probe === null) !== (entry.notMeasured === null), 'needs a probe or a reason, and not both');
  must(entry.probe === null || PROBES.includes(entry.probe), 'has a probe that there is not');
  must(entry.probe === null || entry.place === 'server', 'only a server measures itself');
  must(entry.notMeasured === null || isText(entry.notMeasured), 'the reason is empty');
  return problems;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
