/**
 * One event to one channel. What another program or company gets is as little as tells where to look: a webhook of the operator's own is
 * told the server, everything else the region alone. No redirect is followed, and nothing of an answer is kept but whether it was yes.
 */

import { createHmac } from 'node:crypto';
import { INCIDENT_WORDS, type IncidentEvent, type IncidentKind } from '@lethe/core';
import type { Channel } from './channels.ts';

/** What is told. */
export interface Told {
  /** Of the incident. */
  id: string;
  event: IncidentEvent | 'test';
  kind: IncidentKind | 'test';
  region: string;
  server: string | null;
  /** When the incident was first seen, and when this event was. */
  since: Date;
  at: Date;
}

/** Hands a mail over; rejects if it could not. The fleet knows no account: the address is the operator's. */
export type SendAlarmMail = (mail: { to: string; subject: string; text: string }) => Promise<void>;

export const SEND_TIMEOUT_MS = 10_000;
/** Alertmanager ends an alert by itself within minutes if no end is named. An incident is ended by a person. */
const OPEN_MS = 365 * 86_400_000;

/** Sends. True if the channel has taken it. */
export async function send(channel: Channel, told: Told, mail: SendAlarmMail, stop: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  try {
    if (channel.type === 'email') return await inTime(mail({ to: channel.to, ...letter(told) }), signal);
    const { url, body, headers } = requestTo(channel, told);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // The reason could hold the address. That it failed is all that counts.
    return false;
  }
}

async function inTime(sent: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const over = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }));
  return Promise.race([sent.then(() => true), over]);
}

interface Post {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** The request to a channel that is reached by HTTP. */
export function requestTo(channel: Exclude<Channel, { type: 'email' }>, told: Told): Post {
  const post = (body: unknown, url = channel.url): Post => ({ url, body: JSON.stringify(body), headers: {} });
  if (channel.type === 'slack') return post({ text: sentence(told) });
  if (channel.type === 'alertmanager')
    return post([alert(told)], new URL('api/v2/alerts', withSlash(channel.url)).href);
  const { id, kind, region, server, event, at } = told;
  const made = post({ id, kind, region, server, event, at: at.toISOString() });
  if (channel.secret !== undefined) {
    const mac = createHmac('sha256', channel.secret).update(made.body).digest('hex');
    made.headers['lethe-signature'] = `sha256=${mac}`;
  }
  return made;
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

const WORDS: Record<Told['event'], string> = {
  opened: 'Incident',
  gone: 'No longer seen',
  closed: 'Closed',
  test: 'Test',
};

const about = ({ kind }: Told): string =>
  kind === 'test' ? 'This channel gets the alarms of this service. Nothing is wrong.' : INCIDENT_WORDS[kind];

const sentence = (told: Told): string =>
  `Lethe: ${WORDS[told.event]}: ${about(told)} Region ${told.region}, incident ${told.id.slice(0, 8)}.`;

function letter(told: Told): { subject: string; text: string } {
  return {
    subject: `Lethe: ${WORDS[told.event]} in region ${told.region}`,
    text: `${about(told)}\n\nRegion ${told.region}, incident ${told.id}\nSee: lethe incidents show ${told.id.slice(0, 8)}\n`,
  };
}

const alert = (told: Told) => ({
  labels: { alertname: 'LetheDrift', kind: told.kind, region: told.region, incident: told.id },
  annotations: { summary: about(told) },
  startsAt: told.since.toISOString(),
  endsAt: (told.event === 'opened' ? new Date(told.at.getTime() + OPEN_MS) : told.at).toISOString(),
});
