/**
 * A server, two client machines, a router and an internet, each in namespaces of its own (network, processes, mounts), with the real
 * agent and the real tools inside. Nothing of it has a name outside: the namespaces end with their first process, and that one ends
 * with the test, also when the test is killed.
 *
 *   phone (IPv4) ──┐
 *                  ├── router ── server (eth0, wg0)
 *   laptop (IPv6) ─┘     └────── internet
 */

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { linkAddresses, toBase64 } from '@lethe/core';
import { TestHost } from './test-host.ts';
import { until } from './until.ts';

const execute = promisify(execFile);
const AGENT = new URL('../src/main.ts', import.meta.url).pathname;

export const LINK = linkAddresses(7);
export const INTERNET = { ipv4: '198.51.100.80', ipv6: '2001:db8:80::80' };
/** Addresses of the router that stand for the networks of the host: all of them answer, none may be reached through the tunnel. */
export const HOST_NETWORKS = [
  '192.168.77.77',
  '10.200.0.1',
  '172.20.0.1',
  '169.254.9.9',
  'fd00:77::1',
  LINK.hostIpv4,
  LINK.hostIpv6,
];

/** One set of namespaces. */
export class Machine {
  readonly #process: ReturnType<typeof spawn>;
  readonly pid: number;
  private constructor(process: ReturnType<typeof spawn>, pid: number) {
    this.#process = process;
    this.pid = pid;
  }

  /** Starts a machine whose first process runs `setup` and then reaps its orphans. */
  static async start(setup: string, environment: Record<string, string> = {}): Promise<Machine> {
    const script = `mount -t tmpfs tmpfs /run && mkdir -m 700 /run/wireguard && echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad && ip link set lo up && ${setup}\nwhile :; do sleep 600 & wait; done`;
    const unshare = [
      'unshare',
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      script,
    ];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    let pid = 0;
    await until('a namespace exists', () => {
      pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]);
      return pid > 0;
    });
    const machine = new Machine(child, pid);
    await until('a machine is set up', async () => (await machine.try('test -d /run/wireguard')).ok);
    return machine;
  }

  /** Runs a shell command inside; throws if it fails. */
  async run(command: string): Promise<string> {
    const { ok, output } = await this.try(command);
    if (!ok) throw new Error(`failed inside a machine: ${command}\n${output}`);
    return output;
  }

  /** Runs a shell command inside and tells how it went. */
  async try(command: string): Promise<{ ok: boolean; output: string }> {
    try {
      const { stdout } = await execute('nsenter', ['-t', String(this.pid), '-n', '-m', '-p', 'bash', '-c', command], {
        timeout: 60_000,
      });
      return { ok: true, output: stdout };
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      return { ok: false, output: `${stdout ?? ''}${stderr ?? ''}` };
    }
  }

  /** What the web server at an address says, or null if it cannot be reached within two seconds. */
  async fetch(address: string, port = 80): Promise<string | null> {
    const { ok, output } = await this.try(
      `exec 2>/dev/null; timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port} && cat <&3'`,
    );
    return ok && output !== '' ? output : null;
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}

/** Joins two machines by a cable. */
async function cable(a: Machine, nameA: string, b: Machine, nameB: string): Promise<void> {
  await execute('ip', [
    'link',
    'add',
    nameA,
    'netns',
    String(a.pid),
    'type',
    'veth',
    'peer',
    'name',
    nameB,
    'netns',
    String(b.pid),
  ]);
  await Promise.all([a.run(`ip link set ${nameA} up`), b.run(`ip link set ${nameB} up`)]);
}

/** A server that answers every TCP connection to port 80 with the address that it sees. */
const WEB = `${process.execPath} -e 'require("net").createServer((s) => { s.on("error", () => {}); s.end(s.remoteAddress) }).listen(80, "::")'`;

export interface Lab {
  host: TestHost;
  server: Machine;
  router: Machine;
  internet: Machine;
  phone: Machine;
  laptop: Machine;
  stop(): void;
}

export interface LabOptions {
  /** Shell commands in the server before its agent starts. */
  prepare?: string;
}

/** Builds everything; the agent starts at once and connects to `host`. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-node-'));
  const host = await TestHost.listen(join(directory, 'agent.sock'));
  const machines: Machine[] = [];
  const start = async (setup: string): Promise<Machine> => {
    const machine = await Machine.start(setup);
    machines.push(machine);
    return machine;
  };
  const stop = (): void => {
    for (const machine of machines) machine.stop();
    host.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const forwarding = 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1';
    const [server, router, internet, phone, laptop] = await Promise.all([
      start(`mkdir -p /run/lethe/host /run/output && mount --bind ${directory} /run/lethe/host`),
      start(`${forwarding}; (${WEB}) &`),
      start(`(${WEB}) &`),
      start(':'),
      start(':'),
    ]);
    await cable(router!, 'server', server!, 'eth0');
    await cable(router!, 'internet', internet!, 'eth0');
    await cable(router!, 'phone', phone!, 'eth0');
    await cable(router!, 'laptop', laptop!, 'eth0');
    await router!.run(
      [
        `ip addr add ${LINK.hostIpv4}/30 dev server`,
        `ip addr add ${LINK.hostIpv6}/64 dev server nodad`,
        'ip addr add 198.51.100.1/24 dev internet',
        'ip addr add 2001:db8:80::1/64 dev internet nodad',
        'ip addr add 203.0.113.1/30 dev phone',
        'ip addr add 2001:db8:c2::1/64 dev laptop nodad',
        ...['192.168.77.77/32', '10.200.0.1/32', '172.20.0.1/32', '169.254.9.9/32'].map(
          (range) => `ip addr add ${range} dev lo`,
        ),
        'ip addr add fd00:77::1/128 dev lo',
      ].join(' && '),
    );
    await internet!.run(
      `ip addr add ${INTERNET.ipv4}/24 dev eth0 && ip addr add ${INTERNET.ipv6}/64 dev eth0 nodad && ip route add default via 198.51.100.1 && ip route add default via 2001:db8:80::1`,
    );
    await phone!.run(`ip addr add 203.0.113.2/30 dev eth0 && ip route add ${LINK.serverIpv4} via 203.0.113.1`);
    await laptop!.run(
      `ip addr add 2001:db8:c2::2/64 dev eth0 nodad && ip route add ${LINK.serverIpv6} via 2001:db8:c2::1`,
    );
    // A test that takes its output away has a server as an engine makes it.
    const output = '$([ -d /run/output ] && echo /run/output/agent || echo /dev/null)';
    const init = `while :; do ${process.execPath} ${AGENT} >>${output} 2>&1; sleep 0.1; done`;
    await server!.run(`${options.prepare ?? ':'}; (${init}) >/dev/null 2>&1 </dev/null & disown`);
    return { host, server: server!, router: router!, internet: internet!, phone: phone!, laptop: laptop!, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Brings up a tunnel on a client machine with everything routed into it. */
export async function dial(
  client: Machine,
  privateKey: Uint8Array,
  slot: number,
  serverKey: string,
  endpoint: string,
): Promise<void> {
  const config = `[Interface]\nPrivateKey = ${toBase64(privateKey)}\n[Peer]\nPublicKey = ${serverKey}\nAllowedIPs = 0.0.0.0/0, ::/0\nEndpoint = ${endpoint}\nPersistentKeepalive = 25\n`;
  const hex = slot.toString(16);
  await client.run(
    [
      'ip link add wgc type wireguard 2>/dev/null || LOG_LEVEL=silent wireguard-go wgc >/dev/null 2>&1',
      `wg setconf wgc <(echo '${config}')`,
      `ip addr add 10.66.0.${slot}/32 dev wgc`,
      `ip addr add fd66:6c65:7468:65::${hex}/128 dev wgc nodad`,
      'ip link set wgc mtu 1420 up',
      'ip route replace default dev wgc',
      'ip -6 route replace default dev wgc',
    ].join('\n'),
  );
}
