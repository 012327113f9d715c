/** One test internet: made, used, and gone again on every way out. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { type CommandOptions, type CommandResult, run } from './command.ts';
import { Device } from './device.ts';
import { buildNetwork, type ClientSpec } from './network.ts';
import { PLACES, type Place, type PlaceName } from './plan.ts';
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
import { closeRun, namespaceName, openRun, type RunRecord, sweepDeadRuns } from './runs.ts';
import { startServers } from './servers.ts';
import { requireTools, TOOL_PATH } from './tools.ts';
import { PacketWatch } from './watch.ts';
import { makeZones } from './zones.ts';

export type { ClientSpec } from './network.ts';

export interface TestInternetOptions {
  /** Customers' places behind the ISP. Default: `client1`, with both families. */
  clients?: readonly ClientSpec[];
  /** Whether SIGINT and SIGTERM clean up and end the process. False for a program that handles them itself. Default true. */
  handleSignals?: boolean;
}

const TOOLS = [
  'ip',
  'nsenter',
  'unshare',
  'nsd',
  'ldns-keygen',
  'ldns-signzone',
  'ldns-key2ds',
  'wg',
  'ping',
  'tcpdump',
];

export class TestInternet implements AsyncDisposable {
  /** Six hexadecimal digits in the name of everything of this run. */
  readonly id: string;
  /** A directory for files of this run; removed with it. */
  readonly directory: string;
  /** Trust anchors (DS lines) of this internet's root. */
  rootAnchors: string[] = [];
  readonly #record: RunRecord;
  readonly #children = new Set<ChildProcess>();
  readonly #places = new Map<string, Place>(Object.entries(PLACES));
  #devices = 0;
  readonly #atExit = (): void => closeRun(this.#record);
  readonly #atSignal = (signal: NodeJS.Signals): void => {
    closeRun(this.#record);
    this.#forget();
    process.kill(process.pid, signal);
  };

  private constructor(handleSignals: boolean) {
    this.#record = openRun((id) => join(tmpdir(), `lethe-net-${id}`));
    this.id = this.#record.id;
    this.directory = this.#record.directory;
    process.once('exit', this.#atExit);
    if (handleSignals)
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, this.#atSignal);
  }

  /** Builds the network and starts its servers. Throws `not_root`, `missing_tool`, or `internal`, leaving nothing behind. */
  static async create(options: TestInternetOptions = {}): Promise<TestInternet> {
    if (process.getuid?.() !== 0)
      throw new LetheError('not_root', 'The test internet needs root, for network namespaces. Nothing was made.');
    requireTools(...TOOLS);
    sweepDeadRuns();
    const net = new TestInternet(options.handleSignals ?? true);
    try {
      const clients = options.clients ?? [{ name: 'client1', ipv4: true, ipv6: true }];
      const zoneDirectory = join(net.directory, 'zones');
      mkdirSync(zoneDirectory);
      const [places, zones] = await Promise.all([buildNetwork(net.id, clients), makeZones(zoneDirectory)]);
      for (const [name, place] of places) net.#places.set(name, place);
      net.rootAnchors = zones.rootAnchors;
      await startServers((namespace, command, args) => net.spawn(namespace, command, args), net.directory, zones);
      return net;
    } catch (error) {
      await net[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Addresses of a place or client. */
  place(name: PlaceName | (string & {})): Place {
    const place = this.#places.get(name);
    if (!place) throw new LetheError('not_found', 'There is no such place in this test internet.');
    return place;
  }

  /** Path of a namespace, for `nsenter --net=`. */
  namespacePath(name: string): string {
    return `/run/netns/${namespaceName(this.id, name)}`;
  }

  /** Command and arguments that run a program in a namespace. `nsenter`, because `ip netns exec` hides the cgroup tree. */
  enter(namespace: string, command: string, args: readonly string[]): [command: string, args: string[]] {
    return ['nsenter', [`--net=${this.namespacePath(namespace)}`, '--', command, ...args]];
  }

  /** Runs a program in a namespace to its end. Throws as `run` does. */
  exec(
    namespace: string,
    command: string,
    args: readonly string[] = [],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    return run(...this.enter(namespace, command, args), options);
  }

  /** Starts a program in a namespace; it is ended with the test internet, if not before. The child's pid is the program's. */
  spawn(
    namespace: string,
    command: string,
    args: readonly string[] = [],
    options: { env?: Record<string, string>; cwd?: string } = {},
  ): ChildProcess {
    const child = spawn(...this.enter(namespace, command, args), {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for this process alone, which then ends the others in order
      ...options,
      env: { ...process.env, PATH: TOOL_PATH, LC_ALL: 'C.UTF-8', ...options.env },
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    child.on('error', () => this.#children.delete(child));
    return child;
  }

  /** Connects a customer's device in a client's namespace with the text of its .conf. */
  connectDevice(namespace: string, conf: string): Promise<Device> {
    this.#devices += 1;
    return Device.connect(conf, {
      exec: (command, args, options) => this.exec(namespace, command, args, options),
      spawn: (command, args) => this.spawn(namespace, command, args),
      interface: `wg${this.id}${this.#devices}`,
    });
  }

  /** Asks the name server `server` from a namespace. A missing answer is `error` in the result. */
  resolve(namespace: string, name: string, server: string, type = 'A', timeoutMs = 5000): Promise<ResolveResult> {
    return resolveName(
      (command, args, options) => this.exec(namespace, command, args, options),
      name,
      server,
      type,
      timeoutMs,
    );
  }

  /** Opens a page from a namespace. A missing answer is `error` in the result. */
  fetch(namespace: string, url: string, options: FetchOptions = {}): Promise<FetchResult> {
    return fetchUrl((command, args, more) => this.exec(namespace, command, args, more), url, options);
  }

  ping(namespace: string, address: string, options: PingOptions = {}): Promise<PingResult> {
    const exec = (command: string, args: readonly string[], more?: CommandOptions): Promise<CommandResult> =>
      this.exec(namespace, command, args, more);
    return pingAddress(exec, address, options);
  }

  /** Watches the packets of a namespace that match a tcpdump filter, for example 'dst port 53'. */
  watch(namespace: string, filter: string): Promise<PacketWatch> {
    const args = ['-l', '-n', '--immediate-mode', '-i', 'any', ...filter.split(' ')];
    return PacketWatch.open(this.spawn(namespace, 'tcpdump', args));
  }

  #forget(): void {
    process.off('exit', this.#atExit);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#atSignal);
  }

  /** Ends every process in the namespaces and removes everything of this run. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)));
    closeRun(this.#record);
    this.#forget();
    await Promise.all(ended);
  }
}
