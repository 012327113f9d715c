/** in-toto statements v1: what a signed document is about, and of which kind it is. */

import type { Json } from '@lethe/core';
import { canonical } from './envelope.ts';
import type { Shape } from './shape.ts';

const STATEMENT = 'https://in-toto.io/Statement/v1';

/** Kinds of documents that Lethe logs. */
export const PREDICATE = {
  trustRoot: 'urn:lethe:trust-root:v1',
  release: 'urn:lethe:release:v1',
  rejection: 'urn:lethe:rejection:v1',
  alarm: 'urn:lethe:alarm:v1',
  evidence: 'urn:lethe:evidence:v1',
} as const;
export type PredicateType = (typeof PREDICATE)[keyof typeof PREDICATE];

/** A statement with one subject, named and with a digest (hexadecimal SHA-256). */
export interface Statement {
  subject: { name: string; digest: string };
  predicateType: PredicateType;
  predicate: Json;
}

/** The JSON of a statement. */
export const statementJson = ({ subject, predicateType, predicate }: Statement): Json => ({
  _type: STATEMENT,
  subject: [{ name: subject.name, digest: { sha256: subject.digest } }],
  predicateType,
  predicate,
});

/** Reads a payload as a statement of a kind. Every refusal is the shape's. */
export function parseStatement(payload: Uint8Array, predicateType: PredicateType, shape: Shape): Statement {
  const value = shape.object(canonical(payload, shape), 'the statement', [
    '_type',
    'subject',
    'predicateType',
    'predicate',
  ]);
  // oxlint-disable-next-line no-underscore-dangle -- the field's name in in-toto
  if (value._type !== STATEMENT) shape.refuse('it is not an in-toto statement v1');
  if (value.predicateType !== predicateType) shape.refuse('it is a document of another kind');
  const [subject] = shape.list(value.subject, 'subject', 1, 1);
  const { name, digest } = shape.object(subject, 'subject', ['name', 'digest']);
  const { sha256 } = shape.object(digest, 'subject.digest', ['sha256']);
  return {
    subject: { name: shape.text(name, 'subject.name', 255), digest: shape.digest(sha256, 'subject.digest') },
    predicateType,
    predicate: value.predicate,
  };
}

/** The predicate type that a payload claims, for sorting entries of a log; undefined if it is no statement. */
export function claimedType(payload: Uint8Array): string | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(payload)) as { predicateType?: unknown } | null;
    return typeof value?.predicateType === 'string' ? value.predicateType : undefined;
  } catch {
    return undefined;
  }
}
