/**
 * What a host and the agent on one of its servers say to each other: one JSON object a line over the engine's channel.
 * This is everything the agent can ever emit: closed types, no free text, nothing that names a client, a lookup or a destination
 * (CL-19). The heartbeat has no field but its type, so it cannot vary with what a customer does.
 *
 * Order at a server's birth (each step durable before the next):
 *   agent → hello
 *   host  → birth            keys are null the very first time
 *   agent → keep             only then: the keys it made, in its own memory
 *   host  → kept             after the sealed file is on disk; a crash before it loses nothing, because no customer knows the key yet
 *   agent → enrol            first birth only: token and public keys; the host relays it to the control plane
 *   agent → stage …, ready
 */

import type { DsseEnvelope } from './dsse.ts';
import type { Link } from './tunnel.ts';

export const AGENT_PROTOCOL = 1;
/** Longest line either side accepts, in bytes. */
export const AGENT_LINE_BYTES = 256 * 1024;
/** Seconds between heartbeats. */
export const HEARTBEAT_S = 10;

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
  keys: ServerKeys | null;
  link: Link;
  /** Present until the server is enrolled. */
  enrolmentToken: string | null;
  /** Trust anchors (DNSKEY or DS lines) in place of the public root's, for a network with a root of its own. */
  rootAnchors: string[] | null;
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
] as const;
export type AgentFailure = (typeof AGENT_FAILURES)[number];

export type HostToAgent =
  | Birth
  | { type: 'kept' }
  | { type: 'devices'; devices: DsseEnvelope }
  /** `challenge` is the owner's: the answer is signed together with it. */
  | { type: 'ask'; id: number; question: 'status'; challenge: string };

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
  | { type: 'heartbeat' };
