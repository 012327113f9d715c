/** A host with a control plane in one namespace: everything a test needs, and what is there to be seen afterwards. */

import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Engine } from '@lethe/core';
import { randomBytes, toHex } from '@lethe/core';
import type { HostConfig } from '../../src/config.ts';
import { type Host, startHost } from '../../src/host.ts';
import { interfacePrefix, tableName } from '../../src/network/names.ts';
import type { HostSettings } from '../../src/settings.ts';
import { ControlDouble } from './control-double.ts';
import { FakeEngine } from './fake-engine.ts';

/** Short limits, except where a test wants to see one reached. */
export const QUICK: Partial<HostSettings> = { retryFirstMs: 20, retryLongestMs: 200, steadyAfterMs: 1000 };
export const FIRST_PORT = 41_000;

export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'lethe-host-'));
  readonly instance = toHex(randomBytes(3));
  readonly control = new ControlDouble();
  engine = new FakeEngine(join(this.directory, 'run'));
  host: Host | undefined;
  /** Hosts in processes of their own, ended after the test. */
  readonly children: ChildProcess[] = [];
  /** A file system to be unmounted at the end. */
  mounted: string | undefined;

  /** A world with a control plane that listens, taken away after the test. */
  static async make(t: TestContext): Promise<World> {
    const world = new World();
    t.after(async () => {
      await world.host?.stop();
      for (const child of world.children) await kill(child);
      for (const name of world.interfaces()) execFileSync('ip', ['link', 'delete', 'dev', name]);
      if (world.ruleset() !== null) execFileSync('nft', ['delete', 'table', 'inet', tableName(world.instance)]);
      await world.control.stop();
      if (world.mounted) execFileSync('umount', ['-l', world.mounted]);
      rmSync(world.directory, { recursive: true, force: true });
    });
    await world.control.start();
    return world;
  }

  config(change: Partial<HostConfig> = {}): HostConfig {
    return {
      dataDir: join(this.directory, 'data'),
      runDir: join(this.directory, 'run'),
      instance: this.instance,
      controlUrl: this.control.url,
      joinToken: this.control.token(),
      region: { id: 'here', name: 'Here' },
      engine: 'container',
      publicAddresses: ['198.51.100.2'],
      ports: { first: FIRST_PORT, count: 100 },
      rootAnchors: null,
      content: null,
      image: { digest: 'a'.repeat(64) } as HostConfig['image'],
      ...change,
    };
  }

  /** Starts the host in this process. */
  async start(
    settings: Partial<HostSettings> = {},
    engines: Engine[] = [this.engine],
    change: Partial<HostConfig> = {},
  ): Promise<Host> {
    this.host = await startHost(this.config(change), { engines, settings: { ...QUICK, ...settings } });
    return this.host;
  }

  async stop(): Promise<void> {
    await this.host?.stop();
    this.host = undefined;
  }

  /** Files of sealed records. */
  records(): string[] {
    return readdirSync(join(this.directory, 'data', 'host', 'servers')).toSorted();
  }

  /** Host-side interfaces of this instance. */
  interfaces(): string[] {
    const names = execFileSync('ip', ['-brief', 'link', 'show'], { encoding: 'utf8' }).split('\n');
    const prefix = interfacePrefix(this.instance);
    return names.map((line) => line.split(/[@\s]/)[0]!).filter((name) => name.startsWith(prefix));
  }

  /** The rules in the kernel, or null without a table. */
  ruleset(): string | null {
    try {
      return execFileSync('nft', ['list', 'table', 'inet', tableName(this.instance)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return null;
    }
  }

  /** Machines of the fake engine. */
  machines(): string[] {
    return readdirSync(this.engine.directory).toSorted();
  }

  /** UDP ports that something in this namespace holds. */
  heldPorts(): number[] {
    const lines = execFileSync('ss', ['-Huan'], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
    return lines.map((line) => Number(line.trim().split(/\s+/)[3]!.split(':').at(-1)));
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
}
