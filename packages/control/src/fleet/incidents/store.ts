/**
 * Incidents as rows. One is open at a time for each thing and kind; what is seen again while it is open is the same one.
 *
 * An incident never closes by itself. What is no longer seen is `gone`, and stays until a person has looked, and closed it with a cause.
 * What comes back before that is the same incident; it alarms again, at most once an hour, so that something that flickers can neither
 * flood the channels nor hide behind an alarm of yesterday.
 *
 * Order of the durable steps: the incident and one delivery for each channel in one transaction, then everything else. A kill between
 * any two of them loses no alarm.
 */

import type { IncidentEvent, IncidentKind } from '@lethe/core';
import type { Selectable } from 'kysely';
import type { FleetContext, FleetTx } from '../context.ts';
import type { FleetTables } from '../tables.ts';

export type Incident = Selectable<FleetTables['incidents']>;

/** What an incident is about. */
export type Subject = { server_id: string } | { host_id: string } | { channel: string };

/** Milliseconds after an alarm in which the same incident raises no other one. */
export const REPEAT_MS = 3_600_000;

/**
 * Takes what is seen on a subject now, out of the kinds that whoever looks can see. Opens what is new, marks what is gone, and queues what
 * the channels are to be told. True if there is something to send: what flickers is told once an hour, however often it does.
 */
export async function settle(
  ctx: FleetContext,
  tx: FleetTx,
  {
    subject,
    region,
    seen,
    among,
  }: { subject: Subject; region: string; seen: readonly IncidentKind[]; among: readonly IncidentKind[] },
): Promise<boolean> {
  const now = new Date(ctx.clock.now());
  const [column, value] = Object.entries(subject)[0] as ['server_id' | 'host_id' | 'channel', string];
  const open = await tx
    .selectFrom('incidents')
    .selectAll()
    .where(column, '=', value)
    .where('kind', 'in', among)
    .where('closed_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  let toTell = false;
  for (const kind of seen) {
    const known = open.find((one) => one.kind === kind);
    const raised = known
      ? await back(ctx, tx, known, now)
      : await begin(ctx, tx, { ...subject, region_id: region, kind }, now);
    toTell ||= raised;
  }
  for (const one of open) {
    if (one.gone_at !== null || seen.includes(one.kind)) continue;
    await tx.updateTable('incidents').set({ gone_at: now, told: 'gone' }).where('id', '=', one.id).execute();
    if (one.told !== 'opened') continue;
    await queue(ctx, tx, one, 'gone', now);
    toTell = true;
  }
  return toTell;
}

/** Another process may have been faster: then it is its incident. */
async function begin(
  ctx: FleetContext,
  tx: FleetTx,
  fields: Subject & { region_id: string; kind: IncidentKind },
  now: Date,
): Promise<boolean> {
  const row = await tx
    .insertInto('incidents')
    .values({ ...fields, detected_at: now, alarmed_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row) await queue(ctx, tx, row, 'opened', now);
  return row !== undefined;
}

async function back(ctx: FleetContext, tx: FleetTx, one: Incident, now: Date): Promise<boolean> {
  if (one.gone_at === null) return false;
  await tx.updateTable('incidents').set({ gone_at: null }).where('id', '=', one.id).execute();
  return repeatIfDue(ctx, tx, one, now);
}

/** What came back within the hour after its alarm, and is still there when the hour is over, alarms then. */
export async function repeatAlarms(ctx: FleetContext): Promise<void> {
  const now = new Date(ctx.clock.now());
  await ctx.db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('incidents')
      .selectAll()
      .where('told', '=', 'gone')
      .where('gone_at', 'is', null)
      .where('closed_at', 'is', null)
      .where('alarmed_at', '<=', new Date(now.getTime() - REPEAT_MS))
      .where((where) =>
        where.or([
          where('server_id', 'is not', null),
          where('host_id', 'is not', null),
          where('channel', 'is not', null),
        ]),
      )
      .forUpdate()
      .skipLocked()
      .execute();
    for (const one of due) await repeatIfDue(ctx, tx, one, now);
  });
}

async function repeatIfDue(ctx: FleetContext, tx: FleetTx, one: Incident, now: Date): Promise<boolean> {
  if (one.told === 'opened' || now.getTime() - one.alarmed_at.getTime() < REPEAT_MS) return false;
  await tx
    .updateTable('incidents')
    .set({ told: 'opened', alarmed_at: now, logged_at: null })
    .where('id', '=', one.id)
    .execute();
  await queue(ctx, tx, one, 'opened', now);
  return true;
}

/** Queues an event for every channel but the one it is about. */
export async function queue(
  ctx: FleetContext,
  tx: FleetTx,
  { id, channel }: Pick<Incident, 'id' | 'channel'>,
  event: IncidentEvent,
  now: Date,
): Promise<void> {
  const names = ctx.alarms.channels.map(({ name }) => name).filter((name) => name !== channel);
  if (names.length === 0) return;
  await tx
    .insertInto('deliveries')
    .values(names.map((name) => ({ incident_id: id, event, channel: name, queued_at: now, next_at: now })))
    .execute();
}
