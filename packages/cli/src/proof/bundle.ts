/** A release with all that is needed to verify it, from a log's public files, a copy of them, or single files. */

import { openFiles, type ReadFile } from '@lethe/control/proof/log/read';
import { LetheError } from '@lethe/core';
import { MAX_ENTRY } from '@lethe/tlog';
import { type Logged, type LoggedRoot, openRelease } from '@lethe/verify';

export interface Bundle {
  release: Logged;
  /** The version that the release says it is; not verified. */
  version: number;
  roots: LoggedRoot[];
  /** The files it came from, by path below the log's address. */
  files: Map<string, Uint8Array>;
}

/** Longest tlog-proof, as `parseProof` reads it. */
const MAX_PROOF = 80_000;

/** Most releases that are followed from one visit to the next. */
const MAX_BETWEEN = 10_000;

/** Most trust roots of a chain. */
const MAX_ROOTS = 1000;

export interface Place {
  /** Address or directory of the log, or of a file. */
  base: string;
  /** Path of one release below it, or undefined for the newest. */
  file: string | undefined;
}

/**
 * What a word on the command line names: a log, or one release, by address or on disk. A release has its proof beside it, as
 * `FILE.tlog-proof`, and the trust roots in `root/`, next to its own folder if that is `release/`.
 */
export function parsePlace(where: string): Place {
  const logged = /^(?:(.*)\/)?(release\/[^/]+\.json)$/.exec(where);
  if (logged) return { base: logged[1] ?? '.', file: logged[2] };
  const single = /^(?:(.*)\/)?([^/]+\.json)$/.exec(where);
  return single ? { base: single[1] ?? '.', file: single[2] } : { base: where, file: undefined };
}

/**
 * Reads a release and the chain of trust roots: up to the newest, or for a release that is named, up to the one it was made under.
 * Throws `not_found`, `unreachable`, `too_large`, `bad_release`.
 */
export async function readBundle({ base, file }: Place): Promise<Bundle> {
  const files = new Map<string, Uint8Array>();
  const read = openFiles(base);
  const need = async (path: string, limit: number): Promise<Uint8Array> => {
    const bytes = await read(path, limit);
    if (!bytes) throw new LetheError('not_found', `There is no ${path} at ${base}. Nothing was verified.`);
    return bytes;
  };
  const pair = async (path: string): Promise<Logged> => ({
    envelope: await need(path, MAX_ENTRY),
    proof: await need(`${path}.tlog-proof`, MAX_PROOF),
  });
  const keep = (path: string, { envelope, proof }: Logged): void => {
    files.set(path, envelope).set(`${path}.tlog-proof`, proof);
  };
  const newest = file === undefined ? await newestVersions(read, base) : undefined;
  const release = await pair(file ?? `release/${newest?.release}.json`);
  const { trustRoot, version } = openRelease(release.envelope).release;
  const asked = newest?.release ?? Number(/^release\/(\d+)\.json$/.exec(file ?? '')?.[1] ?? version);
  if (version !== asked) throw new LetheError('bad_release', 'The release has another version than its name says.');
  keep(`release/${version}.json`, release);
  const last = Math.max(trustRoot, newest?.root ?? 0);
  if (last > MAX_ROOTS) throw new LetheError('bad_release', 'The release names a trust root with an unlikely number.');
  const roots: LoggedRoot[] = [];
  for (let number = 1; number <= last; number += 1) {
    const path = `root/${number}.json`;
    const root = await pair(path);
    keep(path, root);
    const firstProof = await read(`${path}.first.tlog-proof`, MAX_PROOF);
    if (firstProof) files.set(`${path}.first.tlog-proof`, firstProof);
    roots.push({ ...root, firstProof });
  }
  return { release, version, roots, files };
}

/** The envelopes of the releases between two versions, oldest first: what a verifier missed that was away. */
export async function readBetween({ base }: Place, after: number, before: number): Promise<Uint8Array[]> {
  const read = openFiles(base);
  const envelopes: Uint8Array[] = [];
  if (before - after > MAX_BETWEEN)
    throw new LetheError(
      'too_large',
      `More than ${MAX_BETWEEN} releases came since. Nothing was verified. Begin a new --seen file.`,
    );
  for (let version = after + 1; version < before; version += 1) {
    const bytes = await read(`release/${version}.json`, MAX_ENTRY);
    if (!bytes)
      throw new LetheError('not_found', `There is no release/${version}.json at ${base}. Nothing was verified.`);
    envelopes.push(bytes);
  }
  return envelopes;
}

/** The numbers that the place names as its newest; only a hint, since the documents say their versions themselves. */
async function newestVersions(read: ReadFile, base: string): Promise<{ release: number; root: number }> {
  const bytes = await read('newest.json', 1000);
  try {
    const { release, root } = JSON.parse(Buffer.from(bytes ?? []).toString()) as Record<string, unknown>;
    if (isVersion(release) && isVersion(root)) return { release, root };
  } catch {
    // Said below.
  }
  throw new LetheError('not_found', `There is no log with a release at ${base}. Nothing was verified.`);
}

const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
