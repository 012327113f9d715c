import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, test } from 'node:test';
import { Channel } from './channel.ts';

const base = mkdtempSync(join(tmpdir(), 'lethe-channel-'));
const agents: Socket[] = [];
after(() => {
  for (const agent of agents) agent.destroy();
  rmSync(base, { recursive: true });
});
const gid = process.getegid?.() ?? 0;
const options = { skip: process.geteuid?.() === 0 ? false : 'needs root', timeout: 60_000 };

const say = async (path: string, text: string): Promise<Socket> => {
  const socket = createConnection(path);
  agents.push(socket);
  await once(socket, 'connect');
  // An unread text makes the other side's end look like a fault.
  socket.on('error', () => {});
  socket.write(text);
  return socket;
};
const ended = (stream: Duplex): Promise<void> => new Promise((resolve) => void stream.resume().once('close', resolve));
const hear = async (stream: NodeJS.ReadableStream): Promise<string> => String((await once(stream, 'data'))[0]);

test('an agent may come before it is asked for, or after', options, async () => {
  const path = join(base, 'a.sock');
  const channel = await Channel.listen(path, gid);
  const early = await say(path, 'early');
  assert.equal(await hear(await channel.connect(30_000)), 'early');
  const asked = channel.connect(30_000);
  await ended(early);
  const late = await say(path, 'late');
  assert.equal(await hear(await asked), 'late');
  channel.close();
  await ended(late);
});

test('the newest connection counts', options, async () => {
  const path = join(base, 'b.sock');
  const channel = await Channel.listen(path, gid);
  await say(path, 'old');
  const given = await channel.connect(30_000);
  const young = await say(path, 'young');
  await ended(given);
  await say(path, 'youngest');
  await ended(young);
  assert.equal(await hear(await channel.connect(30_000)), 'youngest');
  channel.close();
});

test('nobody comes, or the channel closes meanwhile', options, async () => {
  const channel = await Channel.listen(join(base, 'c.sock'), gid);
  await assert.rejects(channel.connect(50), { code: 'unreachable' });
  const waiting = assert.rejects(channel.connect(30_000), { code: 'unreachable' });
  channel.close();
  await waiting;
});

test('a path that no socket can have', options, async () => {
  await assert.rejects(Channel.listen(join(base, 'd'.repeat(120)), gid), { code: 'engine_failed', message: /shorter/ });
});

test('listening again takes the place of a listener that is gone', options, async () => {
  const path = join(base, 'e.sock');
  await Channel.listen(path, gid);
  const second = await Channel.listen(path, gid);
  await say(path, 'here');
  assert.equal(await hear(await second.connect(30_000)), 'here');
  second.close();
});
