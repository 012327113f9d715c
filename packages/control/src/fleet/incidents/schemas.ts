/** What the fleet plane says about incidents and alarms over HTTP. */

import { INCIDENT_EVENTS, INCIDENT_KINDS } from '@lethe/core';
import { type Static, Type } from 'typebox';
import { integerOrNull, oneOf, ref, stringOrNull } from '../../http/schema.ts';
import { CHANNEL_TYPES } from './channels.ts';

const timeOrNull = (description: string) => stringOrNull(description, { format: 'date-time' });

const DeliveryView = Type.Object({
  channel: Type.String({ description: 'Name of the channel.' }),
  event: oneOf(INCIDENT_EVENTS, 'What the channel is told.'),
  attempts: Type.Integer({ description: 'How often it was tried.' }),
  deliveredAt: timeOrNull('When the channel took it; null while it waits.'),
});

export const IncidentView = Type.Object(
  {
    id: Type.String({ description: 'Random.' }),
    kind: oneOf(INCIDENT_KINDS, 'What is not as it should be.'),
    region: Type.String({ description: 'Where; `-` for what belongs to no region.' }),
    server: stringOrNull('The server it is about; null for another kind, and once the server is deleted.'),
    host: stringOrNull('The host it is about.'),
    channel: stringOrNull('The channel it is about.'),
    detectedAt: Type.String({
      format: 'date-time',
      description: 'When it was first seen; once its server is deleted, the day.',
    }),
    goneAt: timeOrNull('Since when it is no longer seen; null while it is, and where nobody can tell.'),
    acknowledgedAt: timeOrNull('When a person took it up.'),
    acknowledgedBy: stringOrNull('Who.'),
    closedAt: timeOrNull('When a person closed it.'),
    closedBy: stringOrNull('Who.'),
    cause: stringOrNull('What it came from, in the words of who closed it.'),
    loggedAt: timeOrNull('When the public log had its last alarm; null while it waits, or without a log.'),
    deliveries: Type.Array(DeliveryView, { description: 'What the channels were told, in order.' }),
  },
  { $id: 'Incident', description: 'Something that was not as it should be, and what was done about it.' },
);

export const IncidentList = Type.Object(
  { incidents: Type.Array(ref(IncidentView)) },
  { $id: 'IncidentList', description: 'Incidents that are open, and those closed in the last 30 days; newest first.' },
);

export const CloseIncident = Type.Object(
  { cause: Type.String({ minLength: 1, maxLength: 2000, description: 'What it came from. Name no customer.' }) },
  { $id: 'CloseIncident', additionalProperties: false, description: 'Closes an incident.' },
);

export const AlarmStatus = Type.Object(
  {
    channels: Type.Array(
      Type.Object({
        name: Type.String(),
        type: oneOf(CHANNEL_TYPES, 'How it is reached.'),
        waiting: Type.Integer({ description: 'Events that it has not taken yet.' }),
        lastDelivered: timeOrNull('When it last took one.'),
        silent: Type.Boolean({ description: 'True if it has taken nothing for 15 minutes although something waits.' }),
      }),
    ),
    open: Type.Integer({ description: 'Incidents that are not closed.' }),
    unlogged: integerOrNull('Alarms that the public log does not have yet; null without a log.'),
    problem: stringOrNull('Why the file with the channels was not taken as it is now.'),
  },
  { $id: 'AlarmStatus', description: 'Where alarms go, and whether they arrive.' },
);

export const AlarmTest = Type.Object(
  { channels: Type.Array(Type.Object({ name: Type.String(), delivered: Type.Boolean() })) },
  { $id: 'AlarmTest', description: 'Which channels took a test.' },
);

export const INCIDENT_SCHEMAS = [IncidentView, IncidentList, CloseIncident, AlarmStatus, AlarmTest];
export type IncidentViewType = Static<typeof IncidentView>;
export type AlarmStatusType = Static<typeof AlarmStatus>;
