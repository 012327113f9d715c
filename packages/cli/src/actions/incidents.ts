/** What the verbs of `lethe incidents` do. */

import { INCIDENT_WORDS, type IncidentEvent } from '@lethe/core';
import type { SignerFlags } from '../change/signer.ts';
import { visibleProse } from '../change/visible.ts';
import { type IncidentView, incidentClient } from '../incidents/client.ts';
import type { Io } from '../io.ts';
import { facts, good, table } from '../output.ts';
import { EXIT, type Result } from '../run.ts';

/** What a service lists at once. */
const MOST_LISTED = 500;

export async function list(io: Io, flags: SignerFlags & { all?: boolean }): Promise<Result> {
  const all = await (await incidentClient(io, flags)).list();
  const shown = flags.all ? all : all.filter(({ closedAt }) => closedAt === null);
  if (shown.some((one) => one.closedAt === null && one.acknowledgedAt === null)) process.exitCode = EXIT.failure;
  const rows = shown.map((one) => [one.id.slice(0, 8), one.region, time(one.detectedAt), state(one), words(one)]);
  const text =
    shown.length === 0
      ? good(flags.all ? 'No incidents in the last 30 days.' : 'No incident is open.')
      : table(['incident', 'region', 'since', 'state', 'what'], rows);
  const more = `\n\nThe service lists ${MOST_LISTED} at most, open and new ones first: there may be more.`;
  return { data: { incidents: shown }, text: all.length < MOST_LISTED ? text : text + more };
}

export async function show(io: Io, id: string, flags: SignerFlags): Promise<Result> {
  const incident = await (await incidentClient(io, flags)).find(id);
  return { data: incident, text: describe(incident) };
}

export async function acknowledge(io: Io, id: string, flags: SignerFlags): Promise<Result> {
  const client = await incidentClient(io, flags);
  const after = await client.acknowledge((await client.find(id)).id);
  return { data: after, text: `${good('Acknowledged.')}\n\n${describe(after)}` };
}

export async function close(io: Io, id: string, flags: SignerFlags & { cause: string }): Promise<Result> {
  const client = await incidentClient(io, flags);
  const after = await client.close((await client.find(id)).id, flags.cause);
  return { data: after, text: `${good('Closed.')}\n\n${describe(after)}` };
}

const words = ({ kind }: IncidentView): string =>
  Object.hasOwn(INCIDENT_WORDS, kind) ? INCIDENT_WORDS[kind] : `${kind} (this version has no words for it)`;

const state = (one: IncidentView): string => {
  if (one.closedAt !== null) return 'closed';
  const seen = one.goneAt === null ? 'seen' : 'gone';
  return one.acknowledgedAt === null ? `${seen}, new` : seen;
};

const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

const EVENTS: Record<IncidentEvent, string> = {
  opened: 'the alarm',
  gone: 'that it is gone',
  closed: 'that it is closed',
};

/** What it is about, and the timeline. */
function describe(one: IncidentView): string {
  const where = one.server ?? one.host ?? one.channel;
  const kind = one.server ? 'Server' : one.host ? 'Host' : one.channel ? 'Channel' : 'Server';
  const lines: [string, string][] = [[time(one.detectedAt), 'seen for the first time']];
  const add = (at: string | null, text: string): void => {
    if (at !== null) lines.push([time(at), text]);
  };
  add(one.loggedAt, 'in the public log: region, kind and hour');
  add(one.goneAt, 'no longer seen');
  add(one.acknowledgedAt, `acknowledged by ${visibleProse(one.acknowledgedBy ?? '')}`);
  add(one.closedAt, `closed by ${visibleProse(one.closedBy ?? '')}: ${visibleProse(one.cause ?? '')}`);
  for (const { channel, event, deliveredAt } of one.deliveries)
    add(deliveredAt, `${channel} was told ${EVENTS[event]}`);
  const waiting = one.deliveries.filter(({ deliveredAt }) => deliveredAt === null);
  return [
    words(one),
    facts([
      ['Incident', one.id],
      ['Region', one.region],
      [kind, where ?? 'deleted'],
      ['State', state(one)],
    ]),
    table(
      ['when (UTC)', 'what'],
      lines.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    ),
    ...waiting.map(
      ({ channel, event, attempts }) => `${channel} was not told yet ${EVENTS[event]} (tried ${attempts} times).`,
    ),
  ].join('\n\n');
}
