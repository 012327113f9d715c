/**
 * A customer's device: applies a WireGuard .conf in a namespace by itself, as wg-quick would, and lets one look around from there.
 * wireguard-go keeps its control sockets in /run/wireguard, which all namespaces share: it gets a mount namespace of its own.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LetheError } from '@lethe/core';
import { type CommandOptions, type CommandResult, run } from './command.ts';
import {
  type FetchOptions,
  type FetchResult,
  fetchUrl,
  type PingOptions,
  type PingResult,
  pingAddress,
  type ResolveResult,
  resolveName,
} from './probes.ts';
import { until } from './until.ts';

export interface WireguardConf {
  addresses: string[];
  dns: string[];
  mtu: number | null;
  allowedIps: string[];
  /** Address and port; the address without brackets. */
  endpoint: { address: string; port: number };
  /** The text without what only wg-quick understands: for `wg setconf`. */
  bare: string;
}

const QUICK_ONLY = /^\s*(Address|DNS|MTU|Table|PreUp|PostUp|PreDown|PostDown|SaveConfig)\s*=/i;

/** Reads a .conf with one peer. Throws `bad_request`. */
export function parseWireguardConf(text: string): WireguardConf {
  const lines = text.split(/\r?\n/);
  const values = (key: string): string[] =>
    lines.flatMap((line) => {
      const match = new RegExp(`^\\s*${key}\\s*=\\s*(.*?)\\s*$`, 'i').exec(line);
      return match ? match[1]!.split(/\s*,\s*/).filter(Boolean) : [];
    });
  const endpoint = /^\[?([^\]]+)\]?:(\d+)$/.exec(values('Endpoint')[0] ?? '');
  if (!endpoint || values('Address').length === 0)
    throw new LetheError('bad_request', 'The WireGuard configuration has no endpoint or no address.');
  return {
    addresses: values('Address'),
    dns: values('DNS').filter((entry) => /^[\d.]+$|:/.test(entry)),
    mtu: values('MTU').length > 0 ? Number(values('MTU')[0]) : null,
    allowedIps: values('AllowedIPs'),
    endpoint: { address: endpoint[1]!, port: Number(endpoint[2]) },
    bare: lines.filter((line) => !QUICK_ONLY.test(line)).join('\n'),
  };
}

/** How a device reaches into its namespace. */
export interface Seat {
  exec: (command: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  spawn: (command: string, args: readonly string[]) => ChildProcess;
  /** Name for the interface, unique on this machine. */
  interface: string;
  /**
   * Another network, from which the device dials: the interface is made there and moved here, so that what it encrypts leaves by there and
   * nothing else can. `network` is what `ip link set … netns` takes for the seat's own.
   */
  outside?: Pick<Seat, 'exec' | 'spawn'> & { network: string };
}

export class Device implements AsyncDisposable {
  readonly conf: WireguardConf;
  readonly #seat: Seat;
  /** The userspace implementation; null where the kernel does it. */
  #daemon: ChildProcess | null = null;
  #endpointRoute: string[] | null = null;

  private constructor(conf: WireguardConf, seat: Seat) {
    this.conf = conf;
    this.#seat = seat;
  }

  /** Connects. The interface carries everything in AllowedIPs afterwards; the endpoint keeps its old way. */
  static async connect(text: string, seat: Seat): Promise<Device> {
    const device = new Device(parseWireguardConf(text), seat);
    try {
      await device.#makeInterface();
      // Where it dials from: the name of an endpoint is looked up there.
      await device.#wg(['setconf', seat.interface], device.conf.bare, false, seat.outside ?? seat);
      await device.#moveIn();
      if (!seat.outside) await device.#keepWayToEndpoint();
      await device.#addAddressesAndRoutes();
      return device;
    } catch (error) {
      await device[Symbol.asyncDispose]();
      throw error;
    }
  }

  get interface(): string {
    return this.#seat.interface;
  }

  async #makeInterface(): Promise<void> {
    const name = this.#seat.interface;
    const { exec, spawn } = this.#seat.outside ?? this.#seat;
    const kernel = await exec('ip', ['link', 'add', name, 'type', 'wireguard'], { mayFail: true });
    if (kernel.code === 0) return;
    const script = `mkdir -p /run/wireguard && mount -t tmpfs tmpfs /run/wireguard && exec wireguard-go -f "$0"`;
    this.#daemon = spawn('unshare', ['--mount', 'sh', '-ec', script, name]);
    const daemon = this.#daemon;
    daemon.stdout?.resume();
    daemon.stderr?.resume();
    await until(
      'the device gets its WireGuard interface',
      async () => {
        if (daemon.exitCode !== null)
          throw new LetheError('missing_tool', 'wireguard-go ended. It needs /dev/net/tun.');
        return (await this.#wg(['show', name, 'listen-port'], '', true)).code === 0;
      },
      15_000,
      30,
    );
  }

  /** WireGuard's sockets stay in the network where the interface was made (wireguard.com/netns). */
  async #moveIn(): Promise<void> {
    const { outside, interface: name } = this.#seat;
    if (outside) await outside.exec('ip', ['link', 'set', name, 'netns', outside.network]);
  }

  /**
   * `wg` where the daemon's socket is to be seen. `setconf` reads its file from standard input, by way of `cat`: Node's pipes are
   * sockets, and /dev/stdin cannot open a socket.
   */
  #wg(
    args: readonly string[],
    input = '',
    mayFail = false,
    { exec }: Pick<Seat, 'exec'> = this.#seat,
  ): Promise<CommandResult> {
    const script = args[0] === 'setconf' ? 'cat | wg "$@" /dev/stdin' : 'wg "$@"';
    const command = ['sh', '-c', script, 'sh', ...args] as const;
    const pid = this.#daemon?.pid;
    if (pid === undefined) return exec(command[0], command.slice(1), { input, mayFail });
    return run('nsenter', ['-t', `${pid}`, '--mount', '--net', ...command], { input, mayFail });
  }

  async #keepWayToEndpoint(): Promise<void> {
    const { address } = this.conf.endpoint;
    const family = address.includes(':') ? '-6' : '-4';
    const found = await this.#seat.exec('ip', ['-j', family, 'route', 'get', address]);
    const [way] = JSON.parse(found.stdout) as { gateway?: string; dev: string }[];
    const via = way?.gateway === undefined ? [] : ['via', way.gateway];
    this.#endpointRoute = [family, 'route', 'replace', address, ...via, 'dev', way!.dev];
    await this.#seat.exec('ip', this.#endpointRoute);
  }

  async #addAddressesAndRoutes(): Promise<void> {
    const name = this.#seat.interface;
    const { conf } = this;
    const lines = conf.addresses.map(
      (address) => `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`,
    );
    lines.push(`link set ${name} mtu ${conf.mtu ?? 1420} up`);
    for (const destination of conf.allowedIps) {
      // halves outrank the default route that is there, without touching it
      const halves = { '0.0.0.0/0': ['0.0.0.0/1', '128.0.0.0/1'], '::/0': ['::/1', '8000::/1'] }[destination] ?? [
        destination,
      ];
      for (const half of halves) lines.push(`${half.includes(':') ? '-6 ' : ''}route replace ${half} dev ${name}`);
    }
    for (const line of lines) await this.#seat.exec('ip', line.split(' '));
  }

  /** UDP port that the device dials from. */
  async listenPort(): Promise<number> {
    return Number((await this.#wg(['show', this.#seat.interface, 'listen-port'])).stdout.trim());
  }

  /** Its own public key, base64. */
  async publicKey(): Promise<string> {
    return (await this.#wg(['show', this.#seat.interface, 'public-key'])).stdout.trim();
  }

  /** Process of the userspace implementation; null where the kernel does it. */
  get daemonPid(): number | null {
    return this.#daemon?.pid ?? null;
  }

  /** Seconds since 1970 of the last handshake; 0 before the first. */
  async lastHandshake(): Promise<number> {
    const { stdout } = await this.#wg(['show', this.#seat.interface, 'latest-handshakes']);
    return Number(stdout.trim().split('\t')[1] ?? 0);
  }

  /** Resolves when there has been a handshake later than `after` (seconds since 1970). Throws `timeout`. */
  async handshake(after = 0, limitMs = 30_000): Promise<void> {
    await until('a WireGuard handshake', async () => (await this.lastHandshake()) > after, limitMs);
  }

  /** Asks the resolver named in the .conf. */
  resolve(name: string, type = 'A', options: { server?: string; timeoutMs?: number } = {}): Promise<ResolveResult> {
    const server = options.server ?? this.conf.dns[0];
    if (server === undefined) throw new LetheError('bad_request', 'The WireGuard configuration names no resolver.');
    return resolveName(this.#seat.exec, name, server, type, options.timeoutMs ?? 5000);
  }

  fetch(url: string, options: FetchOptions = {}): Promise<FetchResult> {
    const server = options.server ?? this.conf.dns[0];
    return fetchUrl(this.#seat.exec, url, server === undefined ? options : { server, ...options });
  }

  ping(address: string, options: PingOptions = {}): Promise<PingResult> {
    return pingAddress(this.#seat.exec, address, options);
  }

  /** Takes the interface and the routes away. */
  async [Symbol.asyncDispose](): Promise<void> {
    const daemon = this.#daemon;
    if (daemon && daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill('SIGTERM');
      await once(daemon, 'close');
    }
    await this.#seat.exec('ip', ['link', 'delete', this.#seat.interface], { mayFail: true });
    await this.#seat.outside?.exec('ip', ['link', 'delete', this.#seat.interface], { mayFail: true });
    if (this.#endpointRoute) {
      await this.#seat.exec('ip', this.#endpointRoute.with(2, 'delete'), { mayFail: true });
      this.#endpointRoute = null;
    }
  }
}
