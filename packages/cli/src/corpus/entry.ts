/** The corpus: known ways to record users, each a folder with a description and a script that does it to a server. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIM_IDS, type ClaimId, LetheError } from '@lethe/core';

export interface CorpusEntry {
  id: string;
  title: string;
  category: string;
  /** What is recorded; for people. */
  records: string;
  /** Claims that must become Not confirmed. Empty: the same program silenced properly, where any contrary finding is a false alarm. */
  claims: ClaimId[];
  /** Debian packages beyond the lab's own. */
  needs: string[];
  /** Seconds to wait between the injection and the audit. */
  settleS: number;
  /** Words that one finding must name, all of them. */
  expect: string[];
  /** It shows in the kernel that all servers of the machine share: run when no other is. */
  alone: boolean;
  /** Path of the script, run as root inside the server. */
  inject: string;
  /** Script for what ordinary traffic does not touch, run in the client's network; null for none. */
  traffic: string | null;
  /** Debian packages that it needs. */
  clientNeeds: string[];
}

/** Entries of a folder in order of their ids. Throws `bad_request` for one that cannot be read, naming it; nothing was run then. */
export function readCorpus(directory: string, only: readonly string[] = []): CorpusEntry[] {
  let names: string[];
  try {
    names = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    throw new LetheError('bad_request', `There is no corpus in ${directory}. Nothing was run.`);
  }
  const unknown = only.filter((id) => !names.includes(id));
  if (unknown.length > 0)
    throw new LetheError('bad_request', `The corpus has no ${unknown.join(', ')}. Nothing was run.`);
  return names
    .filter((name) => only.length === 0 || only.includes(name))
    .toSorted()
    .map((name) => readEntry(directory, name));
}

function readEntry(directory: string, name: string): CorpusEntry {
  const bad = (what: string): never => {
    throw new LetheError('bad_request', `corpus/${name}/mutant.json: ${what}. Nothing was run.`);
  };
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(readFileSync(join(directory, name, 'mutant.json'), 'utf8')) as Record<string, unknown>;
  } catch {
    return bad('is missing or no JSON');
  }
  const words = (key: string): string[] => {
    const list = value[key];
    return Array.isArray(list) && list.every((item) => typeof item === 'string')
      ? list
      : bad(`"${key}" is no list of words`);
  };
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : bad(`"${key}" is missing`));
  const claims = words('claims');
  const expect = words('expect');
  if (text('id') !== name) bad('the id is not the name of the folder');
  const strange = claims.find((claim) => !CLAIM_IDS.includes(claim as ClaimId));
  if (strange !== undefined) bad(`there is no claim ${strange}`);
  if (claims.length > 0 && expect.length === 0) bad('"expect" is empty: nothing would have to be named');
  const traffic = join(directory, name, 'traffic.sh');
  const clientNeeds = value['client_needs'] === undefined ? [] : words('client_needs');
  if (![...words('needs'), ...clientNeeds].every((item) => /^[a-z0-9][a-z0-9.+-]+$/.test(item)))
    bad('"needs" or "client_needs" has something that is no Debian package');
  const settleS = value['settle_s'] ?? 0;
  if (typeof settleS !== 'number' || settleS < 0 || settleS > 120) bad('"settle_s" is no number of seconds up to 120');
  const inject = join(directory, name, 'inject.sh');
  if (!existsSync(inject)) bad('inject.sh is missing beside it');
  return {
    id: name,
    title: text('title'),
    category: text('category'),
    records: text('records'),
    claims: claims as ClaimId[],
    needs: words('needs'),
    settleS: settleS as number,
    expect,
    alone: value['alone'] === true,
    inject,
    traffic: existsSync(traffic) ? traffic : null,
    clientNeeds,
  };
}

/** Entries that cannot run on a test machine, with the reason; from `not-runnable*.json` beside them. */
export function readNotRunnable(directory: string): { id: string; reason: string }[] {
  return readdirSync(directory)
    .filter((name) => /^not-runnable.*\.json$/.test(name))
    .toSorted()
    .flatMap((name) =>
      Object.entries(JSON.parse(readFileSync(join(directory, name), 'utf8')) as Record<string, string>).map(
        ([id, reason]) => ({
          id,
          reason,
        }),
      ),
    );
}
