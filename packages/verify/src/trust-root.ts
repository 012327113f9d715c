/**
 * The trust root: which persons may approve what, and which logs and witnesses count. A chain of documents in the log; each names the
 * one before, and a change needs the threshold of the old persons and of the new ones (TUF specification 5.3).
 */

import { fromBase64Url, importVerifyKey, type Json, LetheError, utf8, type VerifyKey } from '@lethe/core';
import { type Policy, parsePolicy } from '@lethe/tlog';
import { isSignedBy, type OpenEnvelope, parseEnvelope } from './envelope.ts';
import { LAST_TIME, Shape } from './shape.ts';
import { PREDICATE, parseStatement } from './statement.ts';

/** What a person may sign. */
export const ROLES = ['release', 'root', 'audit'] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  /** A name of the person's choice, for display; unique in its root. */
  id: string;
  /** Ed25519 public keys, base64url. Any of them counts as the person. */
  keys: string[];
  roles: Role[];
}

/** `two-person`: changes need two people. `one-person`: for a home server; makes CL-12 Not confirmed. */
export const MODES = ['two-person', 'one-person'] as const;
export type Mode = (typeof MODES)[number];

export interface TrustRootDocument {
  /** 1 at first; rises by one. */
  version: number;
  /** Digest of the root before; null for the first. */
  previous: string | null;
  /** Name of the log these documents stand in. */
  origin: string;
  mode: Mode;
  persons: Person[];
  /** How many different persons must sign. */
  thresholds: Record<Role, number>;
  /** Text of a tlog-policy: logs and witnesses that count. */
  policy: string;
  /** Oldest cosignatures under which a release may be taken, seconds. */
  maxAgeS: number;
  /** Seconds since 1970 after which this root counts no more. */
  expires: number;
}

/** A root that was read, with its keys imported. */
export interface TrustRoot extends TrustRootDocument {
  digest: string;
  parsedPolicy: Policy;
  /** Imported keys of each person, in the order of `persons`. */
  imported: VerifyKey[][];
}

/** A root at the end of a chain that was walked. */
export interface ChainedRoot extends TrustRoot {
  /** The root before it; null for the first. */
  before: ChainedRoot | null;
}

/** The root of a version in a chain, or undefined if the chain has none. */
export function rootAt(root: ChainedRoot, version: number): ChainedRoot | undefined {
  for (let at: ChainedRoot | null = root; at; at = at.before) if (at.version === version) return at;
  return undefined;
}

/** Each key costs a millisecond to check, also of a root that turns out to be nobody's. */
const MAX_PERSONS = 16;
const MAX_KEYS = 4;

/** Name in the subject of a trust root. */
export const trustRootName = (version: number): string => `trust-root-${version}`;

/** Reads a trust root's payload without its keys, which takes no time. Throws `bad_trust_root`, `bad_policy`. Verifies no signature. */
export function parseTrustRoot(envelope: OpenEnvelope): TrustRootDocument & { digest: string; parsedPolicy: Policy } {
  const shape = new Shape('bad_trust_root', 'The trust root');
  const { predicate } = parseStatement(envelope.payload, PREDICATE.trustRoot, shape);
  const document = checkTrustRoot(predicate, shape);
  const parsedPolicy = parsePolicy(utf8(document.policy));
  if (!parsedPolicy.logs.some(({ key }) => key.name === document.origin))
    shape.refuse('its policy does not name its log');
  return { ...document, digest: envelope.digest, parsedPolicy };
}

/** Reads a trust root's payload and checks its keys. Throws the codes of `parseTrustRoot` and `bad_public_key`. Verifies no signature. */
export async function readTrustRoot(envelope: OpenEnvelope): Promise<TrustRoot> {
  const document = parseTrustRoot(envelope);
  const imported = await Promise.all(
    document.persons.map(({ keys }) => Promise.all(keys.map((key) => importVerifyKey(fromBase64Url(key))))),
  );
  return { ...document, imported };
}

/** Throws `bad_trust_root` unless the value is a trust root whose thresholds can be met. */
export function checkTrustRoot(value: Json, shape = new Shape('bad_trust_root', 'The trust root')): TrustRootDocument {
  const root = shape.object(value, 'it', [
    'version',
    'previous',
    'origin',
    'mode',
    'persons',
    'thresholds',
    'policy',
    'maxAgeS',
    'expires',
  ]);
  const persons = shape.list(root.persons, 'persons', MAX_PERSONS, 1).map((person) => readPerson(person, shape));
  const thresholds = shape.object(root.thresholds, 'thresholds', ROLES);
  const document: TrustRootDocument = {
    version: shape.integer(root.version, 'version', 1),
    previous: shape.digestOrNull(root.previous, 'previous'),
    origin: shape.text(root.origin, 'origin', 255, /^[^\s+]+$/u),
    mode: shape.oneOf(root.mode, 'mode', MODES),
    persons,
    thresholds: {
      release: shape.integer(thresholds.release, 'thresholds.release', 1, MAX_PERSONS),
      root: shape.integer(thresholds.root, 'thresholds.root', 1, MAX_PERSONS),
      audit: shape.integer(thresholds.audit, 'thresholds.audit', 1, MAX_PERSONS),
    },
    policy: shape.text(root.policy, 'policy', 32_768),
    maxAgeS: shape.integer(root.maxAgeS, 'maxAgeS', 60),
    expires: shape.integer(root.expires, 'expires', 1, LAST_TIME),
  };
  if ((document.version === 1) !== (document.previous === null)) shape.refuse('only the first one has none before it');
  shape.distinct(
    persons.map(({ id }) => id),
    'persons',
  );
  // One key under two names would let one person count twice.
  shape.distinct(
    persons.flatMap(({ keys }) => keys),
    'keys',
  );
  checkThresholds(document, shape);
  return document;
}

function readPerson(value: Json, shape: Shape): Person {
  const person = shape.object(value, 'a person', ['id', 'keys', 'roles']);
  const roles = shape.list(person.roles, 'roles', ROLES.length, 1).map((role) => shape.oneOf(role, 'a role', ROLES));
  shape.distinct(roles, 'roles');
  return {
    id: shape.text(person.id, 'the name of a person', 64, /^[\p{L}\p{N}][\p{L}\p{N}._ -]*$/u),
    keys: shape
      .list(person.keys, 'the keys of a person', MAX_KEYS, 1)
      .map((key) => shape.text(key, 'a key', 43, /^[A-Za-z0-9_-]{43}$/)),
    roles,
  };
}

/** Two-person mode means two for releases and for the root itself; less must call itself one-person. */
function checkThresholds({ persons, thresholds, mode }: TrustRootDocument, shape: Shape): void {
  for (const role of ['release', 'root'] as const) {
    const able = persons.filter(({ roles }) => roles.includes(role)).length;
    if (thresholds[role] > able) shape.refuse(`its threshold for ${role} is higher than the number of its persons`);
  }
  const two = thresholds.release >= 2 && thresholds.root >= 2;
  if (two !== (mode === 'two-person')) shape.refuse('its mode is not what its thresholds say');
}

/** Ids of the persons of a role who signed an envelope, each counted once however many keys signed. */
export async function signersOf(envelope: OpenEnvelope, root: TrustRoot, role: Role): Promise<string[]> {
  const signers: string[] = [];
  for (const [i, person] of root.persons.entries()) {
    if (!person.roles.includes(role)) continue;
    for (const key of root.imported[i]!) {
      if (!(await isSignedBy(envelope, key))) continue;
      signers.push(person.id);
      break;
    }
  }
  return signers;
}

/**
 * Throws unless enough different persons of a role signed: `same_person` if there are enough valid signatures and too few persons,
 * else `too_few_approvals`. Returns who signed.
 */
export async function requireSigners(envelope: OpenEnvelope, root: TrustRoot, role: Role): Promise<string[]> {
  const signers = await signersOf(envelope, root, role);
  const needed = root.thresholds[role];
  if (signers.length >= needed) return signers;
  if (envelope.signatures.length >= needed && (await validSignatures(envelope, root, role)) >= needed)
    throw new LetheError(
      'same_person',
      `It is signed more than once by the same person; ${needed} persons are needed.`,
    );
  throw new LetheError(
    'too_few_approvals',
    `It is signed by ${signers.length} of the ${needed} persons that are needed.`,
  );
}

async function validSignatures(envelope: OpenEnvelope, root: TrustRoot, role: Role): Promise<number> {
  const keys = root.persons.flatMap((person, i) => (person.roles.includes(role) ? root.imported[i]! : []));
  const valid = await Promise.all(
    envelope.signatures.map(async (signature) => {
      const alone = { ...envelope, signatures: [signature] };
      for (const key of keys) if (await isSignedBy(alone, key)) return true;
      return false;
    }),
  );
  return valid.filter(Boolean).length;
}

/** Opens a root that is trusted by its place alone, the first: it must be signed by its own persons. */
export async function openFirstRoot(bytes: Uint8Array): Promise<ChainedRoot> {
  const envelope = parseEnvelope(bytes);
  const root = await readTrustRoot(envelope);
  if (root.version !== 1)
    throw new LetheError('broken_chain', 'The chain of trust roots does not begin with the first.');
  await requireSigners(envelope, root, 'root');
  return { ...root, before: null };
}

/** The root that follows another: one version higher, naming it, signed by the persons of both. Throws `broken_chain` and the codes above. */
export async function openNextRoot(bytes: Uint8Array, before: ChainedRoot): Promise<ChainedRoot> {
  const envelope = parseEnvelope(bytes);
  const root = await readTrustRoot(envelope);
  if (root.version !== before.version + 1 || root.previous !== before.digest || root.origin !== before.origin)
    throw new LetheError('broken_chain', 'The trust root does not follow the one that is trusted now.');
  await requireSigners(envelope, before, 'root');
  await requireSigners(envelope, root, 'root');
  return { ...root, before };
}
