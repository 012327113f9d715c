/** What the fleet plane says and accepts over HTTP. */

import { CHALLENGE_PATTERN, ENGINE_KINDS, HOST_FAILURES, MAX_QUESTION_BODY, QUESTIONS, STAGES } from '@lethe/core';
import { type Static, Type } from 'typebox';
import { DsseEnvelope, day, integerOrNull, oneOf, oneOfOrNull, ref, stringOrNull } from '../http/schema.ts';

export const SERVER_STATES = ['wanted', 'starting', 'ready', 'failed', 'deleting'] as const;
export type ServerState = (typeof SERVER_STATES)[number];
export const HOST_STAGES = ['machine', 'booting', ...STAGES] as const;

export const serverId = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: '32 hexadecimal digits, chosen by the customer, so that a repeated create is the same create.',
});

export const challenge = Type.String({
  pattern: CHALLENGE_PATTERN,
  description: '16 fresh random bytes, base64url: the server signs its answer together with them.',
});

export const Region = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    engines: Type.Array(oneOf(ENGINE_KINDS, 'A kind of engine that hosts of the region offer.')),
    defaultEngine: oneOfOrNull(ENGINE_KINDS, 'What `auto` means here; null before a host has connected.'),
    available: Type.Boolean({ description: 'True if a new server finds a place here now.' }),
  },
  { $id: 'Region', description: 'A place where servers run.' },
);

export const Regions = Type.Object(
  { regions: Type.Array(ref(Region)) },
  { $id: 'Regions', description: 'All regions.' },
);

export const CreateServer = Type.Object(
  {
    voucher: Type.String({ maxLength: 512, description: 'From the accounts plane; spent by this request.' }),
    region: Type.String({ maxLength: 64 }),
    engine: Type.String({ maxLength: 32, description: '`auto`, `microvm` or `container`.' }),
    devices: ref(DsseEnvelope),
  },
  { $id: 'CreateServer', additionalProperties: false, description: 'A server to be made.' },
);

export const UpdateDevices = Type.Object(
  { devices: ref(DsseEnvelope) },
  {
    $id: 'UpdateDevices',
    additionalProperties: false,
    description: 'A newer device list, signed by the owner, with a higher counter.',
  },
);

export const Renewal = Type.Object(
  { voucher: Type.String({ maxLength: 512 }) },
  { $id: 'Renewal', additionalProperties: false, description: 'Extends the lease by one period.' },
);

export const ServerView = Type.Object(
  {
    id: serverId,
    region: Type.String(),
    engine: oneOf(ENGINE_KINDS, 'The engine it runs on.'),
    state: oneOf(SERVER_STATES, 'Where it is in its life.'),
    stage: oneOfOrNull(HOST_STAGES, 'The last stage of its birth that was reached.'),
    failure: oneOfOrNull(HOST_FAILURES, 'Why it could not be brought up.'),
    endpoints: Type.Array(Type.String(), { description: 'What devices dial: host:port, IPv6 in brackets.' }),
    nodeKey: stringOrNull(
      'Its Ed25519 public key, base64url, which signs live status; null until it has enrolled. Keep the first you see: it never changes.',
    ),
    wireguardKey: stringOrNull('Its WireGuard public key, base64; null until it has enrolled.'),
    counter: integerOrNull('Counter of the device list in force on the server.'),
    listCounter: Type.Integer({ description: 'Counter of the device list that the service holds for it.' }),
    leaseUntil: day('Last day of its lease.'),
    revision: Type.Integer({ description: 'Rises with every change of this view.' }),
  },
  { $id: 'ServerView', description: 'A server as its owner sees it.' },
);

export const ServerList = Type.Object(
  { servers: Type.Array(ref(ServerView)) },
  { $id: 'ServerList', description: 'Servers by id.' },
);

export const SealedStatus = Type.Object(
  {
    sealed: Type.String({
      description:
        'base64, sealed by the server to its owner (HPKE); inside, signed by its node key together with server id and challenge. The service can neither read nor make it.',
    }),
  },
  { $id: 'SealedStatus', description: 'Live status, read from the memory of the server now and not kept.' },
);

export const AskServer = Type.Object(
  {
    question: oneOf(QUESTIONS, 'What is asked.'),
    challenge,
    body: Type.Union([Type.String({ maxLength: MAX_QUESTION_BODY }), Type.Null()], {
      description:
        'For `settings`: the settings, signed by the owner and sealed to the server. Null for everything else.',
    }),
  },
  { $id: 'AskServer', additionalProperties: false, description: 'A question of the owner to a server.' },
);

export const SealedAnswer = Type.Object(
  {
    sealed: Type.String({
      description:
        'base64, sealed by the server to its owner (HPKE); inside, signed by its node key together with server id and challenge. Empty for `forget`: it has begun then, and shows in the status as a new age.',
    }),
  },
  { $id: 'SealedAnswer', description: 'The answer of a server, given now and not kept.' },
);

export const JoinHost = Type.Object(
  {
    token: Type.String({ maxLength: 128, description: 'One-time join token.' }),
    hostKey: Type.String({
      pattern: '^[A-Za-z0-9_-]{43}$',
      description: 'base64url Ed25519 public key of the host: the same key that signs this request.',
    }),
    region: Type.Object(
      {
        id: Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$' }),
        name: Type.String({ minLength: 1, maxLength: 64 }),
      },
      { additionalProperties: false },
    ),
  },
  {
    $id: 'JoinHost',
    additionalProperties: false,
    description: 'A host joins a region. Signed with the host key. The same key again gets the same id.',
  },
);

export const JoinedHost = Type.Object(
  { hostId: Type.String() },
  { $id: 'JoinedHost', description: 'What the host is known as from now on.' },
);

export const FLEET_SCHEMAS = [
  Region,
  Regions,
  CreateServer,
  UpdateDevices,
  Renewal,
  ServerView,
  ServerList,
  SealedStatus,
  AskServer,
  SealedAnswer,
  JoinHost,
  JoinedHost,
];
export type ServerViewType = Static<typeof ServerView>;
export type RegionView = Static<typeof Region>;
