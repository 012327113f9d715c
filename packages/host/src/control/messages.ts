/** What the control plane says, checked at the border: a message that is not exactly in the protocol changes nothing. */

import {
  type ControlToHost,
  type DesiredServer,
  ENGINE_KINDS,
  isChallenge,
  isEpochLength,
  isQuestion,
  isServerId,
  LetheError,
  LONGEST_EPOCH_S,
} from '@lethe/core';
import { type Fields, hasExactly, isCount, isEnvelope, isKey32Url, isText } from '../fields.ts';

/** Longest message, in characters: some 16,000 servers with full lists. */
const MOST_TEXT = 64 << 20;

/** The message in a text frame. Throws `bad_request`. */
export function parseControlMessage(text: unknown): ControlToHost {
  if (isText(text, MOST_TEXT)) {
    try {
      const value: unknown = JSON.parse(text);
      if (isControlMessage(value)) return value;
    } catch {
      // Said below.
    }
  }
  throw new LetheError(
    'bad_request',
    'The control plane said something that is not in the protocol. Nothing was changed.',
  );
}

function isControlMessage(value: unknown): value is ControlToHost {
  switch ((value as Fields | null | undefined)?.['type']) {
    case 'desired':
      return isDesiredState(value);
    case 'enrolled':
      return (
        hasExactly(value, 'type', 'server', 'accepted') &&
        isServerId(value['server']) &&
        typeof value['accepted'] === 'boolean'
      );
    case 'ask':
      return (
        hasExactly(value, 'type', 'id', 'server', 'question', 'challenge', 'body') &&
        isCount(value['id'], Number.MAX_SAFE_INTEGER) &&
        isServerId(value['server']) &&
        isQuestion(value['question'], value['body']) &&
        isChallenge(value['challenge'])
      );
    case 'epoch':
      return (
        hasExactly(value, 'type', 'begins', 'seconds') &&
        isCount(value['begins'], Number.MAX_SAFE_INTEGER) &&
        isCount(value['seconds'], LONGEST_EPOCH_S) &&
        isEpochLength(value['seconds'])
      );
    case 'release':
      return isRelease(value);
    default:
      return false;
  }
}

/** The form alone: what it says is verified where it is used. */
function isRelease(value: unknown): boolean {
  return (
    hasExactly(value, 'type', 'policy', 'roots', 'release', 'between', 'consistency') &&
    isText(value['policy'], MOST_POLICY) &&
    isListOf(value['roots'], 100, isLoggedRoot) &&
    isLogged(value['release']) &&
    isListOf(value['between'], 1000, (item) => isText(item, MOST_ENVELOPE)) &&
    isListOf(value['consistency'], 128, (item) => isText(item, 44))
  );
}

const MOST_POLICY = 32_768;
const MOST_ENVELOPE = 65_535;

const isListOf = (value: unknown, most: number, check: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= most && value.every(check);

const isLoggedRoot = (value: unknown): boolean =>
  hasExactly(value, 'envelope', 'proof', 'firstProof') &&
  isText(value['envelope'], MOST_ENVELOPE) &&
  isText(value['proof'], 80_000) &&
  isText(value['firstProof'], 80_000);

const isLogged = (value: unknown): boolean =>
  hasExactly(value, 'envelope', 'proof') && isText(value['envelope'], MOST_ENVELOPE) && isText(value['proof'], 80_000);

function isDesiredState(value: unknown): boolean {
  if (!hasExactly(value, 'type', 'servers', 'gone')) return false;
  const { servers, gone } = value;
  if (!Array.isArray(servers) || !areServers(servers) || !Array.isArray(gone) || !gone.every(isServerId)) return false;
  return !servers.some((entry) => gone.includes(entry.server));
}

/** Every server well-formed, no id and no port twice. */
function areServers(list: readonly unknown[]): boolean {
  if (!list.every(isDesired)) return false;
  const unique = (values: unknown[]): boolean => new Set(values).size === values.length;
  return unique(list.map((entry) => entry.server)) && unique(list.map((entry) => entry.port));
}

const isDesired = (value: unknown): value is DesiredServer =>
  hasExactly(value, 'server', 'engine', 'port', 'ownerKey', 'devices', 'enrolmentToken') &&
  isServerId(value['server']) &&
  (ENGINE_KINDS as readonly unknown[]).includes(value['engine']) &&
  isCount(value['port'], 65535) &&
  value['port'] > 0 &&
  isKey32Url(value['ownerKey']) &&
  isEnvelope(value['devices']) &&
  (value['enrolmentToken'] === null || isText(value['enrolmentToken'], 128));
