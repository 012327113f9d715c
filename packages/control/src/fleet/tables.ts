/** Rows of the fleet plane. Every column is declared with its meaning in spec/stored-fields.json; a test holds the two together. */

import type { DsseEnvelope, EngineKind, HostFailure, HostStage } from '@lethe/core';
import type { ColumnType, Generated } from 'kysely';
import type { Plane } from '../db/tidy.ts';
import type { ServerState } from './schemas.ts';

export const FLEET_PLANE: Plane = {
  schema: 'fleet',
  tables: ['regions', 'hosts', 'join_tokens', 'servers', 'spent_vouchers'],
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
    revision: Generated<number>;
  };
  spent_vouchers: {
    spent_key: Buffer;
    expires_on: string;
  };
}
