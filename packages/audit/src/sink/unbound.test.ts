/** A real resolver before the sink: the judgement says how it was configured. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { startSink } from './sink.ts';
import { upstreamOf } from './upstream.ts';

const UNBOUND = '/usr/sbin/unbound';
const ZONE = 'canary.example';
/** Nobody answers there in a test, so that another resolver on this machine is not in the way. */
const RESOLVER = '127.0.0.53';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, RESOLVER);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const config = (directory: string, port: number, sinkPort: number, minimise: boolean, subnet: boolean): string => `
server:
  interface: ${RESOLVER}@${port}
  directory: "${directory}"
  chroot: ""
  username: ""
  pidfile: ""
  logfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "${subnet ? 'subnetcache ' : ''}iterator"
  qname-minimisation: ${minimise ? 'yes' : 'no'}
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  ${subnet ? `send-client-subnet: 127.0.0.1\n  client-subnet-zone: "${ZONE}"\n  client-subnet-always-forward: yes` : ''}
stub-zone:
  name: "${ZONE}"
  stub-addr: 127.0.0.1@${sinkPort}
remote-control:
  control-enable: no
`;

/** Asks until the resolver is up; its answers, as text. */
async function resolve(name: string, port: number): Promise<unknown[]> {
  const packet = encode({ type: 'query', id: 9, flags: RECURSION_DESIRED, questions: [{ name, type: 'A' }] });
  const socket = createSocket('udp4').on('error', () => {});
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(15_000) });
  const again = setInterval(() => socket.send(packet, port, RESOLVER), 200);
  try {
    const [bytes] = (await answered) as [Buffer];
    return decode(bytes).answers!.map((record) => 'data' in record && record.data);
  } finally {
    clearInterval(again);
    socket.close();
  }
}

for (const [minimise, subnet] of [
  [true, false],
  [false, false],
  [true, true],
] as const) {
  const what = `${minimise ? 'minimising' : 'not minimising'}${subnet ? ', with client subnets' : ''}`;
  test(`Unbound ${what}, and the sink tells`, { skip: !existsSync(UNBOUND), timeout: 30_000 }, async () => {
    await using sink = await startSink({
      zone: ZONE,
      addresses: ['127.0.0.1'],
      dnsPort: 0,
      httpPort: 0,
      tlsPort: 0,
    });
    const directory = await mkdtemp(join(tmpdir(), 'lethe-sink-'));
    let child: ChildProcess | undefined;
    try {
      const port = await freePort();
      const file = join(directory, 'unbound.conf');
      await writeFile(file, config(directory, port, sink.ports.dns, minimise, subnet));
      child = spawn(UNBOUND, ['-d', '-c', file], { stdio: 'ignore' });
      const name = `quax7.a1.b1.ok.${ZONE}`;
      assert.deepEqual(await resolve(name, port), ['127.0.0.1']);
      const asked = { zone: ZONE, names: [name], clients: ['127.0.0.1'], expected: ['127.0.0.1'] };
      assert.deepEqual(upstreamOf(sink.seen(), asked), {
        known: true,
        complete: true,
        minimised: minimise,
        clientSubnet: subnet,
        clientRevealed: subnet,
        resolvers: 1,
        elsewhere: false,
      });
    } finally {
      if (child && child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
      await rm(directory, { recursive: true });
    }
  });
}
