import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageFiles, MachineSpec } from '@lethe/core';
import type { Template } from './template.ts';
import { Templates } from './templates.ts';

const image = { digest: 'a' } as ImageFiles;
const size = { image, memoryMb: 192 };
const spec: MachineSpec = { ...size, id: '0'.repeat(32), hostInterface: 'x', pids: 1 };
const template: Template = { state: '/nonexistent', size };

test('a template serves machines of its image and size, which wait for it', async () => {
  const templates = new Templates('/nonexistent');
  assert.equal(await templates.fitting(spec), null, 'none is made');
  const { promise, resolve } = Promise.withResolvers<Template>();
  const made = templates.make(size, undefined, () => promise);
  const waiting = templates.fitting(spec);
  assert.equal(await templates.fitting({ ...spec, memoryMb: 193 }), null);
  assert.equal(await templates.fitting({ ...spec, image: { ...image, digest: 'b' } }), null);
  assert.equal(await templates.fitting(spec, AbortSignal.timeout(5)), null, 'called off while it waits');
  resolve(template);
  await made;
  assert.equal(await waiting, template);
  templates.drop(template);
  assert.equal(await templates.fitting(spec), null, 'it came to harm');
});

test('one that cannot be made is none; a new one takes the place of an old one', async () => {
  const templates = new Templates('/nonexistent');
  await assert.rejects(templates.make(size, undefined, () => Promise.reject(new Error('no'))));
  assert.equal(await templates.fitting(spec), null);
  await templates.make(size, undefined, async () => null);
  assert.equal(await templates.fitting(spec), null, 'the engine has no use for one');
  await templates.make(size, undefined, async () => template);
  assert.equal(await templates.fitting(spec), template);
});

test('the end calls off what is being made, and is told to whoever makes it', async () => {
  const templates = new Templates('/nonexistent');
  const made = templates.make(
    size,
    undefined,
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('off')))),
  );
  const rejected = assert.rejects(made, /off/);
  await templates.end();
  await rejected;
  assert.equal(await templates.fitting(spec), null);
});
