/** The messages a host may send, as schemas: anything else ends its connection. */

import {
  CLAIM_IDS,
  DRIFT_KINDS,
  ENGINE_KINDS,
  HOST_FAILURES,
  HOST_PROTOCOL,
  type HostToControl,
  LONGEST_EPOCH_S,
  SHORTEST_EPOCH_S,
} from '@lethe/core';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { oneOf } from '../http/schema.ts';
import { HOST_STAGES, serverId } from './schemas.ts';

const exact = { additionalProperties: false };
const key = Type.String({ maxLength: 128 });
const counter = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** A name or address that devices dial, without a port and without brackets. */
const dialled = Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}$' });

const letters = Type.String({ pattern: `^[ntc-]{${CLAIM_IDS.length}}$` });

const MESSAGES = {
  hello: Type.Object(
    {
      type: Type.Literal('hello'),
      protocol: Type.Literal(HOST_PROTOCOL),
      engines: Type.Array(oneOf(ENGINE_KINDS, ''), { minItems: 1, maxItems: ENGINE_KINDS.length }),
      defaultEngine: oneOf(ENGINE_KINDS, ''),
      publicAddresses: Type.Array(dialled, { minItems: 1, maxItems: 16 }),
      ports: Type.Object(
        { first: Type.Integer({ minimum: 1, maximum: 65535 }), count: Type.Integer({ minimum: 1, maximum: 16384 }) },
        exact,
      ),
    },
    exact,
  ),
  log: Type.Object(
    {
      type: Type.Literal('log'),
      size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      release: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    },
    exact,
  ),
  stage: Type.Object({ type: Type.Literal('stage'), server: serverId, stage: oneOf(HOST_STAGES, '') }, exact),
  failed: Type.Object({ type: Type.Literal('failed'), server: serverId, failure: oneOf(HOST_FAILURES, '') }, exact),
  applied: Type.Object({ type: Type.Literal('applied'), server: serverId, counter }, exact),
  enrol: Type.Object(
    {
      type: Type.Literal('enrol'),
      enrolment: Type.Object({ server: serverId, token: key, nodeKey: key, wireguardKey: key, signature: key }, exact),
    },
    exact,
  ),
  drift: Type.Object(
    {
      type: Type.Literal('drift'),
      server: serverId,
      kinds: Type.Array(oneOf(DRIFT_KINDS, ''), { maxItems: DRIFT_KINDS.length, uniqueItems: true }),
    },
    exact,
  ),
  evidence: Type.Object(
    {
      type: Type.Literal('evidence'),
      look: Type.Object(
        {
          server: serverId,
          begins: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
          seconds: Type.Integer({ minimum: SHORTEST_EPOCH_S, maximum: LONGEST_EPOCH_S }),
          inside: letters,
        },
        exact,
      ),
      signature: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
      outside: letters,
    },
    exact,
  ),
  gone: Type.Object({ type: Type.Literal('gone'), server: serverId }, exact),
  answer: Type.Object(
    {
      type: Type.Literal('answer'),
      id: Type.Integer({ minimum: 0 }),
      sealed: Type.Union([Type.String({ maxLength: 8192, pattern: '^[A-Za-z0-9+/]*={0,2}$' }), Type.Null()]),
    },
    exact,
  ),
};

/** The message, or undefined if it is none of the protocol. */
export function parseHostMessage(text: string): HostToControl | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(MESSAGES, type)) return undefined;
  return Value.Check(MESSAGES[type as keyof typeof MESSAGES], value) ? (value as HostToControl) : undefined;
}
