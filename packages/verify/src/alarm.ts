/**
 * An alarm: in this region, in this hour, something was not as it should be. Logged, so that nobody can say later that it was not seen.
 *
 * It says as little as makes that true. A region, a kind of a closed list and the hour: no server, no count and no finer time, so that
 * no entry can be joined with a customer. Nobody decides anything by it: the key that signs is the service's own, named by its key id.
 */

import { canonicalBytes, INCIDENT_KINDS, type IncidentKind, type Json, NO_REGION, toHex } from '@lethe/core';
import { sha256 } from '@noble/hashes/sha2.js';
import type { OpenEnvelope } from './envelope.ts';
import { LAST_TIME, Shape } from './shape.ts';
import { PREDICATE, parseStatement } from './statement.ts';

export interface Alarm {
  /** Name of the log that it is for. */
  origin: string;
  /** Where, or `-` for what belongs to no region. */
  region: string;
  kind: IncidentKind;
  /** Seconds since 1970, the first of an hour in UTC. */
  raisedAt: number;
}

/** Name in the subject of an alarm. Its digest is the predicate's. */
export const ALARM_SUBJECT = 'alarm';

const HOUR_S = 3600;
const REGION = /^(?:-|[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)$/;

/** Reads an alarm. Throws `bad_alarm`. Verifies no signature. */
export function readAlarm(envelope: OpenEnvelope): Alarm {
  const shape = newShape();
  const { subject, predicate } = parseStatement(envelope.payload, PREDICATE.alarm, shape);
  if (subject.name !== ALARM_SUBJECT) shape.refuse('its subject is no alarm');
  const alarm = checkAlarm(predicate);
  if (subject.digest !== toHex(sha256(canonicalBytes(predicate)))) shape.refuse('its subject is another alarm');
  return alarm;
}

/** Checks the fields of an alarm. Throws `bad_alarm`. */
export function checkAlarm(predicate: Json): Alarm {
  const shape = newShape();
  const { origin, region, kind, raisedAt } = shape.object(predicate, 'it', ['origin', 'region', 'kind', 'raisedAt']);
  const alarm = {
    origin: shape.text(origin, 'origin', 255, /^\S+$/),
    region: shape.text(region, 'region', 32, REGION),
    kind: shape.oneOf(kind, 'kind', INCIDENT_KINDS),
    raisedAt: shape.integer(raisedAt, 'raisedAt', 0, LAST_TIME),
  };
  if (alarm.raisedAt % HOUR_S !== 0) shape.refuse('raisedAt is not the start of an hour');
  if ((alarm.kind === 'channel_silent') !== (alarm.region === NO_REGION))
    shape.refuse('region and kind do not go together');
  return alarm;
}

const newShape = (): Shape => new Shape('bad_alarm', 'The alarm');
