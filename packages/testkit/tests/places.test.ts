/** Who can reach whom in the test internet, over which family, and what is left of it afterwards. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PLACES, run, SITE, sweepDeadRuns, TestInternet, until } from '../src/index.ts';

const CLIENTS = [
  { name: 'dual', ipv4: true, ipv6: true },
  { name: 'four', ipv4: true, ipv6: false },
  { name: 'six', ipv4: false, ipv6: true },
];

suite('places of the test internet', () => {
  test('clients reach the web over the families they have, and it tells the address it saw', async () => {
    await using net = await TestInternet.create({ clients: CLIENTS });
    const open = (client: string, family: 4 | 6): ReturnType<TestInternet['fetch']> =>
      net.fetch(client, `http://${SITE.web}/`, {
        address: family === 4 ? PLACES.web.ipv4 : PLACES.web.ipv6,
        timeoutMs: 3000,
      });
    const [four, six, none, wrong] = await Promise.all([
      open('dual', 4),
      open('six', 6),
      open('six', 4),
      open('four', 6),
    ]);
    assert.match(four.body ?? '', new RegExp(SITE.greeting));
    assert.equal(four.source, net.place('dual').ipv4);
    assert.equal(six.source, net.place('six').ipv6);
    assert.equal(none.error, 'ENETUNREACH');
    assert.equal(wrong.error, 'ENETUNREACH');
  });

  test('host and clients reach each other; nothing answers from the black hole or from this machine', async () => {
    await using net = await TestInternet.create({ clients: CLIENTS });
    const once = { count: 1, waitS: 2 };
    assert.equal((await net.ping('dual', PLACES.host.ipv4, once)).received, 1);
    assert.equal((await net.ping('dual', PLACES.host.ipv6, once)).received, 1);
    assert.equal((await net.ping('host', net.place('six').ipv6, once)).received, 1);
    assert.equal((await net.ping('host', '198.51.100.250', once)).received, 0);
    assert.equal((await net.ping('host', '198.41.0.4', once)).received, 1); // a root name server, in here
  });

  test('the collector sees the packets that are addressed to it, and says nothing', async () => {
    await using net = await TestInternet.create();
    await using watch = await net.watch('collector', 'udp dst port 9');
    const script = `printf canary-${net.id} > /dev/udp/${PLACES.collector.ipv4}/9`;
    await net.exec('client1', 'bash', ['-c', script]);
    await until('the collector saw the packet', () =>
      watch.lines().some((line) => line.includes(net.place('client1').ipv4)),
    );
  });

  test('a failing block leaves nothing: no namespace, process, file or record', async () => {
    let id = '';
    let directory = '';
    await assert.rejects(
      async () => {
        await using net = await TestInternet.create();
        ({ id, directory } = net);
        net.spawn('host', 'sleep', ['600']);
        throw new Error('on purpose');
      },
      { message: 'on purpose' },
    );
    await assertNothingLeft(id, directory);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} cleans up before the process ends`, async () => {
      const { id, directory, child } = await runElsewhere();
      child.kill(signal);
      await new Promise((resolve) => child.once('close', resolve));
      assert.equal(child.signalCode, signal);
      await assertNothingLeft(id, directory);
    });
  }

  test('what a killed run left is removed by the next one', async () => {
    const { id, directory, child } = await runElsewhere();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    assert.ok(existsSync(directory), 'a killed process cannot clean up: the test would prove nothing');
    sweepDeadRuns();
    await assertNothingLeft(id, directory);
  });
});

/** A test internet in a process of its own. */
async function runElsewhere(): Promise<{ id: string; directory: string; child: ReturnType<typeof spawn> }> {
  const module = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  const script = `const { TestInternet } = await import(${JSON.stringify(module)});
    const net = await TestInternet.create(); console.log(JSON.stringify([net.id, net.directory])); setInterval(() => {}, 1000);`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    child.once('close', () => reject(new Error('the other process ended early')));
  });
  const [id, directory] = JSON.parse(line) as [string, string];
  return { id, directory, child };
}

async function assertNothingLeft(id: string, directory: string): Promise<void> {
  assert.match(id, /^[0-9a-f]{6}$/);
  assert.deepEqual(
    readdirSync('/run/netns').filter((name) => name.includes(id)),
    [],
  );
  assert.equal(existsSync(directory), false);
  assert.equal(existsSync(`/run/lethe-testkit/${id}.json`), false);
  const { stdout } = await run('ps', ['-eo', 'args']);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.includes(`lethe-net-${id}`)),
    [],
  );
}
