/** `lethe verify`: whether a release was approved, published and witnessed, from files and a policy alone. */

import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { replaceFiles } from '@lethe/control/proof/log/durable';
import { openReader } from '@lethe/control/proof/log/read';

import { CLAIMS, utf8 } from '@lethe/core';
import { type Hash, parseCheckpoint, parseNote, parseProof, proveConsistency, TileHashes } from '@lethe/tlog';
import { type CurrentRoot, type Seen, type VerifiedRelease, verifyRelease, walkRoots } from '@lethe/verify';
import type { Io } from '../io.ts';
import { type Bundle, parsePlace, readBetween, readBundle } from '../proof/bundle.ts';
import { readSeen, writeSeen } from '../proof/memory.ts';
import { policyNeeded, readPolicyFile } from '../proof/policy-file.ts';
import { plain, type Result } from '../run.ts';

export interface VerifyOptions {
  policy?: string;
  seen?: string;
  save?: string;
  region?: string;
}

/** Verifies the release at a place. Throws the code of the first step that refuses. */
export async function verify(_io: Io, where: string, options: VerifyOptions): Promise<Result> {
  const now = Math.floor(Date.now() / 1000);
  if (options.policy === undefined) throw policyNeeded();
  const own = await readPolicyFile(fromCaller(options.policy));
  const seen = options.seen === undefined ? undefined : await readSeen(fromCaller(options.seen));
  const place = parsePlace(/^https?:\/\//.test(where) ? where : fromCaller(where));
  const bundle = await readBundle(place);
  const current = await walkRoots(bundle.roots, own);
  const verified = await verifyRelease({
    ...bundle.release,
    root: current.root,
    // The own one is never left out: whoever holds the persons' keys could otherwise name a log and witnesses of their own.
    policies: [current.policy, own],
    now,
    seen,
    between: seen && seen.version > 0 ? await readBetween(place, seen.version, bundle.version) : [],
    consistency: seen ? await consistencyProof(place.base, bundle, seen) : [],
    region: options.region,
  });
  if (options.seen !== undefined) await writeSeen(fromCaller(options.seen), verified.seen);
  if (options.save !== undefined) await save(fromCaller(options.save), bundle);
  const newest = place.file === undefined;
  return { data: dataOf(verified, current), text: textOf(verified, current, { now, newest, options }) };
}

const fromCaller = (path: string): string => resolve(process.env['LETHE_CALLED_FROM'] ?? process.cwd(), path);

/** From what was seen before to the release's checkpoint, out of the log's tiles. */
async function consistencyProof(base: string, bundle: Bundle, seen: Seen): Promise<Hash[]> {
  const { size } = parseCheckpoint(parseNote(parseProof(bundle.release.proof).checkpoint).text);
  if (seen.size === 0 || seen.size >= size) return [];
  const reader = openReader(base);
  return proveConsistency(new TileHashes(size, (tile) => reader.tile(tile)), seen.size);
}

/** Keeps what was read in the order of a log, so that the copy can be named like one. */
async function save(directory: string, { files, version, roots }: Bundle): Promise<void> {
  const newest = utf8(`${JSON.stringify({ root: roots.length, release: version })}\n`);
  const all = [...files, ['newest.json', newest] as const];
  await replaceFiles(all.map(([path, bytes]) => ({ file: join(directory, path), bytes })));
}

function dataOf({ release, approvedBy, index, checkpoint }: VerifiedRelease, { root }: CurrentRoot): unknown {
  return {
    ok: true,
    origin: checkpoint.origin,
    mode: root.mode,
    trustRoot: root.version,
    release: { version: release.version, digest: release.digest, image: release.image, expires: release.expires },
    approvedBy,
    needed: root.thresholds.release,
    index,
    size: checkpoint.size,
    witnesses: Object.fromEntries(checkpoint.seen),
    claims: claimsOf(root),
  };
}

/** What the verification says of the claims it touches. That something was approved does not show that it runs. */
const claimsOf = ({
  mode,
}: CurrentRoot['root']): Record<'CL-12' | 'CL-13', 'Confirmed' | 'Not confirmed' | 'Not tested'> => ({
  'CL-12': mode === 'two-person' ? 'Confirmed' : 'Not confirmed',
  'CL-13': 'Not tested',
});

function textOf(
  { release, approvedBy, index, checkpoint }: VerifiedRelease,
  { root }: CurrentRoot,
  { now, newest, options }: { now: number; newest: boolean; options: VerifyOptions },
): string {
  const ok = styleText('green', '✓');
  const age = (time: number): string => `${Math.max(0, Math.round((now - time) / 60))} min ago`;
  const witnesses = [...checkpoint.seen].map(([name, time]) => `${plain(name)} ${age(time)}`);
  return [
    `${ok} Trust root   ${root.version}, ${root.mode}: ${plain(root.persons.map(({ id }) => id).join(', '))}`,
    `${ok} Approved by  ${plain(approvedBy.join(', '))} (${root.thresholds.release} needed)`,
    `${ok} Published    entry ${index} of ${checkpoint.size}, ${plain(checkpoint.origin)}`,
    `${ok} Witnessed    ${witnesses.join(', ')}`,
    ...(options.seen === undefined ? [] : [`${ok} Continues    what was seen before`]),
    ...(options.region === undefined ? [] : [`${ok} In scope     for this region`]),
    '',
    `Release ${release.version} is verified: image ${release.image.slice(0, 12)}…, until ${new Date(release.expires * 1000).toISOString().slice(0, 10)}.`,
    ...(newest ? [] : ['Newer releases and trust roots were not looked for: name the log to do so.']),
    ...Object.entries(claimsOf(root)).map(
      ([id, verdict]) => `${id} ${verdict.padEnd(13)} ${CLAIMS[id as 'CL-12'].text}`,
    ),
    ...warnings(root, checkpoint.seen.size),
    'This shows what was approved and published. It does not show by itself what a server does: see docs/verify.md.',
  ].join('\n');
}

function warnings(root: CurrentRoot['root'], witnesses: number): string[] {
  return [
    ...(root.mode === 'one-person' ? ['One person alone can change this service (one-person mode).'] : []),
    ...(witnesses < 2
      ? [
          'A single witness vouches for the log. If the operator runs it, it vouches for nothing but the absence of mistakes.',
        ]
      : []),
  ];
}
