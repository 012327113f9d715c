/** JSON files that a person wrote, as the parts of a document that they may choose. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fromUtf8, type Json, LetheError } from '@lethe/core';
import {
  type Mode,
  type ReleaseContent,
  type ReleaseDocument,
  Shape,
  type TrustRoot,
  type TrustRootDocument,
} from '@lethe/verify';

const DAY_S = 86_400;
const ROOT_DAYS = 365;
const MAX_DAYS = 3650;

/**
 * A `ReleaseContent` from a file: exactly its six fields. What is in them is checked when the release is made. Throws `bad_request`,
 * `bad_release`.
 */
export function readContent(file: string): ReleaseContent {
  const shape = new Shape('bad_release', 'The file given with --release');
  const fields = ['image', 'files', 'sysctls', 'processes', 'egress', 'policyVersion'] as const;
  return shape.object(readJson(file, '--release'), 'it', fields) as unknown as ReleaseContent;
}

/** The content of a release, without what belongs to that release alone. */
export const contentOf = ({
  image,
  files,
  sysctls,
  processes,
  egress,
  policyVersion,
}: ReleaseDocument): ReleaseContent => ({ image, files, sysctls, processes, egress, policyVersion });

/**
 * The next trust root from a file `{"persons", "thresholds", "policy"?, "maxAgeS"?, "expiresDays"?}`; the rest is as before. The mode is
 * what the thresholds are. Throws `bad_request`, `bad_trust_root`.
 */
export function readNextRoot(file: string, before: TrustRoot, now: number): TrustRootDocument {
  const shape = new Shape('bad_trust_root', 'The file given with --root');
  const value = readJson(file, '--root');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return shape.refuse('it is not an object');
  const optional = ['policy', 'maxAgeS', 'expiresDays'].filter((name) => Object.hasOwn(value, name));
  const root = shape.object(value, 'it', ['persons', 'thresholds', ...optional]);
  const days =
    root['expiresDays'] === undefined ? ROOT_DAYS : shape.integer(root['expiresDays'], 'expiresDays', 1, MAX_DAYS);
  const thresholds = root['thresholds'] as unknown as TrustRootDocument['thresholds'];
  return {
    version: before.version + 1,
    previous: before.digest,
    origin: before.origin,
    mode: modeOf(thresholds),
    persons: root['persons'] as unknown as TrustRootDocument['persons'],
    thresholds,
    policy: root['policy'] === undefined ? before.policy : shape.text(root['policy'], 'policy', 32_768),
    maxAgeS: root['maxAgeS'] === undefined ? before.maxAgeS : shape.integer(root['maxAgeS'], 'maxAgeS', 60),
    expires: now + days * DAY_S,
  };
}

/** The fields are unchecked here; what is no number makes no mode of two persons, and is refused when the root is made. */
const modeOf = (thresholds: Partial<TrustRootDocument['thresholds']> | null): Mode =>
  Number(thresholds?.release) >= 2 && Number(thresholds?.root) >= 2 ? 'two-person' : 'one-person';

function readJson(file: string, option: string): Json {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(file));
  } catch (cause) {
    throw new LetheError('bad_request', `The file given with ${option} cannot be read. Nothing was signed.`, { cause });
  }
  try {
    return JSON.parse(fromUtf8(bytes)) as Json;
  } catch (cause) {
    throw new LetheError('bad_request', `The file given with ${option} is not JSON. Nothing was signed.`, { cause });
  }
}
