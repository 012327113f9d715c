/**
 * Live status of a server, read from its memory on request (CL-04, CL-08): signed by the server's node key together with a challenge
 * of the owner, and sealed to the owner. The plaintext is padded to one size, so that the ciphertext tells the control plane nothing
 * about how many devices there are or what they do.
 *
 * Threat: the control plane carries question and answer. It can withhold both; it cannot read an answer, make one up, give an old
 * one to a new question, or give one server's for another's.
 */

import { toBase64Url } from './bytes.ts';
import { randomBytes } from './random.ts';
import type { Secret } from './secret.ts';
import { ANSWER_BYTES, openAnswer, type ServerChallenge, sealAnswer } from './signed-answer.ts';

export const STATUS_INFO = 'lethe status v1';
/** What the node key signs: the pre-authentication encoding of DSSE with this type, over the canonical JSON of the status. */
export const STATUS_TYPE = 'application/vnd.lethe.status.v1';
/** Bytes of padded plaintext: a signature and ten devices at about 150 bytes each, with room. */
export const STATUS_BYTES = ANSWER_BYTES;
const KIND = { info: STATUS_INFO, type: STATUS_TYPE };

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
export type StatusQuestion = ServerChallenge;

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
export const sealStatus = (
  status: ServerStatus,
  question: StatusQuestion,
  nodeKey: Secret<'node-sign'>,
  ownerSealTo: string,
): Promise<string> => sealAnswer(KIND, status, question, nodeKey, ownerSealTo);

/**
 * Opens a sealed status with the owner's sealing key. Throws `bad_signature` unless the node key (base64url Ed25519) signed it, for
 * this server and as the answer to this challenge.
 */
export const openStatus = async (
  sealed: string,
  key: Secret<'owner-seal'>,
  question: StatusQuestion,
  nodeKey: string,
): Promise<ServerStatus> => (await openAnswer(KIND, sealed, key, question, nodeKey)) as unknown as ServerStatus;
