/**
 * Live status of a server, read from its memory on request (CL-04, CL-08): signed by the server's node key together with a challenge
 * of the owner, and sealed to the owner. The plaintext is padded to one size, so that the ciphertext tells the control plane nothing
 * about how many devices there are or what they do.
 *
 * Threat: the control plane carries question and answer. It can withhold both; it cannot read an answer, make one up, give an old
 * one to a new question, or give one server's for another's.
 */

import { concat, fromBase64Url, toBase64Url } from './bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from './canonical.ts';
import { preAuthEncoding } from './dsse.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import { randomBytes } from './random.ts';
import { openSealed, sealTo } from './seal.ts';
import type { Secret } from './secret.ts';

export const STATUS_INFO = 'lethe status v1';
/** What the node key signs: the pre-authentication encoding of DSSE with this type, over the canonical JSON of the status. */
export const STATUS_TYPE = 'application/vnd.lethe.status.v1';
/** Bytes of padded plaintext: a signature and ten devices at about 150 bytes each, with room. */
export const STATUS_BYTES = 2048;
const SIGNATURE_BYTES = 64;
const PADDING = 0x20;

export interface DeviceStatus {
  /** WireGuard public key, base64. */
  key: string;
  /** Whole seconds since the last handshake; null before the first. */
  handshakeAgeS: number | null;
  receivedBytes: number;
  sentBytes: number;
}

export interface ServerStatus {
  /** Counter of the device list in force. */
  counter: number;
  /** Counter of the owner's settings in force; 0 for the default ones. */
  settingsCounter: number;
  /** Whole seconds since this server last forgot everything: since its machine was born, or was cleaned as if it were. */
  uptimeS: number;
  /** Blocked lookups since then, rounded down to a power of ten: a fine count would be a trace of one customer's behaviour. */
  blocked: number;
  devices: DeviceStatus[];
}

/** One question to one server. */
export interface StatusQuestion {
  server: string;
  /** From `newChallenge`; never used twice. */
  challenge: string;
}

/** A device counts as online for this long after a handshake: WireGuard renews a session that carries traffic every 120 s and rejects it after 180 s. */
export const ONLINE_FOR_S = 180;
export const isOnline = (device: DeviceStatus): boolean =>
  device.handshakeAgeS !== null && device.handshakeAgeS < ONLINE_FOR_S;

/** A fresh challenge: 16 random bytes, base64url. */
export const newChallenge = (): string => toBase64Url(randomBytes(16));
/** The one spelling of 16 bytes in base64url: the last character carries two bits. */
export const CHALLENGE_PATTERN = '^[A-Za-z0-9_-]{21}[AQgw]$';
const challengeForm = new RegExp(CHALLENGE_PATTERN);
export const isChallenge = (text: unknown): text is string => typeof text === 'string' && challengeForm.test(text);

/**
 * Signs the answer to a question with the node key and seals it to the owner's key (base64url X25519). Returns base64 of a constant
 * length.
 */
export async function sealStatus(
  status: ServerStatus,
  { server, challenge }: StatusQuestion,
  nodeKey: Secret<'node-sign'>,
  ownerSealTo: string,
): Promise<string> {
  const text = canonicalBytes({ ...status, server, challenge } as unknown as Json);
  if (SIGNATURE_BYTES + text.length > STATUS_BYTES)
    throw new LetheError('internal', 'The status does not fit its fixed size.');
  const padded = new Uint8Array(STATUS_BYTES).fill(PADDING);
  padded.set(concat(await sign(nodeKey, preAuthEncoding(STATUS_TYPE, text)), text));
  return sealTo(fromBase64Url(ownerSealTo), STATUS_INFO, server, padded);
}

/**
 * Opens a sealed status with the owner's sealing key. Throws `bad_signature` unless the node key (base64url Ed25519) signed it, for
 * this server and as the answer to this challenge.
 */
export async function openStatus(
  sealed: string,
  key: Secret<'owner-seal'>,
  question: StatusQuestion,
  nodeKey: string,
): Promise<ServerStatus> {
  const plaintext = await openSealed(key, STATUS_INFO, question.server, sealed);
  const text = withoutPadding(plaintext.slice(SIGNATURE_BYTES));
  const signature = plaintext.slice(0, SIGNATURE_BYTES);
  if (!(await verify(fromBase64Url(nodeKey), preAuthEncoding(STATUS_TYPE, text), signature))) throw notItsAnswer();
  const { server, challenge, ...status } = parseCanonical(text) as unknown as ServerStatus & StatusQuestion;
  if (server !== question.server || challenge !== question.challenge) throw notItsAnswer();
  return status;
}

function withoutPadding(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, bytes.findLastIndex((byte) => byte !== PADDING) + 1);
}

const notItsAnswer = () =>
  new LetheError(
    'bad_signature',
    "What came back is not this server's signed answer to this question, so it says nothing. Nothing was changed. If this goes on, do not trust the service.",
  );
