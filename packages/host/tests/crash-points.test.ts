/**
 * The host process ends as by `kill -9` at every step of a server's life and is started again: the server is neither lost nor does
 * anything of it stay behind. A real process, real interfaces, rules, ports and files; the machines are the fake engine's.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DesiredServer, newChallenge } from '@lethe/core';
import { CRASH_POINTS, type CrashPoint } from '../src/crash-points.ts';
import { openSecretFile } from '../src/sealed/secret-file.ts';
import { SealedStore } from '../src/sealed/store.ts';
import { inNamespaces } from './support/namespace.ts';
import { deviceList, newDesired, newOwner, publicOf } from './support/owner.ts';
import { until } from './support/wait.ts';
import { FIRST_PORT, World } from './support/world.ts';

const CHILD = fileURLToPath(new URL('./support/host-child.ts', import.meta.url));

inNamespaces(import.meta.url, () => {
  const owner = newOwner();

  /** A host in a process of its own, ended after the test. */
  function startChild(world: World, crashAt?: CrashPoint, ownKernel = false): ChildProcess {
    const child = fork(CHILD, [], {
      env: {
        ...process.env,
        ...(crashAt ? { LETHE_CRASH_AT: crashAt } : {}),
        ...(ownKernel ? { OWN_KERNEL: '1' } : {}),
      },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    world.children.push(child);
    child.send({ type: 'config', ...world.config() });
    return child;
  }

  const ended = (child: ChildProcess): Promise<string> =>
    until('the process ends', () => child.signalCode ?? (child.exitCode === null ? null : String(child.exitCode)));

  async function newServer(world: World): Promise<DesiredServer> {
    const wanted = await newDesired(await owner, FIRST_PORT);
    world.control.desired.set(wanted.server, wanted);
    return wanted;
  }

  const isUp = (world: World, id: string): boolean =>
    world.control.state(id) === 'ready' && world.control.enrolled.has(id) && world.engine.read(id)?.state === 'running';

  /** One of everything, and the key the customer was told is the one the server has. */
  async function assertWhole(world: World, id: string): Promise<void> {
    // A record may just be in the middle of its next change.
    await until('one record and nothing beside it', () => world.records().join() === id);
    assert.deepEqual(world.machines(), [id]);
    assert.deepEqual(world.interfaces(), [`lt${world.instance}-0`]);
    assert.match(world.ruleset()!, new RegExp(`elements = { ${FIRST_PORT} : 100\\.127\\.0\\.2 \\. 51820 }`));
    assert.ok(world.heldPorts().includes(FIRST_PORT));
    const { keys } = world.engine.read(id)!.memory;
    assert.equal(world.control.enrolled.get(id)?.wireguardKey, await publicOf(keys!.wireguard));
  }

  function assertNothingLeft(world: World): void {
    assert.deepEqual([world.records(), world.machines(), world.interfaces()], [[], [], []]);
    assert.doesNotMatch(world.ruleset() ?? '', /100\.127\.0\.2/);
    assert.ok(!world.heldPorts().includes(FIRST_PORT));
  }

  /** SIGTERM takes everything out of the network, and out of memory. */
  async function stopCleanly(world: World, child: ChildProcess): Promise<void> {
    child.kill('SIGTERM');
    assert.equal(await ended(child), '0');
    assert.equal(world.ruleset(), null);
    assert.deepEqual([world.interfaces(), world.machines()], [[], []]);
  }

  const ups = CRASH_POINTS.filter((point) => point.startsWith('up:'));
  const forgets = CRASH_POINTS.filter((point) => point.startsWith('forget:'));
  const downs = CRASH_POINTS.filter((point) => point.startsWith('down:'));

  for (const point of ups) {
    test(`killed at ${point}, started again: the server is whole, then ends without a trace`, async (t) => {
      const world = await World.make(t);
      const { server: id } = await newServer(world);
      assert.equal(await ended(startChild(world, point)), 'SIGKILL');
      world.control.heard.length = 0;
      const child = startChild(world);
      await until('the server is up', () => isUp(world, id));
      await assertWhole(world, id);
      world.control.delete(id);
      await until('gone', () => world.control.last('gone', id));
      assertNothingLeft(world);
      await stopCleanly(world, child);
    });

    test(`killed at ${point}, deleted meanwhile, started again: nothing is left`, async (t) => {
      const world = await World.make(t);
      const { server: id } = await newServer(world);
      assert.equal(await ended(startChild(world, point)), 'SIGKILL');
      world.control.desired.delete(id);
      world.control.deleting.add(id);
      startChild(world);
      await until('gone', () => world.control.last('gone', id));
      assertNothingLeft(world);
    });
  }

  for (const point of downs) {
    test(`killed at ${point}, started again: nothing is left and the end is reported`, async (t) => {
      const world = await World.make(t);
      const { server: id } = await newServer(world);
      const child = startChild(world, point);
      await until('the server is up', () => isUp(world, id));
      world.control.delete(id);
      assert.equal(await ended(child), 'SIGKILL');
      startChild(world);
      await until('gone', () => world.control.last('gone', id) && world.control.deleting.size === 0);
      assertNothingLeft(world);
    });
  }

  for (const point of forgets) {
    for (const ownKernel of [true, false]) {
      test(`killed at ${point} while it forgets${ownKernel ? ' by a fresh machine' : ''}, started again: the server is whole`, async (t) => {
        const world = await World.make(t);
        const { server: id } = await newServer(world);
        const child = startChild(world, point, ownKernel);
        await until('the server is up', () => isUp(world, id));
        const key = world.engine.read(id)!.memory.keys!.wireguard;
        await until('ready at the host too', () => {
          world.control.send({
            type: 'ask',
            id: 1,
            server: id,
            question: 'forget',
            challenge: newChallenge(),
            body: null,
          });
          return child.signalCode ?? child.exitCode;
        });
        world.control.heard.length = 0;
        const again = startChild(world, undefined, ownKernel);
        await until('the server is up again', () => isUp(world, id) && world.engine.read(id)?.memory.keys);
        await assertWhole(world, id);
        assert.equal(world.engine.read(id)!.memory.keys!.wireguard, key);
        await stopCleanly(world, again);
      });
    }
  }

  test('killed at settings:sealed, started again: the next machine has the settings, though nobody heard that they were taken', async (t) => {
    const world = await World.make(t);
    const { server: id } = await newServer(world);
    const child = startChild(world, 'settings:sealed');
    await until('the server is up', () => isUp(world, id));
    const body = Buffer.alloc(3000, 5).toString('base64');
    world.control.send({ type: 'ask', id: 2, server: id, question: 'settings', challenge: newChallenge(), body });
    assert.equal(await ended(child), 'SIGKILL');
    assert.equal(
      world.control.heard.some((message) => message.type === 'answer'),
      false,
    );
    world.engine.kill(id);
    startChild(world);
    await until('the settings come with the birth', () => world.engine.read(id)?.memory.birth?.settings === body);
  });

  test('the keys are on disk before the server hears that they are kept', async (t) => {
    const world = await World.make(t);
    const { server: id } = await newServer(world);
    assert.equal(await ended(startChild(world, 'up:keys-sealed')), 'SIGKILL');
    const host = join(world.directory, 'data', 'host');
    const store = await SealedStore.open(
      join(host, 'servers'),
      await openSecretFile(join(host, 'seal-key'), 'host-seal'),
    );
    const { keys } = (await store.load()).records.get(id)!;
    assert.ok(keys);
    assert.deepEqual(keys, world.engine.read(id)!.memory.keys);
  });

  test('killed at list:sealed, started again: the newer list is in force', async (t) => {
    const world = await World.make(t);
    const wanted = await newServer(world);
    const id = wanted.server;
    const child = startChild(world, 'list:sealed');
    await until('the server is up', () => isUp(world, id));
    world.control.desired.set(id, {
      ...wanted,
      devices: await deviceList(await owner, id, 7, 2),
      enrolmentToken: null,
    });
    world.control.push();
    assert.equal(await ended(child), 'SIGKILL');
    assert.equal(world.engine.read(id)?.memory.counter, 1);
    // Even a control plane that was rolled back meanwhile cannot bring the old one back.
    world.control.desired.set(id, { ...wanted, enrolmentToken: null });
    startChild(world);
    await until('the newer list', () => world.engine.read(id)?.memory.counter === 7);
    await until('the older one is refused', () => world.control.state(id) === 'failed list_refused');
  });

  test('killed while the control plane is down: the machine is adopted, its tunnel rules are never gone, and a dead one is started', async (t) => {
    const world = await World.make(t);
    const { server: id } = await newServer(world);
    const child = startChild(world);
    await until('the server is up', () => isUp(world, id));
    const before = world.engine.read(id)!.memory.keys;
    await world.control.stop();
    child.kill('SIGKILL');
    await ended(child);
    const rules = world.ruleset();
    assert.match(rules!, /100\.127\.0\.2/);
    const second = startChild(world);
    const ready = new Promise((resolve) =>
      second.on('message', (message: { type: string }) => message.type === 'ready' && resolve(0)),
    );
    await until('the port is held again', () => world.heldPorts().includes(FIRST_PORT));
    assert.equal(world.ruleset(), rules);
    await ready;
    assert.deepEqual(world.interfaces(), [`lt${world.instance}-0`], 'the same machine goes on');
    world.engine.kill(id);
    await until(
      'started again',
      () => world.engine.read(id)?.state === 'running' && world.engine.read(id)?.memory.counter === 1,
    );
    assert.deepEqual(world.engine.read(id)!.memory.keys, before);
    await stopCleanly(world, second);
    assert.deepEqual(world.records(), [id]);
  });

  test('the end of the parent stops the host', async (t) => {
    const world = await World.make(t);
    const { server: id } = await newServer(world);
    const child = startChild(world);
    await until('the server is up', () => isUp(world, id));
    child.disconnect();
    assert.equal(await ended(child), '0');
    assert.deepEqual([world.interfaces(), world.machines(), world.ruleset()], [[], [], null]);
  });

  test('a stop right after the start is a stop, too', async (t) => {
    for (const waitMs of [0, 150, 250, 300, 350, 400, 450, 500]) {
      const world = await World.make(t);
      await newServer(world);
      const child = startChild(world);
      await sleep(waitMs);
      // Before the process has set itself up the signal ends it, which is as good: nothing was made yet.
      child.kill('SIGTERM');
      assert.match(await ended(child), /^(0|SIGTERM)$/);
      assert.deepEqual([world.interfaces(), world.machines(), world.ruleset()], [[], [], null]);
    }
  });

  test('what a killed host left of servers that are no longer wanted goes, and what is not ours stays', async (t) => {
    const world = await World.make(t);
    const { server: id } = await newServer(world);
    const child = startChild(world);
    await until('the server is up', () => isUp(world, id));
    child.kill('SIGKILL');
    await ended(child);
    execFileSync('ip', ['link', 'add', 'name', `lt${world.instance}-77`, 'type', 'veth', 'peer', 'name', 'strayp']);
    execFileSync('ip', ['link', 'add', 'name', 'ltffffff-1', 'type', 'veth', 'peer', 'name', 'otherp']);
    t.after(() => execFileSync('ip', ['link', 'delete', 'dev', 'ltffffff-1']));
    execFileSync('nft', ['add', 'table', 'inet', 'somebody_else']);
    t.after(() => execFileSync('nft', ['delete', 'table', 'inet', 'somebody_else']));
    const second = startChild(world);
    await until('the stray interface is gone', () => !world.interfaces().includes(`lt${world.instance}-77`));
    await until('up', () => world.heldPorts().includes(FIRST_PORT));
    await stopCleanly(world, second);
    assert.match(execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' }), /ltffffff-1/);
    assert.match(execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }), /somebody_else/);
  });
});
