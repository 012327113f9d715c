/**
 * What the control plane and a host's supervisor say to each other over one WebSocket that the host opens (text frames, one JSON
 * object each). The control plane always sends the whole desired state of that host: a lost message cannot leave a difference.
 * While the connection is down the host keeps what it runs. It never destroys a server because it heard nothing of it: only one that
 * `gone` names.
 */

import type { Enrolment, Question, Stage } from './agent-protocol.ts';
import type { DriftKind } from './drift.ts';
import type { DsseEnvelope } from './dsse.ts';
import type { EngineKind } from './engine.ts';
import type { Letters, Look } from './evidence.ts';

export const HOST_PROTOCOL = 2;

export interface DesiredServer {
  server: string;
  engine: EngineKind;
  /** UDP port on the host's public addresses. */
  port: number;
  /** base64url Ed25519. The host pins it at first sight and refuses a change. */
  ownerKey: string;
  devices: DsseEnvelope;
  enrolmentToken: string | null;
}

/** Why a server could not be brought up; a closed list, shown to its owner. */
export const HOST_FAILURES = [
  'engine_failed',
  'engine_timeout',
  'port_in_use',
  'disk_full',
  'owner_changed',
  'engine_changed',
  'list_refused',
  'agent_failed',
  'not_released',
] as const;
export type HostFailure = (typeof HOST_FAILURES)[number];

/** Progress of a server on its host, before the agent's own stages. */
export type HostStage = 'machine' | 'booting' | Stage;

/** A document of the log with its tlog-proof; both are text. */
export interface LoggedText {
  envelope: string;
  proof: string;
}

/** A trust root, with its newest proof and the one under the witnesses that counted when it was logged. */
export interface LoggedRootText extends LoggedText {
  firstProof: string;
}

/** The newest release, with all that a host needs to verify it by itself. */
export interface ReleaseMessage {
  type: 'release';
  /** Text of the tlog-policy under which the first trust root stands; pinned by the host at first sight. */
  policy: string;
  roots: LoggedRootText[];
  release: LoggedText;
  /** Envelopes of the releases between the one the host has and the newest, oldest first. */
  between: string[];
  /** Hashes, standard base64, that prove that the log continues what the host has seen. */
  consistency: string[];
}

export type ControlToHost =
  | ReleaseMessage
  /**
   * `gone` names servers that must not be there any more; the host answers `gone` for each, also for one it never had. A server that is
   * in neither list is left as it is, so that a control plane that lost its database ends nobody's server.
   */
  | { type: 'desired'; servers: DesiredServer[]; gone: string[] }
  | { type: 'enrolled'; server: string; accepted: boolean }
  /** Look at every server once in this epoch, each at a moment of its own. Sent at the beginning of each epoch, and to a host that comes. */
  | { type: 'epoch'; begins: number; seconds: number }
  | { type: 'ask'; id: number; server: string; question: Question; challenge: string; body: string | null };

export type HostToControl =
  /** What the host has seen of the log, 0 and 0 at first; sent before `hello`, and whenever it has accepted a release. */
  | { type: 'log'; size: number; release: number }
  | {
      type: 'hello';
      protocol: number;
      engines: EngineKind[];
      /** What `auto` means on this host. */
      defaultEngine: EngineKind;
      /** Names or addresses that devices outside dial. */
      publicAddresses: string[];
      ports: { first: number; count: number };
    }
  | { type: 'stage'; server: string; stage: HostStage }
  | { type: 'failed'; server: string; failure: HostFailure }
  | { type: 'applied'; server: string; counter: number }
  | { type: 'enrol'; enrolment: Enrolment }
  /** What is not as it should be on a server; the whole of it, whenever it changes and at each new connection. */
  | { type: 'drift'; server: string; kinds: DriftKind[] }
  /** One look at one server: what it found, signed by it, and what was seen from outside (evidence.ts). Again at each new connection. */
  | { type: 'evidence'; look: Look; signature: string; outside: Letters }
  /** Sent for every server named in `gone`, once nothing of it is left. */
  | { type: 'gone'; server: string }
  /** `sealed` is empty for `forget`, once it has begun; null if the server does not answer. */
  | { type: 'answer'; id: number; sealed: string | null };
