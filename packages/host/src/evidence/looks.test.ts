import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type HostToAgent,
  type Look,
  newSigningSeed,
  OUT_OF_SCOPE,
  signingPublicKey,
  signLook,
  toBase64Url,
} from '@lethe/core';
import { type Looked, Looks } from './looks.ts';

const EPOCH = { begins: 7200, seconds: 3600 };
const inside = OUT_OF_SCOPE;
const seed = newSigningSeed('node-sign');
const nodeKey = toBase64Url(await signingPublicKey(seed));

function scene(t: TestContext, ids: string[], atMs = EPOCH.begins * 1000) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: atMs });
  const asked: [string, number][] = [];
  const reported: [Look, string][] = [];
  const servers = ids.map((id): Looked & { isReady: boolean } => ({
    id,
    isReady: true,
    nodeKey: async () => nodeKey,
    say: (message: HostToAgent) => {
      if (message.type === 'look') asked.push([id, Date.now() / 1000 - message.begins]);
    },
    outside: async () => inside,
  }));
  const looks = new Looks({
    servers: () => servers,
    report: (look, signature) => reported.push([look, signature]),
    now: Date.now,
  });
  t.after(() => looks.stop());
  // In steps: what is called sees the clock at the end of one.
  const pass = (seconds: number): void => {
    for (let left = seconds; left > 0; left -= 1) t.mock.timers.tick(1000);
  };
  const answer = async (server: Looked, change: object = {}) => {
    const look = { server: server.id, ...EPOCH, inside };
    const signature = await signLook(look, seed);
    await looks.answered(server, { ...EPOCH, inside, signature, ...change });
  };
  return { looks, servers, asked, reported, answer, pass };
}

test('each server is asked once it is time, each at a moment of its own, and again until it answers', async (t) => {
  const ids = Array.from({ length: 20 }, (_, n) => `${n}`.padStart(32, '0'));
  const { looks, servers, asked, reported, answer, pass } = scene(t, ids);
  looks.begin(EPOCH);
  pass(2170);
  const first = new Map(asked.toReversed());
  assert.equal(first.size, 20, 'all in the first part of the epoch');
  assert.ok(new Set(first.values()).size > 5, 'not all at one moment');
  assert.ok(asked.length > 40, 'asked again: nobody has answered');
  for (const server of servers) await answer(server);
  assert.equal(reported.length, 20);
  const before = asked.length;
  pass(1000);
  assert.equal(asked.length, before, 'nobody is asked again who has answered');
  await answer(servers[0]!);
  assert.equal(reported.length, 20, 'a second answer is left');
});

test('a server that is not up is not asked; nobody is after the end of the epoch', (t) => {
  const { looks, servers, asked, pass } = scene(t, ['a'.repeat(32)]);
  servers[0]!.isReady = false;
  looks.begin(EPOCH);
  pass(2400);
  assert.equal(asked.length, 0);
  servers[0]!.isReady = true;
  pass(100);
  assert.ok(asked.length > 0);
  pass(1200);
  const before = asked.length;
  pass(600);
  assert.equal(asked.length, before);
});

test('a host that hears late of an epoch still looks at once', (t) => {
  const { looks, asked, pass } = scene(t, ['a'.repeat(32)], (EPOCH.begins + 3500) * 1000);
  looks.begin(EPOCH);
  pass(5);
  assert.ok(asked.length > 0);
});

test('an answer to another epoch is left; one with a wrong signature ends the line', async (t) => {
  const { looks, servers, reported, answer, pass } = scene(t, ['a'.repeat(32)]);
  await answer(servers[0]!);
  looks.begin(EPOCH);
  // Nobody has asked yet.
  await answer(servers[0]!);
  assert.equal(reported.length, 0);
  pass(2170);
  await answer(servers[0]!, { begins: EPOCH.begins - EPOCH.seconds });
  await answer(servers[0]!, { seconds: 1800 });
  assert.equal(reported.length, 0);
  await assert.rejects(answer(servers[0]!, { inside: 'c'.repeat(19) }), { code: 'bad_request' });
  assert.equal(reported.length, 0);
  await answer(servers[0]!);
  assert.equal(reported.length, 1);
});
