/** Incidents and alarms of a service over HTTP, asked as a person of its trust root. */

import { type IncidentEvent, type IncidentKind, LetheError } from '@lethe/core';
import type { SignerFlags } from '../change/signer.ts';
import type { Io } from '../io.ts';
import { personRequest } from './person.ts';

export interface IncidentView {
  id: string;
  kind: IncidentKind;
  region: string;
  server: string | null;
  host: string | null;
  channel: string | null;
  detectedAt: string;
  goneAt: string | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  closedAt: string | null;
  closedBy: string | null;
  cause: string | null;
  loggedAt: string | null;
  deliveries: { channel: string; event: IncidentEvent; attempts: number; deliveredAt: string | null }[];
}

export interface AlarmStatus {
  channels: { name: string; type: string; waiting: number; lastDelivered: string | null; silent: boolean }[];
  open: number;
  unlogged: number | null;
  problem: string | null;
}

export interface IncidentClient {
  /** Those that are open, and those closed in the last 30 days. */
  list(): Promise<IncidentView[]>;
  /** The one whose id begins so. Throws `bad_request` for a beginning that is too short or of several, `not_found`. */
  find(beginning: string): Promise<IncidentView>;
  acknowledge(id: string): Promise<IncidentView>;
  close(id: string, cause: string): Promise<IncidentView>;
  status(): Promise<AlarmStatus>;
  test(): Promise<{ name: string; delivered: boolean }[]>;
}

/** Opens the key of the flags, asks for its passphrase if it has one, and speaks for its person. */
export async function incidentClient(io: Io, flags: SignerFlags): Promise<IncidentClient> {
  const ask = await personRequest(io, flags);
  const list = async (query?: string) =>
    (await ask<{ incidents: IncidentView[] }>('GET', '/api/incidents', undefined, query)).incidents;
  return {
    list: () => list(),
    async find(beginning) {
      if (!/^[0-9a-f-]{8,36}$/.test(beginning))
        throw new LetheError('bad_request', 'An incident is named by 8 or more digits of its id. Nothing was changed.');
      const found = (await list(`?begins=${beginning}`)).filter(({ id }) => id.startsWith(beginning));
      if (found.length > 1)
        throw new LetheError('bad_request', 'Several incidents begin so. Nothing was changed. Give more of the id.');
      if (found[0]) return found[0];
      throw new LetheError(
        'not_found',
        'There is no incident with this id. Nothing was changed. See: lethe incidents list --all',
      );
    },
    acknowledge: (id) => ask('POST', `/api/incidents/${id}/acknowledge`, {}),
    close: (id, cause) => ask('POST', `/api/incidents/${id}/close`, { cause }),
    status: () => ask('GET', '/api/alarms'),
    test: async () =>
      (await ask<{ channels: { name: string; delivered: boolean }[] }>('POST', '/api/alarms/test', {})).channels,
  };
}
