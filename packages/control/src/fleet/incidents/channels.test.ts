import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChannelFile, parseChannels } from './channels.ts';

const parse = (...channels: unknown[]) => parseChannels(JSON.stringify({ channels }));
const hook = { name: 'ours', type: 'webhook', url: 'https://alarms.example/needle' };

test('channels of every type are taken', () => {
  const all = [
    { ...hook, secret: '0123456789abcdef' },
    { name: 'chat', type: 'slack', url: 'https://hooks.example/x?y=1' },
    { name: 'am', type: 'alertmanager', url: 'http://127.0.0.1:9093' },
    { name: 'mail', type: 'email', to: 'on-call@example.com' },
  ];
  assert.deepEqual(parse(...all), all);
  assert.deepEqual(
    parse({ ...hook, url: 'http://[::1]:1/' }, { ...hook, name: 'b', url: 'http://localhost/' }).length,
    2,
  );
  assert.deepEqual(parse(), []);
});

test('everything else is refused, without a word of what is in it', () => {
  const bad: [unknown, RegExp][] = [
    [{ ...hook, url: 'http://needle.example/' }, /https/],
    [{ ...hook, url: 'http://127.0.0.1.needle.example/' }, /https/],
    [{ ...hook, url: 'ftp://needle.example/' }, /https/],
    [{ ...hook, url: 'needle' }, /usable url/],
    [{ ...hook, url: 'https://needle:needle@alarms.example/' }, /password/],
    [{ ...hook, url: undefined }, /url/],
    [{ ...hook, secret: 'needle' }, /secret/],
    [{ ...hook, needle: 1 }, /channel 1/],
    [{ ...hook, name: 'NEEDLE' }, /name/],
    [{ ...hook, type: 'needle' }, /type/],
    [{ ...hook, type: 'toString' }, /type/],
    [{ name: 'mail', type: 'email', to: 'needle' }, /to/],
    [{ name: 'mail', type: 'email', to: 'a@b.example, needle@b.example' }, /to/],
    [null, /type/],
  ];
  for (const [channel, reason] of bad) {
    assert.throws(
      () => parse(channel),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'bad_request');
        assert.match(error.message, /^The file alarms\.json /);
        assert.match(error.message, reason, JSON.stringify(channel));
        assert.doesNotMatch(error.message, /needle/i);
        return true;
      },
    );
  }
  assert.throws(() => parse(hook, hook), /two channels/);
  assert.throws(() => parse(...Array.from({ length: 17 }, (_, i) => ({ ...hook, name: `n${i}` }))), /at most 16/);
  for (const text of ['', '{', '[]', '{"channels":{}}', '{"channels":[],"more":1}', 'null'])
    assert.throws(() => parseChannels(text), { code: 'bad_request' }, text);
});

test('a file that others can read is refused at the start, and left as it was later', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-alarms-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'alarms.json');
  const none = new ChannelFile(path);
  await none.open();
  assert.deepEqual(none.channels, []);
  writeFileSync(path, JSON.stringify({ channels: [hook] }), { mode: 0o640 });
  await assert.rejects(new ChannelFile(path).open(), /chmod 600/);
  chmodSync(path, 0o600);
  const file = new ChannelFile(path);
  await file.open();
  assert.equal(file.channels.length, 1);
  chmodSync(path, 0o604);
  await file.refresh();
  assert.match(file.problem!, /chmod 600/);
  assert.equal(file.channels.length, 1);
  chmodSync(path, 0o600);
  await file.refresh();
  assert.equal(file.problem, null);
  rmSync(path);
  await file.refresh();
  assert.deepEqual([file.channels, file.problem], [[], null]);
});
