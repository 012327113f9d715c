/** A rejection: one person of the trust root says no to a change, with a reason. Logged, so that a review leaves a trace either way. */

import type { OpenEnvelope } from './envelope.ts';
import { Shape } from './shape.ts';
import { PREDICATE, parseStatement } from './statement.ts';

export interface Rejection {
  /** Digest of the change's document. */
  change: string;
  reason: string;
}

/** Name in the subject of a rejection. */
export const REJECTION_SUBJECT = 'change';

/** Reads a rejection. Throws `bad_release`. Verifies no signature. */
export function readRejection(envelope: OpenEnvelope): Rejection {
  const shape = new Shape('bad_release', 'The rejection');
  const { subject, predicate } = parseStatement(envelope.payload, PREDICATE.rejection, shape);
  if (subject.name !== REJECTION_SUBJECT) shape.refuse('its subject is no change');
  const { reason } = shape.object(predicate, 'it', ['reason']);
  return { change: subject.digest, reason: shape.text(reason, 'reason', 2000) };
}
