/** Rows of the fleet plane. Every column is declared with its meaning in spec/stored-fields.json; a test holds the two together. */

import type { DsseEnvelope, EngineKind, HostFailure, HostStage, IncidentEvent, IncidentKind } from '@lethe/core';
import type { ColumnType, Generated } from 'kysely';
import type { Plane } from '../db/tidy.ts';
import type { ServerState } from './schemas.ts';

export const FLEET_PLANE: Plane = {
  schema: 'fleet',
  tables: [
    'regions',
    'hosts',
    'join_tokens',
    'servers',
    'spent_vouchers',
    'incidents',
    'deliveries',
    'epochs',
    'evidence',
  ],
  jobs: 'fleet_jobs',
};

type Json<T> = ColumnType<T, string, string>;

export interface FleetTables {
  regions: {
    id: string;
    name: string;
  };
  hosts: {
    id: Generated<string>;
    /** Small number for the advisory lock that says "connected". */
    number: Generated<number>;
    host_key: string;
    region_id: string;
    engines: Generated<EngineKind[]>;
    default_engine: EngineKind | null;
    public_addresses: Generated<string[]>;
    port_first: Generated<number>;
    port_count: Generated<number>;
  };
  join_tokens: {
    token_hash: Buffer;
    expires_on: string;
  };
  servers: {
    id: string;
    owner_key: string;
    host_id: string;
    engine: EngineKind;
    port: number;
    state: ServerState;
    stage: HostStage | null;
    failure: HostFailure | null;
    node_key: string | null;
    wireguard_key: string | null;
    devices: Json<DsseEnvelope>;
    list_counter: number;
    applied_counter: number | null;
    lease_until: string;
    /** True once a host may have heard of it: from then on only the host can say that nothing of it is left. */
    handed_over: Generated<boolean>;
    /** First day of looks at it: the one after it enrolled, so that no row tells its hour. */
    due_from: string | null;
    revision: Generated<number>;
  };
  spent_vouchers: {
    spent_key: Buffer;
    expires_on: string;
  };
  /** What was not as it should be (incidents/store.ts). The only tables with times finer than a day: those of machines, not of persons. */
  incidents: {
    /** Random, so that it tells no order. */
    id: Generated<string>;
    /** What it is about: one of the three, or none once its server is gone. */
    server_id: string | null;
    host_id: string | null;
    channel: string | null;
    region_id: string;
    kind: IncidentKind;
    detected_at: Date;
    /** When the last alarm was raised: at first `detected_at`. */
    alarmed_at: Date;
    /** What the channels were told last while it was open. */
    told: Generated<Exclude<IncidentEvent, 'closed'>>;
    gone_at: Date | null;
    acknowledged_at: Date | null;
    acknowledged_by: string | null;
    closed_at: Date | null;
    closed_by: string | null;
    cause: string | null;
    /** When the public log had the last alarm. */
    logged_at: Date | null;
  };
  deliveries: {
    id: Generated<number>;
    incident_id: string;
    event: IncidentEvent;
    channel: string;
    attempts: Generated<number>;
    queued_at: Date;
    next_at: Date;
    /** The first attempt that failed; null again once it was delivered. */
    failed_at: Date | null;
    delivered_at: Date | null;
  };
  /** The commitment to the looks at all servers of a region in one epoch (evidence/close.ts). */
  epochs: {
    region_id: string;
    /** First second since 1970. */
    begins: number;
    seconds: number;
    root: Buffer;
    slots: number;
    contrary: string[];
    untested: string[];
    /** Number of the entry in the log; null until it is there, -1 if the log has another one for it. */
    entry: number | null;
  };
  /** One look at one server in one epoch. */
  evidence: {
    server_id: string;
    begins: number;
    seconds: number;
    /** Verdicts, a letter for each claim (core/evidence.ts); null where no look came. */
    inside: string | null;
    signature: string | null;
    outside: string | null;
    /** Where it lies in the commitment; null until the epoch is closed, and where none was due. */
    slot: number | null;
    blind: Buffer | null;
    /** Inclusion proof of the slot, 32 bytes for each hash. */
    path: Buffer | null;
  };
}
