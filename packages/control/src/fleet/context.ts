/** What the functions of the fleet plane work with. Nothing of the accounts plane is in reach from here. */

import type { Clock, EntitlementRedeemer, IncidentKind, ReleaseMessage, Secret } from '@lethe/core';
import type { Evidence } from '@lethe/verify';
import type { Kysely, Transaction } from 'kysely';
import type { Bus } from './bus.ts';
import type { EvidenceRounds } from './evidence/rounds.ts';
import type { HostChannels } from './host-channels.ts';
import type { Alarms } from './incidents/alarms.ts';
import type { BusyPorts } from './ports.ts';
import type { FleetTables } from './tables.ts';
import type { Watchers } from './watchers.ts';

export type FleetDb = Kysely<FleetTables>;
export type FleetTx = Transaction<FleetTables>;

export interface FleetContext {
  db: FleetDb;
  clock: Clock;
  /** Enrolment tokens are HMACs under it, so that none is stored. */
  enrolmentSecret: Secret<'token'>;
  redeemer: EntitlementRedeemer;
  /** Carries changes between control processes. */
  bus: Bus;
  /** Connections of hosts to this process. */
  channels: HostChannels;
  /** Requests of this process that wait for a change of a server. */
  watchers: Watchers;
  /** Ports that hosts said are taken by somebody else. */
  busyPorts: BusyPorts;
  /** What hosts may run, out of the log; undefined if there is nothing to tell. */
  releaseSince(seen: { size: number; release: number }): Promise<ReleaseMessage | undefined>;
  /** Tells channels, the log and the daily round of incidents. */
  alarms: Alarms;
  /** The clock of the evidence. */
  evidence: EvidenceRounds;
  /** What the fleet needs of the log; null for a service without one. */
  proof: FleetProof | null;
}

export interface FleetProof {
  /** Puts an alarm into the public log; the same once more adds nothing. `raisedAt` in Unix seconds, the start of an hour. */
  alarm(alarm: { region: string; kind: IncidentKind; raisedAt: number }): Promise<void>;
  /** Puts the evidence of a cell into the public log; the same once more adds nothing. Resolves to the number of the entry. */
  evidence(evidence: Omit<Evidence, 'origin'>): Promise<number>;
  /** Id of the person of the newest trust root whose key it is. */
  personOf(publicKey: string): string | undefined;
}
