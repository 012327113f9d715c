import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lethe } from './harness.ts';

let home: string;
before(() => {
  home = mkdtempSync(join(tmpdir(), 'lethe-cli-usage-'));
});
after(() => rmSync(home, { recursive: true, force: true }));
const run = (...args: string[]) => lethe(args, { cwd: home });

test('unknown verbs and options are one line with a suggestion, exit 2', async () => {
  const verb = await run('sever', 'list');
  assert.equal(verb.code, 2);
  assert.equal(verb.err, "lethe: Unknown command 'sever' (Did you mean server?) See --help.\n");
  const inner = await run('device', 'ad');
  assert.match(inner.err, /Did you mean add\?/);
  assert.equal((await run('server', 'list', '--jsn')).code, 2);
  const missing = await run('device', 'add');
  assert.match(missing.err, /^lethe: Missing required argument 'name'\. See --help\.\n$/);
});

test('with --json, a wrong command line is one JSON document on stdout and nothing else', async () => {
  for (const args of [['bogus'], ['server'], ['device', 'add'], ['completion', 'tcsh'], ['server', 'list', '--jsn']]) {
    const ran = await run(...args, '--json');
    assert.equal(ran.code, 2, args.join(' '));
    assert.equal((ran.json()['error'] as { code: string }).code, 'bad_request');
    assert.equal(ran.err, '');
  }
});

test('help is on stdout, exit 0, and names the exit codes', async () => {
  const help = await run('--help');
  assert.equal(help.code, 0);
  assert.match(help.out, /3 +not signed in/);
  for (const path of [['device', 'add'], ['account', 'recovery-key'], ['server', 'create'], ['status']]) {
    const ran = await run(...path, '--help');
    assert.equal(ran.code, 0);
    assert.match(ran.out, /Examples?:\n {2}lethe /, path.join(' '));
  }
});

test('an unreachable service is exit 4, and nothing is written', async () => {
  const ran = await run(
    'account',
    'signup',
    '--email',
    'a@example.net',
    '--code',
    '12345678',
    '--service',
    'http://localhost:9',
    '--json',
  );
  assert.equal(ran.code, 4);
  assert.equal((ran.json()['error'] as { code: string }).code, 'unreachable');
  const plain = await run('account', 'signup', '--email', 'a@example.net', '--service', 'http://localhost:9');
  assert.match(plain.err, /^Asking for a code …\nlethe: The service cannot be reached\./);
  assert.ok(!readdirSync(home).includes('.config'), 'a profile was made');
});

test('an address of a service that would send the session in clear is refused', async () => {
  for (const service of [
    'http://192.0.2.1:8640',
    'ftp://localhost',
    'localhost:8640',
    'https://vpn.example/path',
    'https://a:b@vpn.example',
    'http://localhost.evil.example',
    '',
  ]) {
    const ran = await run('account', 'show', '--service', service, '--json');
    assert.equal(ran.code, 2, service);
  }
});

test('a reader that goes away is not an error', async () => {
  const { spawnSync } = await import('node:child_process');
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const ran = spawnSync('sh', ['-c', '"$1" "$2" completion bash | head -c 1', 'sh', process.execPath, main], {
    encoding: 'utf8',
    cwd: home,
  });
  assert.equal(ran.stderr, '');
});
