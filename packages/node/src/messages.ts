/** The shape of what a host says, checked at the border. What is inside (signatures, keys, addresses) is checked where it is used. */

import type { Birth, HostToAgent } from '@lethe/core/agent-protocol';
import type { DsseEnvelope } from '@lethe/core/dsse';
import { isChallenge } from '@lethe/core/status';

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
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
  isKeys(value['keys']) &&
  isObject(value['link']) &&
  isTextOrNull(value['enrolmentToken']) &&
  (value['rootAnchors'] === null ||
    (Array.isArray(value['rootAnchors']) && value['rootAnchors'].every((line) => typeof line === 'string')));

/** The message, or null for anything that is none. */
export function parseHostMessage(value: unknown): HostToAgent | null {
  if (!isObject(value)) return null;
  switch (value['type']) {
    case 'birth':
      return isBirth(value) ? value : null;
    case 'kept':
      return { type: 'kept' };
    case 'devices':
      return isEnvelope(value['devices']) ? { type: 'devices', devices: value['devices'] } : null;
    case 'ask':
      return Number.isSafeInteger(value['id']) && value['question'] === 'status' && isChallenge(value['challenge'])
        ? { type: 'ask', id: value['id'] as number, question: 'status', challenge: value['challenge'] }
        : null;
    default:
      return null;
  }
}
