/** The filter as it runs on a server: a process of its own before a real Unbound. Loopback only. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeBlockTable, hashName } from '@lethe/core/block-table';
import { DEFAULT_CHOICES, type FilterChoices } from '@lethe/core/filter';
import { askFilter } from '../src/filter/ask.ts';
import { query, readMessage, TYPES } from './filter-messages.ts';
import { Device, FakeResolver, Stream } from './filter-peers.ts';
import { until } from './until.ts';

const directory = mkdtempSync(join(tmpdir(), 'lethe-filter-'));
const control = join(directory, 'control.sock');
const MAIN = fileURLToPath(new URL('../src/filter/main.ts', import.meta.url));
/** As the agent starts it. */
const FLAGS = ['--max-old-space-size=48', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];

let unbound: ChildProcess;
let filter: ChildProcess;
let place: { address: string; port: number };
let device: Device;
let said = '';

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const holder = await FakeResolver.start();
  holder.close();
  return holder.place.port;
}

const unboundConfig = (port: number): string => `server:
  interface: 127.0.0.1@${port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "/"
  pidfile: ""
  use-syslog: no
  logfile: "/dev/null"
  edns-buffer-size: 1232
  max-udp-size: 1232
  local-zone: "site.example." static
  local-data: "www.site.example. 300 IN A 192.0.2.7"
  local-data: "www.site.example. 300 IN AAAA 2001:db8::7"
  local-data: "metrics.site.example. 300 IN CNAME collect.tracker.example."
${Array.from({ length: 12 }, (_, index) => `  local-data: 'big.site.example. 300 IN TXT "${String(index).padEnd(200, 'x')}"'`).join('\n')}
  local-zone: "tracker.example." static
  local-data: "collect.tracker.example. 300 IN A 192.0.2.9"
remote-control:
  control-enable: no
`;

const write = (name: string, content: string | Uint8Array): void => {
  writeFileSync(join(directory, `${name}.new`), content);
  renameSync(join(directory, `${name}.new`), join(directory, name));
};
const choose = (choices: Partial<FilterChoices>): void =>
  write('choices.json', JSON.stringify({ ...DEFAULT_CHOICES, ...choices }));
const load = async (): Promise<void> =>
  assert.deepEqual(await askFilter(control, { type: 'load' }), { type: 'loaded' });
const ask = async (name: string, options = {}) => readMessage(await device.ask(query(name, options)));

before(async () => {
  const port = await freePort();
  write('unbound.conf', unboundConfig(port));
  unbound = spawn('unbound', ['-d', '-c', join(directory, 'unbound.conf')], { stdio: 'ignore' });
  place = { address: '127.0.0.1', port: await freePort() };
  filter = spawn(process.execPath, [
    ...FLAGS,
    MAIN,
    `--listen=127.0.0.1:${place.port}`,
    `--upstream=127.0.0.1:${port}`,
    `--directory=${directory}`,
    '--allow=127.0.0.0/8',
  ]);
  for (const stream of [filter.stdout!, filter.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  device = await Device.open(place);
  await until('the filter is there', async () => (await askFilter(control, { type: 'total' })).type === 'total');
  const straight = await Device.open({ address: '127.0.0.1', port });
  await until('Unbound answers', async () => {
    straight.send(query('www.site.example'));
    return (await Promise.race([straight.receive(), once(filter, 'exit').then(() => null)])) !== null;
  });
  straight.close();
});

after(async () => {
  device?.close();
  const ended = [filter, unbound].map(async (child) => {
    if (child && child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  await Promise.all(ended);
  rmSync(directory, { recursive: true });
});

test('without files, names pass and signals are given', async () => {
  const passed = await ask('www.site.example');
  assert.equal(passed.answers[0]!.data.join('.'), '192.0.2.7');
  assert.equal((await ask('use-application-dns.net')).code, 3);
  const alias = await ask('metrics.site.example');
  assert.deepEqual(alias.answers.map(({ type }) => type).slice(0, 1), [TYPES.CNAME]);
});

test('a table handed over later blocks, its categories can be switched, and aliases are caught', async () => {
  write(
    'table.bin',
    await encodeBlockTable('20261125', {
      trackers: [hashName('tracker.example')],
      gambling: [hashName('www.site.example')],
    }),
  );
  await load();
  assert.equal((await ask('collect.tracker.example')).code, 3);
  assert.deepEqual(await ask('metrics.site.example').then(({ code, answers }) => [code, answers]), [3, []]);
  assert.equal((await ask('www.site.example')).answers.length, 1);
  choose({ categories: ['gambling'], answer: 'zero' });
  await load();
  assert.equal((await ask('www.site.example')).answers[0]!.data.join('.'), '0.0.0.0');
  assert.equal((await ask('collect.tracker.example')).answers[0]!.data.join('.'), '192.0.2.9');
  choose({});
  await load();
});

test('an answer too large for UDP is truncated there and whole over TCP', async () => {
  const cut = await ask('big.site.example', { type: TYPES.TXT, edns: { payload: 1232 } });
  assert.equal(cut.truncated, true);
  const stream = await Stream.open(place);
  try {
    stream.send(
      query('big.site.example', { type: TYPES.TXT, edns: { payload: 1232 } }),
      query('www.site.example', { id: 2 }),
    );
    const answers = [readMessage(await stream.receive()), readMessage(await stream.receive())];
    const big = answers.find(({ id }) => id !== 2)!;
    assert.deepEqual([big.truncated, big.answers.length], [false, 12]);
    assert.equal(answers.find(({ id }) => id === 2)!.answers.length, 1);
  } finally {
    stream.close();
  }
});

test('Unbound sees EDNS and DO as the device sent them', async () => {
  const plain = await ask('www.site.example');
  assert.deepEqual(plain.additionals, []);
  const edns = await ask('www.site.example', { edns: { dnssecOk: true } });
  assert.equal(edns.additionals[0]!.ttl & 0x8000, 0x8000);
  const version = await ask('collect.tracker.example', { edns: { version: 1 } });
  assert.equal((version.additionals[0]!.ttl >>> 24) * 16 + version.code, 16, 'BADVERS (RFC 6891 section 6.1.3)');
});

test('a new table is taken in the middle of many queries without losing one', async () => {
  const names = Array.from({ length: 200_000 }, (_, index) => hashName(`n${index}.example`));
  write('table.bin', await encodeBlockTable('20261126', { ads: names }));
  let loaded = false;
  const loading = load().then(() => {
    loaded = true;
  });
  let answered = 0;
  while (!loaded || answered < 50) {
    const { id, answers } = await ask('www.site.example', { id: answered & 0xffff });
    assert.deepEqual([id, answers.length], [answered & 0xffff, 1]);
    answered += 1;
  }
  await loading;
  assert.equal((await ask('x.n199999.example')).code, 3);
});

test('it said nothing and stayed small', () => {
  assert.equal(said, '');
  assert.equal(filter.exitCode, null);
  const kilobytes = Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${filter.pid}/status`, 'utf8'))![1]);
  assert.ok(kilobytes < 120_000, `${kilobytes} kB`);
});

test('a filter that cannot listen ends without a word', async () => {
  const second = spawn(process.execPath, [
    ...FLAGS,
    MAIN,
    '--listen',
    `127.0.0.1:${place.port}`,
    '--directory',
    directory,
  ]);
  let text = '';
  for (const stream of [second.stdout!, second.stderr!])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const [, signal] = await once(second, 'close');
  assert.deepEqual([signal, text], ['SIGKILL', '']);
});
