/** One list of blocked domains in the form of each program, and the questions that are asked about it. */

import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { encodeBlockTable, hashName } from '@lethe/core/block-table';
import { DEFAULT_CHOICES } from '@lethe/core/filter';

export const DOMAINS = 1_000_000;
/** Questions of a load; asked again from the start. */
const QUESTIONS = 20_000;
/** Different names that are not blocked: all are in every cache after the first pass. */
const CACHED_NAMES = 1000;
/** The zone they are in. */
export const CACHED_ZONE = 'cached.test';
/** Prime to the number of domains, so that the questions jump over the whole list. */
const STRIDE = 7919;

/** `blocked`: names of the list; `cached`: names that are passed; `mixed`: one fifth blocked. */
export const LOADS = ['blocked', 'cached', 'mixed'] as const;
export type Load = (typeof LOADS)[number];

const domain = (index: number): string => `b${index}.list${index % 977}.example`;
const blocked = (index: number): string => domain((index * STRIDE) % DOMAINS);
const cached = (index: number): string => `c${index % CACHED_NAMES}.${CACHED_ZONE}`;

const NAMES: Record<Load, (index: number) => string> = {
  blocked,
  cached,
  mixed: (index) => (index % 5 === 0 ? blocked(index) : cached(index)),
};

export interface Lists {
  /** Directory of the filter: its table is already there. */
  filterDirectory: string;
  rpz: string;
  localZones: string;
  dnsmasq: string;
  questions: Record<Load, string>;
}

/** Writes everything below a directory. `filterDirectory` has to exist. */
export async function writeLists(directory: string, filterDirectory: string): Promise<Lists> {
  const at = (name: string): string => join(directory, name);
  const lists: Lists = {
    filterDirectory,
    rpz: at('rpz.zone'),
    localZones: at('local-zones.conf'),
    dnsmasq: at('dnsmasq.conf'),
    questions: { blocked: at('blocked'), cached: at('cached'), mixed: at('mixed') },
  };
  const hashes = Array.from({ length: DOMAINS }, (_, index) => hashName(domain(index)));
  writeFileSync(join(filterDirectory, 'table.bin'), await encodeBlockTable('bench', { ads: hashes }));
  writeFileSync(join(filterDirectory, 'choices.json'), JSON.stringify({ ...DEFAULT_CHOICES, categories: ['ads'] }));
  const soa = '$TTL 300\n@ SOA localhost. root.localhost. 1 3600 600 86400 300\n@ NS localhost.\n';
  // The others block what is below a name too: a policy zone needs a second record for that.
  await writeLines(lists.rpz, soa, (name) => `${name} CNAME .\n*.${name} CNAME .\n`);
  await writeLines(lists.localZones, 'server:\n', (name) => `local-zone: "${name}." always_nxdomain\n`);
  await writeLines(lists.dnsmasq, '', (name) => `address=/${name}/\n`);
  for (const load of LOADS) {
    const lines = Array.from({ length: QUESTIONS }, (_, index) => `${NAMES[load](index)} A\n`);
    writeFileSync(lists.questions[load], lines.join(''));
  }
  return lists;
}

async function writeLines(path: string, head: string, line: (name: string) => string): Promise<void> {
  const stream = createWriteStream(path);
  stream.write(head);
  const part = 10_000;
  for (let first = 0; first < DOMAINS; first += part) {
    let text = '';
    for (let index = first; index < first + part; index += 1) text += line(domain(index));
    stream.write(text);
  }
  stream.end();
  await finished(stream);
}
