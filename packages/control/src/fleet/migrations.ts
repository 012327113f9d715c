/** Schema `fleet`, step by step. A step that has run anywhere is never changed; a new one is added below it. */

export const FLEET_MIGRATIONS: readonly string[] = [
  `
  create table fleet.regions (
    id text primary key,
    name text not null
  );
  create table fleet.hosts (
    id uuid primary key default gen_random_uuid(),
    number integer generated always as identity unique,
    host_key text not null unique,
    region_id text not null references fleet.regions (id),
    engines text[] not null default '{}',
    default_engine text,
    public_addresses text[] not null default '{}',
    port_first integer not null default 0,
    port_count integer not null default 0
  );
  create table fleet.join_tokens (
    token_hash bytea primary key,
    expires_on date not null
  );
  create table fleet.servers (
    id text primary key,
    owner_key text not null,
    host_id uuid not null references fleet.hosts (id),
    engine text not null,
    port integer not null,
    state text not null check (state in ('wanted', 'starting', 'ready', 'failed', 'deleting')),
    stage text,
    failure text,
    node_key text,
    wireguard_key text,
    devices json not null,
    list_counter bigint not null,
    applied_counter bigint,
    lease_until date not null,
    handed_over boolean not null default false,
    revision integer not null default 1,
    unique (host_id, port)
  );
  create index servers_owner on fleet.servers (owner_key);
  create table fleet.spent_vouchers (
    spent_key bytea primary key,
    expires_on date not null
  );
  `,
  // The planner keeps samples of columns in its own tables, where they outlive the row: none of what names a server or its owner.
  `
  alter table fleet.servers
    alter id set statistics 0,
    alter owner_key set statistics 0,
    alter node_key set statistics 0,
    alter wireguard_key set statistics 0,
    alter devices set statistics 0;
  alter table fleet.spent_vouchers
    alter spent_key set statistics 0;
  `,
  // A server that goes takes its id out of what was said about it, whichever way its row goes.
  `
  create table fleet.incidents (
    id uuid primary key default gen_random_uuid(),
    server_id text references fleet.servers (id) on delete set null,
    host_id uuid references fleet.hosts (id),
    channel text,
    region_id text not null,
    kind text not null,
    detected_at timestamptz not null,
    alarmed_at timestamptz not null,
    told text not null default 'opened' check (told in ('opened', 'gone')),
    gone_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at timestamptz,
    closed_by text,
    cause text,
    logged_at timestamptz,
    check (num_nonnulls(server_id, host_id, channel) <= 1)
  );
  create unique index incidents_server on fleet.incidents (server_id, kind) where closed_at is null;
  create unique index incidents_host on fleet.incidents (host_id, kind) where closed_at is null;
  create unique index incidents_channel on fleet.incidents (channel, kind) where closed_at is null;
  create table fleet.deliveries (
    id integer generated always as identity primary key,
    incident_id uuid not null references fleet.incidents (id) on delete cascade,
    event text not null check (event in ('opened', 'gone', 'closed')),
    channel text not null,
    attempts integer not null default 0,
    queued_at timestamptz not null,
    next_at timestamptz not null,
    failed_at timestamptz,
    delivered_at timestamptz
  );
  create index deliveries_incident on fleet.deliveries (incident_id);
  create index deliveries_waiting on fleet.deliveries (channel, id) where delivered_at is null;
  alter table fleet.incidents alter server_id set statistics 0;
  `,
  // Looks at servers, and the commitment to those of an epoch. What is about a server goes with it; the commitment tells of none.
  `
  alter table fleet.servers add due_from date;
  update fleet.servers set due_from = current_date where node_key is not null;
  create table fleet.epochs (
    region_id text not null references fleet.regions (id),
    begins bigint not null,
    seconds integer not null,
    root bytea not null,
    slots integer not null,
    contrary text[] not null,
    untested text[] not null,
    entry bigint,
    primary key (region_id, begins, seconds)
  );
  create table fleet.evidence (
    server_id text not null references fleet.servers (id) on delete cascade,
    begins bigint not null,
    seconds integer not null,
    inside text,
    signature text,
    outside text,
    slot integer,
    blind bytea,
    path bytea,
    primary key (server_id, begins, seconds)
  );
  alter table fleet.evidence
    alter server_id set statistics 0,
    alter signature set statistics 0,
    alter blind set statistics 0,
    alter path set statistics 0;
  `,
];
