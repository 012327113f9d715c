/**
 * The supervisor of one machine's servers. The top reads as the procedure: who am I, what is there, make the network safe, keep what
 * was kept, then call the control plane and follow it.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engine,
  type EngineCapabilities,
  type EngineKind,
  HOST_PROTOCOL,
  LetheError,
  type MachineRecord,
} from '@lethe/core';
import { Blocklist } from './blocklist/served.ts';
import type { HostConfig } from './config.ts';
import { ControlChannel } from './control/channel.ts';
import { Reports } from './control/reports.ts';
import { openIdentity } from './identity.ts';
import { Limiter } from './limiter.ts';
import { HostNetwork } from './network/host-network.ts';
import { PROGRESS, type ProgressText } from './progress.ts';
import { ReleaseGate } from './release/gate.ts';
import { EndedServers } from './sealed/ended.ts';
import { openSecretFile } from './sealed/secret-file.ts';
import { SealedStore } from './sealed/store.ts';
import { Fleet } from './server/fleet.ts';
import type { Machine } from './server/server.ts';
import { type HostSettings, SETTINGS } from './settings.ts';

export interface HostDeps {
  /** Every engine this machine can run, the default one first. */
  engines: readonly Engine[];
  settings?: Partial<HostSettings>;
  onProgress?(text: ProgressText): void;
  /** Calls the start off: what was set up is taken back, as by `stop`, and `startHost` throws. */
  signal?: AbortSignal;
}

export interface Host extends AsyncDisposable {
  /** What `auto` means here. */
  readonly engine: EngineKind;
  readonly capabilities: EngineCapabilities;
  /** Settles when the host has stopped following the control plane: after `stop`, or rejected if it must not go on. */
  readonly ended: Promise<void>;
  /** Ends all machines and takes every trace out of this machine's network. The sealed records stay. */
  stop(): Promise<void>;
}

/** A host that has joined before is ready after this long at the latest: its servers do not need the control plane. */
const CONNECT_LIMIT_MS = 5_000;
const ADOPTIONS = 16;
const DAY_MS = 86_400_000;

/**
 * Starts the supervisor; resolves when its servers are being kept and the control plane has been reached, or need not be. Throws
 * `missing_tool`, `internal`, and what the control plane refuses a new host with.
 */
export async function startHost(config: HostConfig, deps: HostDeps): Promise<Host> {
  const say = deps.onProgress ?? (() => {});
  const settings = { ...SETTINGS, ...deps.settings };
  const stopping = new AbortController();
  const signal = deps.signal ? AbortSignal.any([deps.signal, stopping.signal]) : stopping.signal;
  const directory = join(config.dataDir, 'host');
  const identity = await openIdentity(directory);
  const sealKey = await openSecretFile(join(directory, 'seal-key'), 'host-seal');
  const store = await SealedStore.open(join(directory, 'servers'), sealKey);
  const ended = await EndedServers.open(join(directory, 'ended'), sealKey);
  const network = new HostNetwork(config.instance, config.runDir, config.ports);

  const blocklist = new Blocklist(join(config.dataDir, 'blocklist', 'table.bin'));

  say(PROGRESS.engines);
  const engines = new Map(deps.engines.map((engine) => [engine.kind, engine]));
  const [first] = deps.engines;
  if (!first)
    throw new LetheError('engine_failed', 'This machine has no engine to run servers with. Nothing was started.');
  const capabilities = await first.capabilities();

  await releaseAll(deps.engines);
  // What fails here costs time at each boot, and nothing else.
  const memoryMb = settings.memoryMb[first.kind];
  void first.prepare?.({ image: config.image, memoryMb }, signal).catch(() => {});

  let connected: () => void = () => {};
  const firstConnection = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const channel: ControlChannel = new ControlChannel({
    ...config,
    identity,
    directory,
    retryFirstMs: Math.min(settings.retryFirstMs, 500),
    retryLongestMs: Math.min(settings.retryLongestMs, 10_000),
    keepsServers: async () => !(await store.isEmpty()),
    onOpen() {
      // Before `hello`: then the newest release is here before the servers that it covers are asked for.
      if (gate.seen) channel.send({ type: 'log', ...gate.seen });
      channel.send({
        type: 'hello',
        protocol: HOST_PROTOCOL,
        engines: [...engines.keys()],
        defaultEngine: first.kind,
        publicAddresses: config.publicAddresses,
        ports: config.ports,
      });
      reports.sayAgain();
      connected();
    },
    onMessage: (message) => (message.type === 'release' ? gate.receive(message) : fleet.onControl(message)),
  });
  const gate = await ReleaseGate.open({
    file: join(directory, 'release.json'),
    content: config.content,
    region: config.region.id,
    clock: { now: Date.now },
    onAccepted: (seen) => channel.send({ type: 'log', ...seen }),
  });
  const reports = new Reports((message) => channel.send(message));
  const fleet = new Fleet(
    {
      engines,
      image: config.image,
      network,
      store,
      ended,
      reports,
      settings,
      ports: config.ports,
      rootAnchors: config.rootAnchors,
      blocklist,
      boots: new Limiter(settings.parallel),
      adoptions: new Limiter(ADOPTIONS),
      gate,
    },
    (message) => channel.send(message),
  );

  await blocklist.refresh();
  void blocklist.watch(() => fleet.tableChanged(), signal);
  const purge = setInterval(() => void ended.purge().catch(() => {}), DAY_MS).unref();
  let running: Promise<void> = Promise.resolve();
  async function stop(): Promise<void> {
    say(PROGRESS.stopping);
    stopping.abort();
    clearInterval(purge);
    await running.catch(() => {});
    try {
      await fleet.stop();
      await network.stop();
    } finally {
      await releaseAll(deps.engines);
    }
  }

  try {
    say(PROGRESS.resume);
    await fleet.resume(await store.load(), await findMachines(deps.engines));
    say(PROGRESS.join);
    await channel.join(signal);
    say(PROGRESS.connect);
    running = channel.run(signal);
    running.catch(() => {}); // whoever waits for the end hears it
    await readyToServe(Promise.race([firstConnection, running]), signal);
  } catch (error) {
    // The reason for the failure counts, not what it kept from being taken back: the next start finds that.
    await stop().catch(() => {});
    throw error;
  }
  return { engine: first.kind, capabilities, ended: running, stop, [Symbol.asyncDispose]: stop };
}

async function readyToServe(firstConnection: Promise<void>, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const limit = sleep(CONNECT_LIMIT_MS, undefined, { signal: AbortSignal.any([signal, waiting.signal]) });
  try {
    await Promise.race([firstConnection, limit.catch(() => {})]);
  } finally {
    waiting.abort();
  }
  signal.throwIfAborted();
}

async function releaseAll(engines: readonly Engine[]): Promise<void> {
  await Promise.all(engines.map((engine) => engine.release?.()));
}

/** Machines that run, by server. What is left of dead ones goes at once: nothing of it can be of use. */
async function findMachines(engines: readonly Engine[]): Promise<Map<string, Machine[]>> {
  const running = new Map<string, Machine[]>();
  for (const engine of engines) {
    const found = await engine.list();
    const isRunning = (machine: MachineRecord): boolean => machine.state === 'running';
    for (const { id, hostInterface } of found.filter(isRunning)) {
      running.set(id, [...(running.get(id) ?? []), { kind: engine.kind, hostInterface }]);
    }
    await Promise.all(found.filter((machine) => !isRunning(machine)).map(({ id }) => engine.destroy(id)));
  }
  return running;
}
