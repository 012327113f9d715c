/** What the verbs of `lethe blocklist` do. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { domainToASCII } from 'node:url';
import { CATEGORIES, type Category, filterName, hashName, LetheError, openBlockTable } from '@lethe/core';
import {
  type Compiled,
  compileTable,
  DEFAULT_SOURCES,
  type ListCounts,
  readSources,
  tablePath,
  updateTable,
  writeWhole,
} from '@lethe/host/blocklist/index';
import type { Io } from '../io.ts';
import { facts, good, table } from '../output.ts';
import type { Result } from '../run.ts';

type BuildFlags = { out: string; listVersion?: string } & Record<Category, string[]>;
interface DataFlags {
  data: string;
  sources?: string;
}

const here = (path: string): string => resolve(process.env['LETHE_CALLED_FROM'] ?? process.cwd(), path);
const today = (): string => new Date().toISOString().slice(0, 10).replaceAll('-', '');
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function build(io: Io, flags: BuildFlags): Promise<Result> {
  const lists = CATEGORIES.flatMap((category) => flags[category].map((path) => ({ category, path: here(path) })));
  if (lists.length === 0)
    throw new LetheError(
      'bad_request',
      `Name a list, like --ads FILE (${CATEGORIES.join(', ')}). Nothing was written.`,
    );
  io.progress.step('Reading lists');
  const compiled = await compileTable(lists, flags.listVersion ?? today(), (counts) => io.progress.step(counts.path));
  await writeWhole(here(flags.out), compiled.table);
  io.progress.end();
  return told(compiled, flags.out);
}

export async function update(io: Io, flags: DataFlags): Promise<Result> {
  const sources = await readSources(flags.sources === undefined ? DEFAULT_SOURCES : here(flags.sources));
  const compiled = await updateTable(here(flags.data), sources, today(), (what) =>
    io.progress.step('fetching' in what ? `Fetching ${what.fetching}` : `Read ${what.names} names`),
  );
  io.progress.end();
  return told(compiled, tablePath(here(flags.data)));
}

function told({ table: bytes, lists, names }: Compiled, out: string): Result {
  const row = ({ category, path, lines, names: taken, allowed, skipped, broken }: ListCounts) =>
    [category, path, lines, taken, allowed, skipped, broken] as const;
  const header = ['CATEGORY', 'LIST', 'LINES', 'NAMES', 'EXCEPTIONS', 'SKIPPED', 'BROKEN'];
  const total = Object.values(names).reduce((sum, count) => sum + count, 0);
  const text = `${table(
    header,
    lists.map((list) => [...row(list)]),
  )}\n${good(`${total} names, ${bytes.length} bytes, in ${out}`)}`;
  return { data: { out, digest: digestOf(bytes), bytes: bytes.length, names, lists }, text };
}

async function open(file: string | undefined, flags: DataFlags) {
  const path = file === undefined ? tablePath(here(flags.data)) : here(file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new LetheError('not_found', `There is no table at ${path}.`, { cause });
  });
  return { path, bytes, opened: await openBlockTable(bytes) };
}

export async function show(_io: Io, file: string | undefined, flags: DataFlags): Promise<Result> {
  const { path, bytes, opened } = await open(file, flags);
  const data = { path, version: opened.version, digest: digestOf(bytes), bytes: bytes.length, names: opened.counts };
  const text = facts([
    ['Table', path],
    ['Version', opened.version],
    ['Digest', data.digest],
    ...CATEGORIES.map((category): [string, number] => [category, opened.counts[category]]),
  ]);
  return { data, text };
}

export async function check(_io: Io, name: string, file: string | undefined, flags: DataFlags): Promise<Result> {
  const { opened } = await open(file, flags);
  const wanted = filterName(domainToASCII(name.replace(/\.$/, '')) || name);
  const labels = wanted.split('.');
  const found = CATEGORIES.flatMap((category, index) => {
    const at = labels.findIndex(
      (_, from) => opened.lookup(...hashName(labels.slice(from).join('.')), 1 << index) !== 0,
    );
    return at === -1 ? [] : [{ category, by: labels.slice(at).join('.') }];
  });
  const text =
    found.length === 0
      ? `${wanted} is in no category.`
      : found.map(({ category, by }) => `${category}: by ${by}`).join('\n');
  return { data: { name: wanted, found }, text };
}
