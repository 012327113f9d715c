/**
 * What an agent says, checked at the border. Threat: the server was taken over, and everything it sends is meant to harm the host or
 * the control plane behind it. Nothing passes that is not spelled exactly as the protocol has it.
 */

import {
  AGENT_FAILURES,
  AGENT_PROTOCOL,
  type AgentToHost,
  INSIDE_KINDS,
  isKindList,
  isLetters,
  LetheError,
  LONGEST_EPOCH_S,
  MAX_QUESTION_BODY,
  MAX_TABLE_BYTES,
  STAGES,
} from '@lethe/core';
import { type Fields, hasExactly, isBase64, isCount, isKey32, isKey32Url, isText } from '../fields.ts';

/** A sealed status is 2048 bytes and the seal's own 48, in base64. */
const MOST_SEALED = 4096;

/** The message. Throws `bad_request` for anything else: the caller drops the connection. */
export function parseAgentMessage(value: unknown): AgentToHost {
  if (isAgentMessage(value)) return value;
  throw new LetheError(
    'bad_request',
    'A server said something that is not in the protocol. The connection was dropped.',
  );
}

function isAgentMessage(value: unknown): value is AgentToHost {
  switch ((value as Fields | null | undefined)?.['type']) {
    case 'hello':
      return hasExactly(value, 'type', 'protocol') && value['protocol'] === AGENT_PROTOCOL;
    case 'heartbeat':
      return hasExactly(value, 'type');
    case 'keep':
      return hasExactly(value, 'type', 'keys') && isKeys(value['keys']);
    case 'enrol':
      return hasExactly(value, 'type', 'enrolment') && isEnrolment(value['enrolment']);
    case 'stage':
      return hasExactly(value, 'type', 'stage') && (STAGES as readonly unknown[]).includes(value['stage']);
    case 'failed':
      return hasExactly(value, 'type', 'failure') && (AGENT_FAILURES as readonly unknown[]).includes(value['failure']);
    case 'applied':
      return hasExactly(value, 'type', 'counter') && isCount(value['counter'], Number.MAX_SAFE_INTEGER);
    case 'answer':
      return (
        hasExactly(value, 'type', 'id', 'sealed') &&
        isCount(value['id'], Number.MAX_SAFE_INTEGER) &&
        isBase64(value['sealed'], 4, MOST_SEALED)
      );
    case 'keep_settings':
      return hasExactly(value, 'type', 'sealed') && isBase64(value['sealed'], 4, MAX_QUESTION_BODY);
    case 'drift':
      return hasExactly(value, 'type', 'kinds') && isKindList(value['kinds'], INSIDE_KINDS);
    case 'forget':
      return hasExactly(value, 'type');
    case 'looked':
      return (
        hasExactly(value, 'type', 'begins', 'seconds', 'inside', 'signature') &&
        isCount(value['begins'], Number.MAX_SAFE_INTEGER) &&
        isCount(value['seconds'], LONGEST_EPOCH_S) &&
        isLetters(value['inside']) &&
        isBase64(value['signature'], 88, 88)
      );
    case 'table_want':
      return hasExactly(value, 'type', 'offset') && isCount(value['offset'], MAX_TABLE_BYTES);
    default:
      return false;
  }
}

const isKeys = (value: unknown): boolean =>
  hasExactly(value, 'wireguard', 'node') && isKey32(value['wireguard']) && isKey32(value['node']);

const isEnrolment = (value: unknown): boolean =>
  hasExactly(value, 'server', 'token', 'nodeKey', 'wireguardKey', 'signature') &&
  isText(value['server'], 32) &&
  isText(value['token'], 128) &&
  isKey32Url(value['nodeKey']) &&
  isKey32(value['wireguardKey']) &&
  isBase64(value['signature'], 88, 88);
