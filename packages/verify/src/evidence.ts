/**
 * Evidence about the servers of a cell in one epoch, as the log has it: one commitment over a fixed number of slots, and which claims were
 * contradicted or left open on any of them. Every slot is a hash of 32 bytes, whether a server is behind it or nobody, at a place drawn by
 * lot: how many there are, and when one comes or goes, shows in no byte of it.
 *
 * "None contradicted" is said of whatever servers there are, also of none. Who owns a server gets its opening, and knows that it was
 * counted.
 */

import {
  CLAIM_IDS,
  type ClaimId,
  canonicalBytes,
  concat,
  fromBase64,
  fromHex,
  isEpochLength,
  isLetters,
  type Json,
  LetheError,
  type Letters,
  LONGEST_EPOCH_S,
  slotLetters,
  toHex,
} from '@lethe/core';
import { type Hash, leafHash, verifyInclusion } from '@lethe/tlog';
import { sha256 } from '@noble/hashes/sha2.js';
import type { OpenEnvelope } from './envelope.ts';
import { LAST_TIME, Shape } from './shape.ts';
import { PREDICATE, parseStatement } from './statement.ts';

export interface Evidence {
  /** Name of the log that it is for. */
  origin: string;
  /** The region. */
  cell: string;
  /** First second of the epoch, since 1970, and its length. */
  begins: number;
  seconds: number;
  /** Slots, a power of two. */
  slots: number;
  /** Root of the slots (RFC 6962), hexadecimal. */
  root: string;
  /** Claims against which there is evidence on some server, and those that were not tested on some server; in order. */
  contrary: ClaimId[];
  untested: ClaimId[];
}

/** Slots of a cell: more than there may be servers, so that the number stays the same. */
export const SLOTS = 1024;
const MOST_SLOTS = 1 << 20;
export const EVIDENCE_SUBJECT = 'evidence';
const CELL = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** What stands in a slot for one server: the look at it, or nothing where none came. */
export interface SlotContent {
  server: string;
  begins: number;
  seconds: number;
  inside: Letters | null;
  /** The server's signature over the look (core/evidence.ts), base64. */
  signature: string | null;
  outside: Letters | null;
}

/** All that somebody needs to find a server in the evidence of its cell. */
export interface Opening {
  content: SlotContent;
  /** 32 random bytes, base64: without them nobody can try out what a slot may hold. */
  blind: string;
  slot: number;
  /** Hashes of the inclusion proof, base64. */
  path: string[];
}

/** Hash of a slot with a server behind it. */
export const slotLeaf = (content: SlotContent, blind: Uint8Array): Hash =>
  leafHash(concat(blind, canonicalBytes(content as unknown as Json)));

/** Reads evidence. Throws `bad_evidence`. Verifies no signature. */
export function readEvidence(envelope: OpenEnvelope): Evidence {
  const shape = newShape();
  const { subject, predicate } = parseStatement(envelope.payload, PREDICATE.evidence, shape);
  if (subject.name !== EVIDENCE_SUBJECT) shape.refuse('its subject is no evidence');
  const evidence = checkEvidence(predicate);
  if (subject.digest !== toHex(sha256(canonicalBytes(predicate)))) shape.refuse('its subject is other evidence');
  return evidence;
}

/** Checks the fields of evidence. Throws `bad_evidence`. */
export function checkEvidence(predicate: Json): Evidence {
  const shape = newShape();
  const fields = shape.object(predicate, 'it', [
    'origin',
    'cell',
    'begins',
    'seconds',
    'slots',
    'root',
    'contrary',
    'untested',
  ]);
  const claims = (value: Json, name: string): ClaimId[] =>
    inOrder(
      shape,
      name,
      shape.list(value, name, CLAIM_IDS.length).map((claim) => shape.oneOf(claim, name, CLAIM_IDS)),
    );
  const evidence = {
    origin: shape.text(fields.origin, 'origin', 255, /^\S+$/),
    cell: shape.text(fields.cell, 'cell', 32, CELL),
    begins: shape.integer(fields.begins, 'begins', 0, LAST_TIME),
    seconds: shape.integer(fields.seconds, 'seconds', 1, LONGEST_EPOCH_S),
    slots: shape.integer(fields.slots, 'slots', SLOTS, MOST_SLOTS),
    root: shape.digest(fields.root, 'root'),
    contrary: claims(fields.contrary, 'contrary'),
    untested: claims(fields.untested, 'untested'),
  };
  if (!isEpochLength(evidence.seconds) || evidence.begins % evidence.seconds !== 0)
    shape.refuse('begins is not the start of an epoch');
  if ((evidence.slots & (evidence.slots - 1)) !== 0) shape.refuse('slots is no power of two');
  return evidence;
}

function inOrder(shape: Shape, name: string, claims: ClaimId[]): ClaimId[] {
  if (claims.some((claim, place) => place > 0 && claims[place - 1]! >= claim)) shape.refuse(`${name} is not in order`);
  return claims;
}

/**
 * Verifies that a server is behind a slot of the evidence, and that the evidence says what it must say of it. Throws `bad_evidence`. That
 * the server signed the look is for `verifyLook` of core, with the key that the owner knows.
 */
export function verifyOpening({ content, blind, slot, path }: Opening, evidence: Evidence): void {
  const refuse = (why: string): never => {
    throw new LetheError('bad_evidence', `The opening was refused: ${why}.`);
  };
  if (content.begins !== evidence.begins || content.seconds !== evidence.seconds) refuse('it is for another epoch');
  const secret = fromBase64(blind);
  if (secret.length !== 32) refuse('its blind has another length');
  try {
    verifyInclusion({
      index: slot,
      size: evidence.slots,
      leaf: slotLeaf(content, secret),
      root: fromHex(evidence.root),
      proof: path.map(fromBase64),
    });
  } catch {
    refuse('it is not in the evidence of the cell');
  }
  for (const letters of [content.inside, content.outside])
    if (letters !== null && !isLetters(letters)) refuse('it has no verdicts');
  const letters = slotLetters(content);
  for (const [place, claim] of CLAIM_IDS.entries()) {
    if (letters[place] === 'n' && !evidence.contrary.includes(claim)) refuse(`the cell does not tell of ${claim}`);
    if (letters[place] === 't' && !evidence.untested.includes(claim))
      refuse(`the cell does not tell that ${claim} was not tested`);
  }
}

const newShape = (): Shape => new Shape('bad_evidence', 'The evidence');
