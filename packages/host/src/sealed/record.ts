/**
 * What the host keeps about one server, and its sealed form: AES-256-GCM under the host's seal key, bound to the server's id, padded
 * so that the size of the file does not tell how many devices there are.
 */

import {
  concat,
  type DsseEnvelope,
  ENGINE_KINDS,
  type EngineKind,
  fromUtf8,
  LetheError,
  MAX_QUESTION_BODY,
  randomBytes,
  type Secret,
  type ServerKeys,
  utf8,
} from '@lethe/core';
import { hasExactly, isCount, isEnvelope, isKey32, isKey32Url, isText } from '../fields.ts';

export interface ServerRecord {
  /** base64url Ed25519: pinned when the record is first written, never changed afterwards. */
  ownerKey: string;
  /** Null until the server has made them. */
  keys: ServerKeys | null;
  /** UDP port on the host. */
  port: number;
  /** Number of the link between host and server. */
  link: number;
  /** Pinned like the owner: what an engine guarantees is what the owner chose. */
  engine: EngineKind;
  /** The newest list that was accepted: its counter never goes down. */
  devices: DsseEnvelope;
  /** The owner's newest settings, as the owner sealed them to the server; null before there are any. */
  settings: string | null;
  /** True once the control plane has accepted the server's keys: from then on the host brings it up without being told. */
  enrolled: boolean;
}

const MAGIC = utf8('LETHE1');
const NONCE_BYTES = 12;
const PAD_TO = 16384;

const additionalData = (id: string): Uint8Array<ArrayBuffer> => utf8(`lethe sealed server v1 ${id}`);

const importKey = (key: Secret<'host-seal'>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key.reveal(), 'AES-GCM', false, ['encrypt', 'decrypt']);

/** The bytes that go to disk. */
export async function sealRecord(key: Secret<'host-seal'>, id: string, record: ServerRecord): Promise<Uint8Array> {
  const text = utf8(JSON.stringify(record));
  const padded = new Uint8Array(Math.ceil(text.length / PAD_TO) * PAD_TO).fill(0x20);
  padded.set(text);
  const nonce = randomBytes(NONCE_BYTES);
  const params = { name: 'AES-GCM', iv: nonce, additionalData: additionalData(id) };
  const sealed = await crypto.subtle.encrypt(params, await importKey(key), padded);
  return concat(MAGIC, nonce, new Uint8Array(sealed));
}

/** The record in a file's bytes. Throws `bad_encoding` for anything that is not this server's record, sealed with this key, whole. */
export async function openRecord(key: Secret<'host-seal'>, id: string, bytes: Uint8Array): Promise<ServerRecord> {
  try {
    const iv = new Uint8Array(bytes.slice(MAGIC.length, MAGIC.length + NONCE_BYTES));
    const sealed = new Uint8Array(bytes.slice(MAGIC.length + NONCE_BYTES));
    const params = { name: 'AES-GCM', iv, additionalData: additionalData(id) };
    const text = fromUtf8(new Uint8Array(await crypto.subtle.decrypt(params, await importKey(key), sealed)));
    const value: unknown = JSON.parse(text);
    // A record from before there were settings has none.
    const whole = { settings: null, ...(value as object) };
    if (isRecord(whole)) return whole;
  } catch {
    // Said below, for every kind of damage alike.
  }
  throw new LetheError('bad_encoding', 'The sealed record of a server is damaged.');
}

const isRecord = (value: unknown): value is ServerRecord =>
  hasExactly(value, 'ownerKey', 'keys', 'port', 'link', 'engine', 'devices', 'settings', 'enrolled') &&
  isKey32Url(value['ownerKey']) &&
  (value['keys'] === null ||
    (hasExactly(value['keys'], 'wireguard', 'node') &&
      isKey32(value['keys']['wireguard']) &&
      isKey32(value['keys']['node']))) &&
  isCount(value['port'], 65535) &&
  isCount(value['link'], 16383) &&
  (ENGINE_KINDS as readonly unknown[]).includes(value['engine']) &&
  isEnvelope(value['devices']) &&
  (value['settings'] === null || isText(value['settings'], MAX_QUESTION_BODY)) &&
  typeof value['enrolled'] === 'boolean';
