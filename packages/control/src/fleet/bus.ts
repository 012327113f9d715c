/**
 * Changes between control processes, over PostgreSQL's LISTEN and NOTIFY. A notification is part of the transaction that made the
 * change and carries ids only. The same connection holds one shared advisory lock per connected host, so that every process can see
 * which hosts are connected, and a process that ends takes its hosts with it. Nothing of this is stored.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '@lethe/core';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';

const CHANNEL = 'lethe_fleet';
/** First half of the advisory lock keys that mean "this host is connected". */
export const PRESENCE_LOCK = 0x6c657468;

/** What an owner asks of a server. A notification has room for its body: PostgreSQL takes 8000 bytes. */
export interface ServerQuestion {
  question: Question;
  /** The owner's: the server signs its answer together with it. */
  challenge: string;
  body: string | null;
}

export type BusMessage =
  /** The desired state of a host changed. */
  | { kind: 'host'; host: string }
  /** What the owner of a server sees changed. */
  | { kind: 'server'; server: string }
  /** A question for a server, for the process that holds the connection of its host. */
  | ({ kind: 'ask'; host: string; server: string; id: string; from: string } & ServerQuestion)
  | { kind: 'answer'; id: string; to: string; sealed: string | null };

export interface Bus {
  /** Name of this process on the bus. */
  readonly self: string;
  /** Tells every process, this one included, once the transaction commits. */
  notify(db: Pick<Kysely<never>, 'executeQuery'> | object, message: BusMessage): Promise<void>;
  on(listener: (message: BusMessage) => void): void;
  /** Calls back after the connection was lost and made again: messages in between are lost. */
  onResumed(listener: () => void): void;
  /** Says that this process holds the connection of a host (by its number), or no longer. */
  present(hostNumber: number): Promise<void>;
  absent(hostNumber: number): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the connection and starts to listen. */
export async function startBus(databaseUrl: string): Promise<Bus> {
  const listeners: ((message: BusMessage) => void)[] = [];
  const resumed: (() => void)[] = [];
  const hosts = new Map<number, number>();
  const state = { stopped: false };
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
    next.on('notification', ({ payload }) => {
      const message = JSON.parse(payload ?? '') as BusMessage;
      for (const listener of listeners) listener(message);
    });
    next.on('error', () => {});
    next.on('end', () => void reconnect(next));
    await next.connect();
    await next.query(`listen ${CHANNEL}`);
    for (const number of hosts.keys()) await lock(next, number);
    return next;
  }

  async function reconnect(lost: pg.Client): Promise<void> {
    if (state.stopped || lost !== client) return;
    for (let pause = 100; !state.stopped; pause = Math.min(pause * 2, 5000)) {
      await sleep(pause);
      try {
        client = await connect();
        for (const listener of resumed) listener();
        return;
      } catch {
        // The database is away; requests report it, this loop waits for it.
      }
    }
  }

  return {
    self: randomUUID(),
    notify: async (db, message) => {
      await sql`select pg_notify(${CHANNEL}, ${JSON.stringify(message)})`.execute(db as Kysely<never>);
    },
    on: (listener) => void listeners.push(listener),
    onResumed: (listener) => void resumed.push(listener),
    async present(number) {
      const held = hosts.get(number) ?? 0;
      hosts.set(number, held + 1);
      if (held === 0) await lock(client, number).catch(() => {});
    },
    async absent(number) {
      const held = (hosts.get(number) ?? 1) - 1;
      if (held > 0) return void hosts.set(number, held);
      hosts.delete(number);
      await client.query('select pg_advisory_unlock_shared($1, $2)', [PRESENCE_LOCK, number]).catch(() => {});
    },
    async stop() {
      state.stopped = true;
      await client.end();
    },
  };
}

const lock = (client: pg.Client, number: number) =>
  client.query('select pg_advisory_lock_shared($1, $2)', [PRESENCE_LOCK, number]);

/** SQL condition: the host in table `hosts` is connected to some control process. */
export const hostIsConnected = sql<boolean>`exists (
  select 1 from pg_locks
  where locktype = 'advisory' and granted and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
    and classid = ${sql.lit(PRESENCE_LOCK)} and objid = hosts.number::oid
)`;
