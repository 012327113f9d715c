/** The shape of what a host says, checked at the border. What is inside (signatures, keys, addresses) is checked where it is used. */

import { type Birth, type HostToAgent, isQuestion } from '@lethe/core/agent-protocol';
import type { DsseEnvelope } from '@lethe/core/dsse';
import { isChallenge } from '@lethe/core/status';

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

const isEnvelope = (value: unknown): value is DsseEnvelope =>
  isObject(value) &&
  typeof value['payloadType'] === 'string' &&
  typeof value['payload'] === 'string' &&
  Array.isArray(value['signatures']) &&
  value['signatures'].every((signature) => isObject(signature) && typeof signature['sig'] === 'string');

const isKeys = (value: unknown): boolean =>
  value === null || (isObject(value) && typeof value['wireguard'] === 'string' && typeof value['node'] === 'string');

const isBirth = (value: Fields): value is Fields & Birth =>
  typeof value['server'] === 'string' &&
  typeof value['ownerKey'] === 'string' &&
  isEnvelope(value['devices']) &&
  isTextOrNull(value['settings']) &&
  isKeys(value['keys']) &&
  isObject(value['link']) &&
  isTextOrNull(value['enrolmentToken']) &&
  typeof value['seed'] === 'string' &&
  Number.isSafeInteger(value['timeMs']) &&
  (value['rootAnchors'] === null ||
    (Array.isArray(value['rootAnchors']) && value['rootAnchors'].every((line) => typeof line === 'string')));

const isAsk = (value: Fields): value is Extract<HostToAgent, { type: 'ask' }> =>
  value['type'] === 'ask' &&
  Number.isSafeInteger(value['id']) &&
  value['question'] !== 'forget' &&
  isQuestion(value['question'], value['body']) &&
  isChallenge(value['challenge']);

/** The message, or null for anything that is none. */
export function parseHostMessage(value: unknown): HostToAgent | null {
  if (!isObject(value)) return null;
  switch (value['type']) {
    case 'birth':
      return isBirth(value) ? value : null;
    case 'kept':
    case 'rest':
      return { type: value['type'] };
    case 'devices':
      return isEnvelope(value['devices']) ? { type: 'devices', devices: value['devices'] } : null;
    case 'ask':
      return isAsk(value) ? value : null;
    case 'forget':
      return { type: 'forget' };
    case 'look':
      return isCount(value['begins']) && isCount(value['seconds'])
        ? { type: 'look', begins: value['begins'], seconds: value['seconds'] }
        : null;
    case 'table':
      return typeof value['digest'] === 'string' && Number.isSafeInteger(value['size'])
        ? { type: 'table', digest: value['digest'], size: value['size'] as number }
        : null;
    case 'table_part':
      return Number.isSafeInteger(value['offset']) && typeof value['data'] === 'string'
        ? { type: 'table_part', offset: value['offset'] as number, data: value['data'] }
        : null;
    default:
      return null;
  }
}
