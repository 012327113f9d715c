/** Incidents as persons see them, and what persons do with them. Each act is done once: repeated, it changes nothing. */

import { LetheError } from '@lethe/core';
import { sql } from 'kysely';
import type { FleetContext } from '../context.ts';
import { silentChannels } from './deliver.ts';
import type { AlarmStatusType, IncidentViewType } from './schemas.ts';
import { type Incident, queue } from './store.ts';

/** Most incidents that are listed: those that are open come first. */
const MOST = 500;

/**
 * Incidents that are open, and those that were closed in the last 30 days; newest first. With `begins`, those whose id begins so: one is
 * found however many others there are.
 */
export async function listIncidents(ctx: FleetContext, begins = ''): Promise<IncidentViewType[]> {
  const rows = await ctx.db
    .selectFrom('incidents')
    .selectAll()
    .where(sql<boolean>`starts_with(id::text, ${begins})`)
    .orderBy(sql`closed_at is null`, 'desc')
    .orderBy('detected_at', 'desc')
    .limit(MOST)
    .execute();
  return withDeliveries(ctx, rows);
}

async function withDeliveries(ctx: FleetContext, rows: Incident[]): Promise<IncidentViewType[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const deliveries = await ctx.db
    .selectFrom('deliveries')
    .select(['incident_id', 'channel', 'event', 'attempts', 'delivered_at'])
    .where('incident_id', 'in', ids)
    .orderBy('id')
    .execute();
  const of = Map.groupBy(deliveries, ({ incident_id }) => incident_id);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    region: row.region_id,
    server: row.server_id,
    host: row.host_id,
    channel: row.channel,
    detectedAt: row.detected_at.toISOString(),
    goneAt: iso(row.gone_at),
    acknowledgedAt: iso(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_by,
    closedAt: iso(row.closed_at),
    closedBy: row.closed_by,
    cause: row.cause,
    loggedAt: iso(row.logged_at),
    deliveries: (of.get(row.id) ?? []).map(({ channel, event, attempts, delivered_at }) => ({
      channel,
      event,
      attempts,
      deliveredAt: iso(delivered_at),
    })),
  }));
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

/** A person has taken an incident up; the first one counts. Throws `not_found`. */
export async function acknowledge(ctx: FleetContext, id: string, person: string): Promise<IncidentViewType> {
  await ctx.db
    .updateTable('incidents')
    .set({ acknowledged_at: new Date(ctx.clock.now()), acknowledged_by: person })
    .where('id', '=', id)
    .where('acknowledged_at', 'is', null)
    .where('closed_at', 'is', null)
    .execute();
  return show(ctx, id);
}

/**
 * A person closes an incident. What is still seen cannot be closed: it would be out of sight, since a host says it again only when it
 * changes. Throws `not_found`, `bad_request`.
 */
export async function close(ctx: FleetContext, id: string, person: string, cause: string): Promise<IncidentViewType> {
  await ctx.db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('incidents').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (!row) throw notFound();
    if (row.closed_at !== null) return;
    if (row.gone_at === null && (row.server_id ?? row.host_id ?? row.channel) !== null)
      throw new LetheError(
        'bad_request',
        'This is still seen, so the incident stays open. Nothing was changed. Mend what it is about, or delete the server, then close it.',
      );
    const now = new Date(ctx.clock.now());
    await tx.updateTable('incidents').set({ closed_at: now, closed_by: person, cause }).where('id', '=', id).execute();
    await queue(ctx, tx, row, 'closed', now);
  });
  ctx.alarms.wake();
  return show(ctx, id);
}

async function show(ctx: FleetContext, id: string): Promise<IncidentViewType> {
  const rows = await ctx.db.selectFrom('incidents').selectAll().where('id', '=', id).execute();
  const [view] = await withDeliveries(ctx, rows);
  if (!view) throw notFound();
  return view;
}

const notFound = (): LetheError =>
  new LetheError(
    'not_found',
    'There is no incident with this id. Nothing was changed. See: lethe incidents list --all',
  );

/** Where alarms go, and whether they arrive. */
export async function alarmStatus(ctx: FleetContext): Promise<AlarmStatusType> {
  const silent = await silentChannels(ctx);
  const rows = await ctx.db
    .selectFrom('deliveries')
    .select((where) => [
      'channel',
      where.fn.countAll<number>().filterWhere('delivered_at', 'is', null).as('waiting'),
      where.fn.max('delivered_at').as('last'),
    ])
    .groupBy('channel')
    .execute();
  const { open, unlogged } = await ctx.db
    .selectFrom('incidents')
    .select((where) => [
      where.fn.countAll<number>().filterWhere('closed_at', 'is', null).as('open'),
      where.fn.countAll<number>().filterWhere('logged_at', 'is', null).as('unlogged'),
    ])
    .executeTakeFirstOrThrow();
  return {
    channels: ctx.alarms.channels.map(({ name, type }) => {
      const row = rows.find(({ channel }) => channel === name);
      return {
        name,
        type,
        waiting: row?.waiting ?? 0,
        lastDelivered: iso(row?.last ?? null),
        silent: silent.has(name),
      };
    }),
    open,
    unlogged: ctx.proof ? unlogged : null,
    problem: ctx.alarms.problem,
  };
}
