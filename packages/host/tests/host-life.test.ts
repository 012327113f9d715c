/** The life of servers under a host, with everything real but the machines: from birth to end, and what must not happen in between. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type HostToControl, newChallenge, newServerId, openStatus } from '@lethe/core';
import { parseHostMessage } from '@lethe/node/messages';
import { FakeEngine } from './support/fake-engine.ts';
import { inNamespaces } from './support/namespace.ts';
import { deviceList, newDesired, newOwner, publicOf } from './support/owner.ts';
import { until } from './support/wait.ts';
import { FIRST_PORT, World } from './support/world.ts';

inNamespaces(import.meta.url, () => {
  const owner = newOwner();

  /** A world with one server that is ready. */
  async function worldWithServer(t: Parameters<typeof World.make>[0]) {
    const world = await World.make(t);
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start();
    await until('the server is ready', () => world.control.state(id) === 'ready' && world.control.enrolled.get(id));
    await until('the record is written', () => world.records().join() === id);
    return { world, wanted, id };
  }
  const privateKeyIn = (world: World, id: string): string => world.engine.read(id)!.memory.keys!.wireguard;

  test('a server is born, enrolled and ended, and nothing is left of it', async (t) => {
    const { world, id } = await worldWithServer(t);
    const hello = world.control.heard[0];
    assert.deepEqual(hello, {
      type: 'hello',
      protocol: 2,
      engines: ['container'],
      defaultEngine: 'container',
      publicAddresses: ['198.51.100.2'],
      ports: { first: FIRST_PORT, count: 100 },
    });
    const stages = world.control.heard.flatMap((message) => (message.type === 'stage' ? [message.stage] : []));
    assert.deepEqual(stages, ['machine', 'booting', 'network', 'tunnel', 'ready']);
    assert.equal(world.control.enrolled.get(id)?.wireguardKey, await publicOf(privateKeyIn(world, id)));
    assert.equal(world.control.last('applied', id)?.counter, 1);
    assert.ok(parseHostMessage(world.engine.read(id)!.memory.birth), 'the birth is one that a real agent takes');
    assert.deepEqual(world.records(), [id]);
    assert.deepEqual(world.interfaces(), [`lt${world.instance}-0`]);
    assert.match(world.ruleset()!, new RegExp(`${FIRST_PORT} : 100\\.127\\.0\\.2 \\. 51820`));
    assert.ok(world.heldPorts().includes(FIRST_PORT));
    assert.match(
      execFileSync('ip', ['addr', 'show', 'dev', `lt${world.instance}-0`], { encoding: 'utf8' }),
      /100\.127\.0\.1\/30/,
    );

    world.control.delete(id);
    await until('it is gone', () => world.control.last('gone', id));
    assert.deepEqual([world.records(), world.interfaces(), world.machines()], [[], [], []]);
    assert.doesNotMatch(world.ruleset()!, /100\.127\.0\.2/);
    assert.ok(!world.heldPorts().includes(FIRST_PORT));
  });

  test('the keys in the record are sealed, and the files are for root alone', async (t) => {
    const { world, id } = await worldWithServer(t);
    const host = join(world.directory, 'data', 'host');
    const record = readFileSync(join(host, 'servers', id));
    assert.ok(!record.includes(privateKeyIn(world, id)));
    assert.ok(!record.includes((await owner).ownerKey));
    for (const file of ['key', 'seal-key', `servers/${id}`])
      assert.equal(statSync(join(host, file)).mode & 0o777, 0o600, file);
    assert.equal(statSync(join(host, 'servers')).mode & 0o777, 0o700);
  });

  test('ending the host ends every machine and every trace in the network, and the next start brings the same server back', async (t) => {
    const world = await World.make(t);
    execFileSync('sysctl', ['-qw', 'net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0']);
    const remembered = (): string =>
      readFileSync('/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established', 'utf8').trim();
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start();
    await until('ready', () => world.control.state(id) === 'ready' && world.control.enrolled.has(id));
    const key = privateKeyIn(world, id);
    const first = world.engine.read(id)!.memory.birth!;
    const forwarding = (): string[] =>
      ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'].map((path) =>
        readFileSync(`/proc/sys/net/${path}`, 'utf8').trim(),
      );
    assert.deepEqual(forwarding(), ['1', '1']);
    assert.equal(remembered(), '7440', 'the host forgets idle connections after hours');
    await world.stop();
    assert.deepEqual(forwarding(), ['0', '0']);
    assert.equal(remembered(), '432000', 'and leaves the setting as it was');
    assert.deepEqual([world.interfaces(), world.machines(), world.ruleset()], [[], [], null]);
    assert.ok(!world.heldPorts().includes(FIRST_PORT));
    assert.deepEqual(world.records(), [id]);
    // What an earlier host left goes first; what this one prepared goes last.
    assert.deepEqual(world.engine.preparations, ['released', 'prepared', 'released']);

    await world.start();
    await until('the machine lives again', () => world.engine.read(id)?.memory.keys);
    assert.equal(privateKeyIn(world, id), key);
    const second = world.engine.read(id)!.memory.birth!;
    assert.match(first.seed, /^[A-Za-z0-9+/]{43}=$/);
    assert.notEqual(second.seed, first.seed, 'each birth brings randomness of its own');
    assert.ok(Math.abs(second.timeMs - Date.now()) < 60_000);
    assert.equal(world.control.joins, 1, 'a host joins once');
  });

  test('another owner is refused and the server goes on', async (t) => {
    const { world, wanted, id } = await worldWithServer(t);
    const thief = await newOwner();
    world.control.desired.set(id, {
      ...wanted,
      ownerKey: thief.ownerKey,
      devices: await deviceList(thief, id, 9),
      enrolmentToken: null,
    });
    world.control.push();
    await until('refused', () => world.control.state(id) === 'failed owner_changed');
    assert.equal(world.engine.read(id)?.memory.birth?.ownerKey, wanted.ownerKey);
    assert.equal(world.engine.read(id)?.memory.counter, 1);
    assert.equal(world.engine.created, 1);

    world.control.desired.set(id, { ...wanted, enrolmentToken: null });
    world.control.push();
    await until('the right owner again', () => world.control.state(id) === 'ready');
  });

  test('another engine is refused and the server goes on where it is; what its owner signs is still followed', async (t) => {
    const world = await World.make(t);
    const strong = new FakeEngine(join(world.directory, 'run'), 'microvm');
    const wanted = await newDesired(await owner, FIRST_PORT, { engine: 'microvm' });
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start({}, [world.engine, strong]);
    await until('ready', () => world.control.state(id) === 'ready' && world.control.enrolled.has(id));
    const moved = { ...wanted, engine: 'container' as const, enrolmentToken: null };
    world.control.desired.set(id, moved);
    world.control.push();
    await until('refused', () => world.control.state(id) === 'failed engine_changed');
    assert.deepEqual([strong.read(id)?.state, strong.created, world.engine.created], ['running', 1, 0]);
    world.control.desired.set(id, { ...moved, devices: await deviceList(await owner, id, 2) });
    world.control.push();
    await until('the list is in force', () => strong.read(id)?.memory.counter === 2);

    await world.stop();
    await world.start({}, [world.engine, strong]);
    await until('back where it was', () => strong.read(id)?.memory.counter === 2);
    assert.equal(world.engine.created, 0);
    world.control.desired.set(id, { ...world.control.desired.get(id)!, engine: 'microvm' });
    world.control.push();
    await until('the right engine again', () => world.control.state(id) === 'ready');
  });

  test('a newer list reaches the server; an older one does not, also after a restart of the host', async (t) => {
    const { world, wanted, id } = await worldWithServer(t);
    const newer = { ...wanted, devices: await deviceList(await owner, id, 5, 3), enrolmentToken: null };
    world.control.desired.set(id, newer);
    world.control.push();
    await until('applied', () => world.control.last('applied', id)?.counter === 5);

    world.control.desired.set(id, { ...newer, devices: wanted.devices });
    world.control.push();
    await until('the replay is refused', () => world.control.state(id) === 'failed list_refused');
    assert.equal(world.engine.read(id)?.memory.counter, 5);
    // Other content under the same counter is a fork.
    world.control.desired.set(id, { ...newer, devices: await deviceList(await owner, id, 5, 2) });
    world.control.heard.length = 0;
    await world.stop();
    await world.start();
    await until('the fork is refused', () =>
      world.control.heard.some((m) => m.type === 'failed' && m.failure === 'list_refused'),
    );
    await until('the newest accepted list is in force', () => world.engine.read(id)?.memory.counter === 5);
    assert.deepEqual(world.engine.read(id)?.memory.birth?.devices, newer.devices);
  });

  test('a forged first list makes nothing', async (t) => {
    const world = await World.make(t);
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, { ...wanted, ownerKey: (await newOwner()).ownerKey });
    await world.start();
    await until('refused', () => world.control.state(id) === 'failed list_refused');
    assert.deepEqual([world.records(), world.machines(), world.interfaces()], [[], [], []]);
  });

  test('while the control plane is down servers stay, and a dead machine comes back with the same keys and devices', async (t) => {
    const { world, id } = await worldWithServer(t);
    const key = privateKeyIn(world, id);
    await world.control.stop();
    world.engine.kill(id);
    await until(
      'reborn',
      () => world.engine.read(id)?.state === 'running' && world.engine.read(id)?.memory.counter === 1,
    );
    assert.equal(privateKeyIn(world, id), key);

    // A start of the host without a control plane brings it back as well.
    await world.stop();
    assert.deepEqual(world.machines(), []);
    await world.start();
    await until('back', () => world.engine.read(id)?.memory.counter === 1);
    assert.equal(privateKeyIn(world, id), key);
    world.control.heard.length = 0;
    await world.control.start();
    await until(
      'its state is said again',
      () => world.control.state(id) === 'ready' && world.control.last('applied', id),
    );
  });

  test('a desired state that cannot be read changes nothing, and the host dials again', async (t) => {
    const { world, wanted, id } = await worldWithServer(t);
    const twice = { ...(await newDesired(await owner, FIRST_PORT)), enrolmentToken: null };
    for (const bad of [
      '{',
      '{"type":"desired"}',
      '{"type":"desired","servers":[]}',
      '{"type":"shutdown"}',
      JSON.stringify({ type: 'desired', servers: [{ ...wanted, port: 0 }], gone: [] }),
      JSON.stringify({ type: 'desired', servers: [], gone: ['x'] }),
      JSON.stringify({ type: 'desired', servers: [wanted, twice], gone: [] }),
      JSON.stringify({ type: 'desired', servers: [wanted], gone: [id] }),
      JSON.stringify({ type: 'desired', servers: [], gone: [], extra: 1 }),
    ]) {
      const before = world.control.connections;
      world.control.sendRaw(bad);
      await until('dialled again', () => world.control.connections > before);
      assert.equal(world.engine.read(id)?.state, 'running', bad);
    }
    assert.equal(world.engine.created, 1);
  });

  test('a port that another program has is said, nothing is made, and another port is taken', async (t) => {
    const world = await World.make(t);
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(FIRST_PORT, '0.0.0.0', resolve));
    t.after(() => other.close());
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start();
    await until('port in use', () => world.control.state(id) === 'failed port_in_use');
    assert.deepEqual([world.machines(), world.interfaces()], [[], []]);
    assert.doesNotMatch(world.ruleset()!, new RegExp(String(FIRST_PORT)), 'the other program keeps its datagrams');
    world.control.desired.set(id, { ...wanted, port: FIRST_PORT + 1 });
    world.control.push();
    await until('ready', () => world.control.state(id) === 'ready');
    assert.ok(world.heldPorts().includes(FIRST_PORT + 1));
    // A running server moves too.
    world.control.desired.set(id, { ...wanted, port: FIRST_PORT + 2, enrolmentToken: null });
    world.control.push();
    await until('moved', () => world.ruleset()!.includes(`${FIRST_PORT + 2} : 100.127.0.2 . 51820`));
    assert.ok(!world.heldPorts().includes(FIRST_PORT + 1));
    assert.equal(world.engine.created, 1);
    // A port outside of the host's range is never taken.
    const outside = await newDesired(await owner, 53);
    world.control.desired.set(outside.server, outside);
    world.control.push();
    await until('refused', () => world.control.state(outside.server) === 'failed port_in_use');
  });

  test('a machine that stays silent is ended and tried again, then its owner is told', async (t) => {
    const world = await World.make(t);
    world.engine.behaviour = { agent: 'silent' };
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start({ helloLimitMs: { microvm: 150, container: 150 } });
    await until('told', () => world.control.state(id) === 'failed engine_timeout');
    assert.ok(world.engine.created >= 3);
    assert.deepEqual(new Set(world.engine.coldBoots.slice(1)), new Set([true]), 'no shortcut after a failure');
    assert.equal(world.engine.coldBoots[0], false);
    world.engine.behaviour = {};
    await until('it recovers by itself', () => world.control.state(id) === 'ready');
  });

  for (const [name, behaviour, state] of [
    ['an engine that fails', { create: 'fails' }, 'failed engine_failed'],
    ['a machine that ends while it boots', { agent: 'dies' }, 'failed engine_failed'],
    ['an agent that fails', { agent: 'fails' }, 'failed agent_failed'],
    ['an agent that never gets ready', { agent: 'not-ready' }, 'failed agent_failed'],
  ] as const) {
    test(`${name} is tried again, then its owner is told; deleting leaves nothing`, async (t) => {
      const world = await World.make(t);
      world.engine.behaviour = behaviour;
      const wanted = await newDesired(await owner, FIRST_PORT);
      const id = wanted.server;
      world.control.desired.set(id, wanted);
      await world.start({ readyLimitMs: 200 });
      await until('told', () => world.control.state(id) === state);
      assert.ok(world.engine.created >= 3);
      world.control.delete(id);
      await until('gone', () => world.control.last('gone', id));
      assert.deepEqual([world.records(), world.machines(), world.interfaces()], [[], [], []]);
    });
  }

  test('deleting a server does not wait for an engine that hangs', async (t) => {
    const world = await World.make(t);
    world.engine.behaviour = { create: 'hangs' };
    const wanted = await newDesired(await owner, FIRST_PORT);
    world.control.desired.set(wanted.server, wanted);
    await world.start();
    await until('it hangs', () => world.engine.created === 1);
    world.control.delete(wanted.server);
    await until('gone', () => world.control.last('gone', wanted.server));
    assert.deepEqual(world.records(), []);
  });

  test('what a server may not say ends its connection and reaches nobody', async (t) => {
    const world = await World.make(t);
    const other = newServerId();
    const enrolment = {
      server: other,
      token: 'x'.repeat(43),
      nodeKey: 'A'.repeat(43),
      wireguardKey: `${'A'.repeat(43)}=`,
      signature: `${'A'.repeat(86)}==`,
    };
    for (const line of [
      'not an object',
      null,
      { type: 'shell', command: 'reboot' },
      { type: 'stage', stage: 'machine' },
      { type: 'stage', stage: 'ready', server: other },
      { type: 'applied', counter: 99 },
      { type: 'applied', counter: 0 },
      { type: 'answer', id: 7, sealed: 'AAAA' },
      { type: 'enrol', enrolment },
      { type: 'keep', keys: { wireguard: 'short', node: 'short' } },
      { type: 'hello', protocol: 2 },
      { type: 'failed', failure: 'because' },
      'x'.repeat(300_000),
    ]) {
      const wanted = await newDesired(await owner, FIRST_PORT);
      const id = wanted.server;
      world.engine.behaviour = { says: [line] };
      world.control.heard.length = 0;
      world.control.desired.set(id, wanted);
      if (world.host) world.control.push();
      else await world.start();
      await until('the birth was sent', () => world.engine.read(id)?.memory.birth);
      // Said right, it works at the next connection: the server was not lost, and only the bad connection was.
      world.engine.behaviour = {};
      await until('ready', () => world.control.state(id) === 'ready' && world.control.enrolled.has(id));
      assert.ok(!JSON.stringify(world.control.heard).includes(other), JSON.stringify(line).slice(0, 80));
      assert.equal(world.control.last('applied', id)?.counter, 1);
      world.control.delete(id);
      await until('gone', () => world.control.last('gone', id));
    }
  });

  test('a server that floods is cut off', async (t) => {
    const world = await World.make(t);
    world.engine.behaviour = { says: Array.from({ length: 1000 }, () => ({ type: 'heartbeat' })) };
    const wanted = await newDesired(await owner, FIRST_PORT);
    world.control.desired.set(wanted.server, wanted);
    await world.start({ readyLimitMs: 300 });
    await until('told', () => world.control.state(wanted.server) === 'failed agent_failed');
  });

  test('questions are answered by the server, with null where there is none', async (t) => {
    const { world, id } = await worldWithServer(t);
    const challenge = newChallenge();
    world.control.send({ type: 'ask', id: 5, server: id, question: 'status', challenge, body: null });
    world.control.send({ type: 'ask', id: 6, server: newServerId(), question: 'status', challenge, body: null });
    const answers = await until('two answers', () => {
      const found = world.control.heard.filter((message) => message.type === 'answer');
      return found.length === 2 && found;
    });
    const [given, none] = answers.toSorted((a, b) => a.id - b.id).map((message) => message.sealed);
    assert.equal(none, null);
    const { nodeKey } = world.control.enrolled.get(id)!;
    const status = await openStatus(given!, (await owner).seal, { server: id, challenge }, nodeKey);
    assert.equal(status.counter, 1, 'the challenge reached the server');
  });

  for (const ownKernel of [true, false]) {
    const how = ownKernel ? 'by a fresh machine' : 'in the machine it has';
    test(`a server is told to forget, and does so ${how}; the control plane hears nothing of it`, async (t) => {
      const { world, id } = await worldWithServer(t);
      world.engine.ownKernel = ownKernel;
      const before = privateKeyIn(world, id);
      const heard = world.control.heard.length;
      world.control.send({ type: 'ask', id: 9, server: id, question: 'forget', challenge: newChallenge(), body: null });
      if (ownKernel)
        await until('another machine', () => world.engine.created === 2 && world.engine.read(id)?.memory.keys);
      else await until('told', () => world.engine.read(id)?.memory.forgotten === 1);
      assert.equal(world.engine.created, ownKernel ? 2 : 1);
      assert.equal(privateKeyIn(world, id), before, 'the same key');
      await until('the port leads to the server', () => /51820/.test(world.ruleset()!.match(/map in4 \{[^}]*\}/)![0]));
      const challenge = newChallenge();
      const answers = (): HostToControl[] => world.control.heard.slice(heard).filter(({ type }) => type === 'answer');
      await until('the server answers', async () => {
        world.control.send({ type: 'ask', id: 10, server: id, question: 'status', challenge, body: null });
        return answers().some((answer) => 'sealed' in answer && answer.sealed !== null && answer.sealed !== '');
      });
      const others = world.control.heard.slice(heard).filter(({ type }) => type !== 'answer');
      assert.deepEqual(others, [], 'neither a stage nor a failure: it would tell that the devices left');
      assert.deepEqual(answers()[0], { type: 'answer', id: 9, sealed: '' });
    });
  }

  test('a server that says that it is time is born again, and one that is not there forgets nothing', async (t) => {
    const world = await World.make(t);
    world.engine.ownKernel = true;
    world.engine.behaviour = { says: [{ type: 'forget' }] };
    const wanted = await newDesired(await owner, FIRST_PORT);
    world.control.desired.set(wanted.server, wanted);
    await world.start();
    await until('ready', () => world.control.state(wanted.server) === 'ready');
    // Before it is ready there is nothing to forget: the word was ignored.
    assert.equal(world.engine.created, 1);
    world.control.send({
      type: 'ask',
      id: 3,
      server: newServerId(),
      question: 'forget',
      challenge: newChallenge(),
      body: null,
    });
    await until('said', () =>
      world.control.heard.some((message) => message.type === 'answer' && message.sealed === null),
    );
  });

  test('settings that the server accepted come back with its next machine', async (t) => {
    const { world, id } = await worldWithServer(t);
    world.engine.ownKernel = true;
    const body = Buffer.alloc(5000, 7).toString('base64');
    world.control.send({ type: 'ask', id: 4, server: id, question: 'settings', challenge: newChallenge(), body });
    await until('answered', () => world.control.heard.some((message) => message.type === 'answer' && message.sealed));
    await world.stop();
    await world.start();
    await until('the settings come with the birth', () => world.engine.read(id)?.memory.birth?.settings === body);
    const host = join(world.directory, 'data', 'host');
    assert.ok(!readFileSync(join(host, 'servers', id)).includes(body.slice(0, 32)), 'they are sealed');
  });

  test('a server is told of the block table, and of each newer one', async (t) => {
    const { world, id } = await worldWithServer(t);
    const directory = join(world.directory, 'data', 'blocklist');
    mkdirSync(directory);
    for (const bytes of [Buffer.alloc(100_000, 1), Buffer.alloc(300_000, 2)]) {
      writeFileSync(join(directory, 'new'), bytes);
      renameSync(join(directory, 'new'), join(directory, 'table.bin'));
      const digest = createHash('sha256').update(bytes).digest('hex');
      await until('the server has it whole', () => world.engine.read(id)?.memory.table === digest);
    }
  });

  test('a server that should be gone and never was is called gone', async (t) => {
    const { world } = await worldWithServer(t);
    const never = newServerId();
    world.control.delete(never);
    await until('gone', () => world.control.last('gone', never));
  });

  test('an enrolment whose answer was lost is sent again, and the same keys are kept', async (t) => {
    const world = await World.make(t);
    world.control.deaf = true;
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    await world.start();
    await until('asked', () => world.control.heard.some((message) => message.type === 'enrol'));
    const key = privateKeyIn(world, id);
    await world.control.stop();
    world.control.deaf = false;
    await world.control.start();
    await until('enrolled', () => world.control.enrolled.has(id));
    assert.equal(world.control.enrolled.get(id)?.wireguardKey, await publicOf(key));
  });

  test('a full disk is said, nothing else is done, and the server comes when there is room', async (t) => {
    const world = await World.make(t);
    const data = join(world.directory, 'data');
    execFileSync('mkdir', [data]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', data]);
    world.mounted = data;
    await world.start();
    try {
      writeFileSync(join(data, 'filler'), Buffer.alloc(1 << 20));
    } catch {
      // Full now.
    }
    const wanted = await newDesired(await owner, FIRST_PORT);
    const id = wanted.server;
    world.control.desired.set(id, wanted);
    world.control.push();
    await until('disk full', () => world.control.state(id) === 'failed disk_full');
    assert.deepEqual([world.records(), world.machines(), world.interfaces()], [[], [], []]);
    assert.ok(!world.heldPorts().includes(FIRST_PORT));
    execFileSync('rm', [join(data, 'filler')]);
    await until('ready', () => world.control.state(id) === 'ready' && world.control.enrolled.has(id));
  });

  test('a damaged record is a clear failure: the server is not started with other keys, and can be deleted', async (t) => {
    const { world, id } = await worldWithServer(t);
    await world.stop();
    const file = join(world.directory, 'data', 'host', 'servers', id);
    const bytes = readFileSync(file);
    bytes[100]! ^= 1;
    writeFileSync(file, bytes);
    await world.start();
    await until('said', () => world.control.state(id) === 'failed agent_failed');
    assert.deepEqual(world.machines(), []);
    assert.deepEqual(readFileSync(file), bytes, 'the damaged record is left for a backup of the seal key');
    world.control.delete(id);
    await until('gone', () => world.control.last('gone', id));
    assert.deepEqual(world.records(), []);
  });

  test('many servers come up together, each with a link and a port of its own', async (t) => {
    const world = await World.make(t);
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const wanted = await newDesired(await owner, FIRST_PORT + i);
      ids.push(wanted.server);
      world.control.desired.set(wanted.server, wanted);
    }
    await world.start();
    await until('all ready', () => ids.every((id) => world.control.state(id) === 'ready'));
    assert.equal(new Set(world.interfaces()).size, 12);
    for (let i = 0; i < 12; i += 1) assert.match(world.ruleset()!, new RegExp(`${FIRST_PORT + i} : 100\\.127\\.0\\.`));
  });

  test('a host whose token is refused says so and leaves nothing', async (t) => {
    const world = await World.make(t);
    await assert.rejects(world.start({}, [world.engine], { joinToken: 'wrong' }), { code: 'bad_voucher' });
    await assert.rejects(world.start({}, [world.engine], { joinToken: null }), { code: 'bad_voucher' });
    assert.equal(world.ruleset(), null);
  });

  test('a desired state that forgets a server ends nothing, also after a restart of the host', async (t) => {
    const { world, wanted, id } = await worldWithServer(t);
    const key = privateKeyIn(world, id);
    const other = await newDesired(await owner, FIRST_PORT + 1);
    world.control.desired.clear();
    world.control.desired.set(other.server, other);
    world.control.push();
    await until('the message was followed', () => world.control.state(other.server) === 'ready');
    assert.equal(world.engine.read(id)?.state, 'running');
    await world.stop();
    await world.start();
    await until('both are back', () => world.machines().length === 2 && world.engine.read(id)?.memory.keys);
    assert.equal(privateKeyIn(world, id), key);
    assert.equal(world.control.last('gone', id), undefined);
    // Named again, it is as it was.
    world.control.desired.set(id, { ...wanted, devices: await deviceList(await owner, id, 2), enrolmentToken: null });
    world.control.push();
    await until('followed', () => world.control.last('applied', id)?.counter === 2);
  });

  test('a server that was ended does not come again under its id, also after a restart of the host', async (t) => {
    const { world, wanted, id } = await worldWithServer(t);
    world.control.delete(id);
    await until('gone', () => world.control.last('gone', id));
    const again = { ...wanted, ownerKey: (await newOwner()).ownerKey };
    for (const attempt of [wanted, again]) {
      world.control.heard.length = 0;
      world.control.desired.set(id, attempt);
      world.control.push();
      await until('refused', () => world.control.state(id) === 'failed owner_changed');
      assert.deepEqual([world.records(), world.machines()], [[], []]);
      await world.stop();
      world.control.heard.length = 0;
      await world.start();
      await until('refused again', () => world.control.state(id) === 'failed owner_changed');
      world.control.delete(id);
      await until('gone', () => world.control.last('gone', id));
    }
  });

  test('a host that keeps servers does not join a control plane that lost its database', async (t) => {
    const { world, id } = await worldWithServer(t);
    await world.stop();
    const file = join(world.directory, 'data', 'host', 'id');
    const before = [readFileSync(file, 'utf8'), readFileSync(join(world.directory, 'data', 'host', 'servers', id))];
    world.control.hosts.clear();
    world.control.hosts.set('somebody-else', 'x');
    await assert.rejects(world.start(), { code: 'already_exists', message: /move .*\/data\/host away/ });
    assert.deepEqual(
      [readFileSync(file, 'utf8'), readFileSync(join(world.directory, 'data', 'host', 'servers', id))],
      before,
    );
    assert.equal(world.ruleset(), null);
  });

  test('a host at work that is forgotten ends with that reason', async (t) => {
    const { world, id } = await worldWithServer(t);
    await world.stop();
    const host = await world.start();
    await until('connected', () => world.control.connections === 2);
    await world.control.stop();
    world.control.hosts.clear();
    world.control.hosts.set('somebody-else', 'x');
    await world.control.start();
    await assert.rejects(host.ended, { code: 'already_exists' });
    assert.deepEqual(world.records(), [id]);
  });

  test('a control plane that forgot a host without servers lets it in again with an unused token, under the same key', async (t) => {
    const world = await World.make(t);
    await world.start();
    const [key] = world.control.hosts.values();
    await world.stop();
    world.control.hosts.clear();
    world.control.hosts.set('somebody-else', 'x');
    await world.start();
    await until('joined again', () => [...world.control.hosts.values()].includes(key!));
  });
});
