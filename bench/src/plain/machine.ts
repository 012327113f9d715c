/**
 * Program: one plain WireGuard server as a machine of an engine, in the network namespace it is started in, with the port mapping
 * and masquerading its host needs, set up by hand with `nft`. Input: one line of JSON on standard input, see `PlainMachine`. Prints
 * `ready`; ends, with everything it made, at the end of its input.
 */

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  AGENT_LINE_BYTES,
  type Engine,
  type EngineKind,
  type ImageFiles,
  LineReader,
  linkAddresses,
  newServerId,
  toLine,
} from '@lethe/core';
import { openEngine } from '@lethe/engines';
import { run } from '@lethe/testkit';
import { PLAIN_SERVER, type PlainOrder } from './order.ts';

export interface PlainMachine {
  engine: EngineKind;
  image: ImageFiles;
  runDir: string;
  instance: string;
  memoryMb: number;
  pids: number;
  /** Text for `wg setconf`. */
  conf: string;
}

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const wanted = JSON.parse(line) as PlainMachine;
const ended = once(input, 'close');

mkdirSync(wanted.runDir, { recursive: true, mode: 0o711 });
const engine: Engine = await openEngine(wanted.engine, {
  runDir: wanted.runDir,
  instance: wanted.instance,
  image: wanted.image,
});
const id = newServerId();
const hostInterface = `pl${wanted.instance}`;
const link = linkAddresses(0);
try {
  await engine.create({ id, image: wanted.image, hostInterface, memoryMb: wanted.memoryMb, pids: wanted.pids });
  await hostSide();
  await orderServer();
  process.stdout.write('ready\n');
  await ended;
} finally {
  await engine.destroy(id);
  await run('nft', ['delete', 'table', 'inet', 'plain'], { mayFail: true });
}
process.exit(0);

/** Addresses of the host's end, forwarding, the port and the way out. */
async function hostSide(): Promise<void> {
  const addresses = [
    `addr add ${link.hostIpv4}/${link.ipv4Length} dev ${hostInterface}`,
    `addr add ${link.hostIpv6}/${link.ipv6Length} dev ${hostInterface} nodad`,
    `link set ${hostInterface} up`,
  ];
  await run('ip', ['-batch', '-'], { input: `${addresses.join('\n')}\n` });
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1');
  const port = PLAIN_SERVER.port;
  const rules = `table inet plain {
    chain in {
      type nat hook prerouting priority -100
      meta nfproto ipv4 iifname "eth0" udp dport ${port} dnat ip to ${link.serverIpv4}:${port}
      meta nfproto ipv6 iifname "eth0" udp dport ${port} dnat ip6 to [${link.serverIpv6}]:${port}
    }
    chain out {
      type nat hook postrouting priority 100
      oifname "eth0" masquerade
    }
  }\n`;
  await run('nft', ['-f', '-'], { input: rules });
}

/** Sends the order over the engine's channel once the machine greets, and waits until it is done. */
async function orderServer(): Promise<void> {
  const channel = await engine.connect(id);
  const order: PlainOrder = {
    type: 'plain',
    uplink: uplinkCommands(),
    conf: wanted.conf,
    addresses: `addr add ${PLAIN_SERVER.ipv4} dev wg0\naddr add ${PLAIN_SERVER.ipv6} dev wg0 nodad\nlink set wg0 mtu ${PLAIN_SERVER.mtu} up\n`,
  };
  const lines = new LineReader(AGENT_LINE_BYTES);
  await new Promise<void>((resolve, reject) => {
    channel.on('data', (chunk: Buffer) => {
      for (const value of lines.push(chunk)) {
        const { type } = value as { type: string };
        if (type === 'hello') channel.write(toLine(order));
        if (type === 'stage') resolve();
        if (type === 'failed') reject(new Error('The plain server could not be set up.'));
      }
    });
    channel.on('error', reject);
  });
}

function uplinkCommands(): string {
  const lines = [
    'link set lo up',
    'link set eth0 up',
    `addr add ${link.serverIpv4}/${link.ipv4Length} dev eth0`,
    `addr add ${link.serverIpv6}/${link.ipv6Length} dev eth0 nodad`,
    `route add default via ${link.hostIpv4} dev eth0`,
    `route add default via ${link.hostIpv6} dev eth0`,
  ];
  return `${lines.join('\n')}\n`;
}
