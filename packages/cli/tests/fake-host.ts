/**
 * A host without machines: joins a real control plane, takes its desired state and reports births, applied lists, answers and ends
 * as the real supervisor does, with real keys and real signatures.
 */

import {
  type ControlToHost,
  canonicalBytes,
  type DesiredServer,
  type Enrolment,
  HOST_PROTOCOL,
  type HostToControl,
  type InventoryReport,
  newSigningSeed,
  newX25519Private,
  openDeviceList,
  PROBES,
  type Secret,
  sealInventory,
  sealStatus,
  searchesOf,
  sign,
  signingPublicKey,
  signRequest,
  toBase64,
  toBase64Url,
  utf8,
  x25519PublicKey,
} from '@lethe/core';

type Running = DesiredServer & { node: Secret<'node-sign'> };

export interface FakeHost {
  /** True: takes orders but confirms nothing, like a host that is cut off behind its connection. */
  silent: boolean;
  /** What its servers measure of themselves. */
  inventory: InventoryReport;
  /** Servers it runs, by id. */
  readonly servers: ReadonlyMap<string, DesiredServer>;
  stop(): Promise<void>;
}

export async function startFakeHost(service: string, token: string): Promise<FakeHost> {
  const seed = newSigningSeed('host-sign');
  const hostKey = toBase64Url(await signingPublicKey(seed));
  const signed = async (method: string, path: string, body: string) => ({
    ...(await signRequest({ method, path, query: '?', body: utf8(body) }, seed, hostKey, Date.now() / 1000)),
  });
  const body = JSON.stringify({ token, hostKey, region: { id: 'local', name: 'Here' } });
  const headers = { 'content-type': 'application/json', ...(await signed('POST', '/api/hosts', body)) };
  const joined = await fetch(`${service}/api/hosts`, { method: 'POST', headers, body });
  const { hostId } = (await joined.json()) as { hostId: string };
  const path = `/api/hosts/${hostId}/channel`;
  const socket = new WebSocket(`${service.replace('http', 'ws')}${path}`, {
    headers: await signed('GET', path, ''),
  } as never);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const servers = new Map<string, Running>();
  const host = { silent: false, inventory: nothingHeld(), servers, stop: async () => socket.close() };
  const send = (message: HostToControl) => socket.send(JSON.stringify(message));
  socket.addEventListener(
    'message',
    ({ data }) => void react(host, servers, JSON.parse(String(data)) as ControlToHost, send),
  );
  send({
    type: 'hello',
    protocol: HOST_PROTOCOL,
    engines: ['container'],
    defaultEngine: 'container',
    publicAddresses: ['203.0.113.9', '2001:db8::9'],
    ports: { first: 40000, count: 50 },
  });
  return host;
}

async function react(
  host: FakeHost,
  servers: Map<string, Running>,
  message: ControlToHost,
  send: (message: HostToControl) => void,
) {
  if (host.silent) return;
  if (message.type === 'ask')
    return send({
      type: 'answer',
      id: message.id,
      sealed: await (message.question === 'inventory'
        ? answerInventory(host.inventory, servers.get(message.server), message.challenge)
        : answerStatus(servers.get(message.server), message.challenge)),
    });
  if (message.type === 'enrolled') {
    send({ type: 'stage', server: message.server, stage: 'ready' });
    return;
  }
  if (message.type === 'release' || message.type === 'epoch') return;
  for (const wanted of message.servers) await take(servers, wanted, send);
  for (const id of servers.keys()) {
    if (message.servers.some((one) => one.server === id)) continue;
    servers.delete(id);
    send({ type: 'gone', server: id });
  }
}

async function take(servers: Map<string, Running>, wanted: DesiredServer, send: (message: HostToControl) => void) {
  const { counter } = await openDeviceList(wanted.devices, wanted.server, wanted.ownerKey);
  const known = servers.get(wanted.server);
  const node = known?.node ?? newSigningSeed('node-sign');
  servers.set(wanted.server, { ...wanted, node });
  if (!known) {
    for (const stage of ['machine', 'booting', 'network', 'tunnel', 'resolver'] as const)
      send({ type: 'stage', server: wanted.server, stage });
    send({ type: 'enrol', enrolment: await enrol(wanted, node) });
  }
  send({ type: 'applied', server: wanted.server, counter });
}

async function enrol({ server, enrolmentToken }: DesiredServer, seed: Secret<'node-sign'>): Promise<Enrolment> {
  const nodeKey = toBase64Url(await signingPublicKey(seed));
  const wireguardKey = toBase64(await x25519PublicKey(newX25519Private('wireguard')));
  const fields = { server, token: enrolmentToken!, nodeKey, wireguardKey };
  return { ...fields, signature: toBase64(await sign(seed, canonicalBytes(fields))) };
}

async function answerStatus(server: Running | undefined, challenge: string): Promise<string | null> {
  if (!server) return null;
  const list = await openDeviceList(server.devices, server.server, server.ownerKey);
  const devices = list.devices.map(({ key }, index) => ({
    key,
    handshakeAgeS: index === 0 ? 7 : null,
    receivedBytes: 2048,
    sentBytes: 3 * 1024 ** 2,
  }));
  const status = { counter: list.counter, settingsCounter: 0, uptimeS: 3700, blocked: 0, devices };
  return sealStatus(status, { server: server.server, challenge }, server.node, list.sealTo);
}

/** The report of a container in which nothing is. */
const nothingHeld = (): InventoryReport => ({
  engine: 'container',
  control: true,
  measurements: PROBES.filter((probe) => probe !== 'kernel-log').map((probe) => ({
    probe,
    present: false,
    ageS: null,
  })),
  searches: searchesOf('container').map((search) => ({ search, found: [] })),
});

async function answerInventory(
  report: InventoryReport,
  server: Running | undefined,
  challenge: string,
): Promise<string | null> {
  if (!server) return null;
  const list = await openDeviceList(server.devices, server.server, server.ownerKey);
  return sealInventory(report, { server: server.server, challenge }, server.node, list.sealTo);
}
