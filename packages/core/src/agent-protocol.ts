/**
 * What a host and the agent on one of its servers say to each other: one JSON object a line over the engine's channel.
 * This is everything the agent can ever emit: closed types, no free text, nothing that names a client, a lookup or a destination
 * (CL-19). The heartbeat has no field but its type, so it cannot vary with what a customer does.
 *
 * A virtual machine may be a copy of one that has booted before: that one is told to `rest` and not spoken to again. So a birth brings
 * what a copy does not have of its own: randomness and the time.
 *
 * Order at a server's birth (each step durable before the next):
 *   agent → hello
 *   host  → birth            keys are null the very first time
 *   agent → keep             only then: the keys it made, in its own memory
 *   host  → kept             after the sealed file is on disk; a crash before it loses nothing, because no customer knows the key yet
 *   agent → enrol            first birth only: token and public keys; the host relays it to the control plane
 *   agent → stage …, ready
 */

import type { InsideKind } from './drift.ts';
import type { DsseEnvelope } from './dsse.ts';
import type { Letters } from './evidence.ts';
import type { Link } from './tunnel.ts';

export const AGENT_PROTOCOL = 1;
/** Longest line either side accepts, in bytes. */
export const AGENT_LINE_BYTES = 256 * 1024;
/** Seconds between heartbeats. */
export const HEARTBEAT_S = 10;
/** Bytes of a block table that one line carries. */
export const TABLE_PART_BYTES = 96 * 1024;
/** Largest block table a server takes, in bytes: four million domains. */
export const MAX_TABLE_BYTES = 32 * 1024 * 1024;

/**
 * What an owner can ask of a server: each is answered by the server, signed with its node key and sealed to the owner, except
 * `forget`, which the host carries out and answers with nothing: that it happened shows in the signed status, whose age starts anew.
 */
export const QUESTIONS = ['status', 'inventory', 'settings', 'forget'] as const;
export type Question = (typeof QUESTIONS)[number];
/**
 * Milliseconds until an agent's answer counts as none. Software emulation takes ten seconds to measure an inventory. The control plane
 * waits a moment longer, so that it hears what the host has to say.
 */
export const answerLimitMs = (question: Question): number => (question === 'status' ? 9_000 : 22_000);
/** Longest body of a question, in characters: sealed settings are the only one. */
export const MAX_QUESTION_BODY = 7000;

/** True if a question comes with a body exactly where it must. */
export const isQuestion = (question: unknown, body: unknown): boolean =>
  (QUESTIONS as readonly unknown[]).includes(question) &&
  (question === 'settings'
    ? typeof body === 'string' && body.length <= MAX_QUESTION_BODY && /^[A-Za-z0-9+/]+={0,2}$/.test(body)
    : body === null);

/** The two private keys of a server, base64. They live in the server's memory and in the host's sealed file, nowhere else. */
export interface ServerKeys {
  wireguard: string;
  /** Ed25519 seed: signs the enrolment, and each answer to a question of the owner. */
  node: string;
}

export interface Birth {
  type: 'birth';
  server: string;
  /** base64url Ed25519 public key of the owner. */
  ownerKey: string;
  devices: DsseEnvelope;
  /** The newest settings of the owner that the server has accepted, as the owner sealed them; null for the default ones. */
  settings: string | null;
  keys: ServerKeys | null;
  link: Link;
  /** Present until the server is enrolled. */
  enrolmentToken: string | null;
  /** Trust anchors (DNSKEY or DS lines) in place of the public root's, for a network with a root of its own. */
  rootAnchors: string[] | null;
  /** 32 random bytes, base64, drawn for this birth. Copies of one machine have the same random state until they mix it in. */
  seed: string;
  /** Milliseconds since 1970. A copy's clock stood still. */
  timeMs: number;
}

/** Stages of a birth in order; what honest progress shows. */
export const STAGES = ['network', 'tunnel', 'resolver', 'ready'] as const;
export type Stage = (typeof STAGES)[number];

export const AGENT_FAILURES = [
  'firewall_refused',
  'link_failed',
  'tunnel_failed',
  'resolver_failed',
  'list_refused',
  'keys_refused',
  'settings_refused',
  'filter_failed',
] as const;
export type AgentFailure = (typeof AGENT_FAILURES)[number];

export type HostToAgent =
  | Birth
  | { type: 'kept' }
  /** This machine will be copied: get ready to be born later. The line ends after `rested`. */
  | { type: 'rest' }
  | { type: 'devices'; devices: DsseEnvelope }
  /** `challenge` is the owner's: the answer is signed together with it. */
  | { type: 'ask'; id: number; question: Exclude<Question, 'forget'>; challenge: string; body: string | null }
  /** Measure yourself for this epoch. The same for every server, whatever it does. */
  | { type: 'look'; begins: number; seconds: number }
  /** Forget everything now, in a machine that goes on (`container`). */
  | { type: 'forget' }
  /** The block table that should be in use: hex SHA-256 and size in bytes. The agent asks for its parts. */
  | { type: 'table'; digest: string; size: number }
  /** Part of the table named last, base64. */
  | { type: 'table_part'; offset: number; data: string };

/** What the server enrols with. `signature` is the node key's over the canonical JSON of the other fields (Ed25519, base64). */
export interface Enrolment {
  server: string;
  token: string;
  /** base64url Ed25519 public key. */
  nodeKey: string;
  /** base64 WireGuard public key. */
  wireguardKey: string;
  signature: string;
}

export type AgentToHost =
  | { type: 'hello'; protocol: number }
  | { type: 'keep'; keys: ServerKeys }
  | { type: 'enrol'; enrolment: Enrolment }
  | { type: 'stage'; stage: Stage }
  | { type: 'failed'; failure: AgentFailure }
  /** Counter of the device list now in force, after each change. */
  | { type: 'applied'; counter: number }
  | { type: 'answer'; id: number; sealed: string }
  /** What the watch sees now that no release explains; the whole of it, whenever it changes and after each birth. */
  | { type: 'drift'; kinds: InsideKind[] }
  /** What a look has shown, signed with the node key (evidence.ts). */
  | { type: 'looked'; begins: number; seconds: number; inside: Letters; signature: string }
  /** Settings of the owner that the server has accepted: to be sealed on disk before the next `answer` goes on. */
  | { type: 'keep_settings'; sealed: string }
  /** It is time to forget everything. To the host alone, which passes it on to nobody: it tells that no device is there. */
  | { type: 'forget' }
  /** Wants the part of the table that begins here. */
  | { type: 'table_want'; offset: number }
  /** To the engine that makes copies, never to a host: the machine may be stopped now. */
  | { type: 'rested' }
  | { type: 'heartbeat' };
