import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { type Template, takeTemplate } from './template.ts';

const size = { image: {} as ImageFiles, memoryMb: 192 };

/** Makes a template of a machine whose agent is `agent`; `done` is what was done with it, in order. */
async function take(
  t: TestContext,
  agent: (line: Duplex) => void,
  signal = new AbortController().signal,
): Promise<{ template: Promise<Template>; done: string[] }> {
  const base = mkdtempSync(join(tmpdir(), 'lethe-template-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [line, end] = duplexPair();
  const done: string[] = [];
  end.on('error', () => {});
  const machine = {
    connect: async () => line,
    freeze: async () => void done.push('frozen'),
    saveState: async (file: string) => {
      done.push('state');
      writeFileSync(file, 'state');
    },
    copyMemory: async () => void done.push('memory'),
  };
  agent(end);
  return { template: takeTemplate(machine, join(base, 'template'), size, signal), done };
}

/** Greets, and answers `rest` with some words. */
const answering =
  (...words: string[]) =>
  (line: Duplex): void => {
    line.write('{"type":"hel');
    line.write('lo","protocol":1}\n');
    line.on('data', (chunk: Buffer) => {
      assert.equal(chunk.toString(), '{"type":"rest"}\n');
      for (const word of words) line.write(`${word}\n`);
    });
  };

test('state and memory are taken of a machine that rests, whatever else shows that it lives', async (t) => {
  const { template, done } = await take(t, answering('{"type":"heartbeat"}', '{"type":"rested"}'));
  const { state } = await template;
  assert.deepEqual(done, ['frozen', 'state', 'memory']);
  assert.ok(existsSync(state));
});

for (const word of ['{"type":"failed","failure":"link_failed"}', '{"type":"hello","protocol":1}']) {
  test(`none is taken of a machine that answers ${word}`, async (t) => {
    const { template, done } = await take(t, answering(word));
    await assert.rejects(template, { code: 'engine_failed' });
    assert.deepEqual(done, []);
  });
}

test('none is taken of a machine that ends, or when it is called off', async (t) => {
  const ending = await take(t, (line) => void setImmediate(() => line.end()));
  await assert.rejects(ending.template, { code: 'engine_failed' });
  const silent = await take(t, () => {}, AbortSignal.timeout(20));
  await assert.rejects(silent.template, { code: 'engine_failed' });
  assert.deepEqual([...ending.done, ...silent.done], []);
});
