import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTool, run, searchPath } from './command.ts';

const path = searchPath();
const sh = (script: string, more: { limitMs?: number; signal?: AbortSignal } = {}): Promise<string> =>
  run('/bin/sh', ['-c', script], { path, ...more });

test('the output of a tool, and its complaint only as a cause', async () => {
  assert.equal(await sh('echo out; echo note >&2'), 'out\n');
  await assert.rejects(sh('echo 192.0.2.1 is unhappy >&2; exit 3'), (error: Error) => {
    assert.equal(error.message, 'sh failed.');
    assert.match(String(error.cause), /unhappy/);
    return true;
  });
});

test('a tool that is too slow, called off, or missing', async () => {
  await assert.rejects(sh('exec sleep 60', { limitMs: 50 }), { code: 'timeout' });
  await assert.rejects(sh('exec sleep 60', { signal: AbortSignal.timeout(50) }), {
    code: 'engine_failed',
    message: /called off/,
  });
  await assert.rejects(sh('echo ran', { signal: AbortSignal.abort() }), {
    code: 'engine_failed',
    message: /not started/,
  });
  await assert.rejects(run('/nonexistent/tool', [], { path }), { code: 'missing_tool' });
  assert.throws(() => findTool('no-such-tool', 'some-package', path), {
    code: 'missing_tool',
    message: /some-package/,
  });
});

test('a tool sees no environment but the search path', async () => {
  process.env['LETHE_TEST_SECRET'] = 'x';
  assert.doesNotMatch(await sh('env'), /LETHE_TEST_SECRET/);
  delete process.env['LETHE_TEST_SECRET'];
});
