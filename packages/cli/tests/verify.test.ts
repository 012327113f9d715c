/** `lethe verify` and `lethe log fsck` as a stranger uses them: on a copy on disk and over HTTP, with every kind of wrong input. */

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProofService } from '@lethe/control/proof/service';
import type { ReleaseContent } from '@lethe/verify';
import { lethe, type Ran } from './harness.ts';

const CONTENT: ReleaseContent = {
  image: 'ab'.repeat(32),
  files: [],
  sysctls: [],
  processes: ['/usr/sbin/unbound'],
  egress: [],
  policyVersion: 1,
};

let directory: string;
let server: Server;
let url: string;
let service: ProofService;

const publicDir = (): string => join(directory, 'log');
const start = (content = CONTENT): Promise<ProofService> =>
  ProofService.start({
    dataDir: join(directory, 'proof'),
    publicDir: publicDir(),
    headsDir: join(directory, 'heads'),
    host: 'lethe.example',
    content,
    clock: { now: Date.now },
  });
const policy = (): string => join(directory, 'policy.txt');

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lethe-verify-'));
  service = await start();
  await cp(join(publicDir(), 'policy'), policy());
  server = createServer(async (request, response) => {
    const bytes = await readFile(join(publicDir(), normalize(request.url!.slice('/log/'.length)))).catch(
      () => undefined,
    );
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`;
});

after(async () => {
  await service.stop();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

const command = (...args: string[]): Promise<Ran> => lethe(args, { cwd: directory });

/** Runs the command; returns exit code and the code of its error. */
async function run(...args: string[]): Promise<{ code: number | null; error: string; json: Record<string, unknown> }> {
  const { code, json } = await command(...args, '--json');
  const data = json();
  return { code, error: (data['error'] as { code?: string } | undefined)?.code ?? '', json: data };
}

test('a stranger with the policy verifies the newest release over HTTP', async () => {
  const { code, json } = await run('verify', url, '--policy', policy());
  assert.equal(code, 0);
  assert.deepEqual(json['approvedBy'], ['this machine']);
  assert.equal(json['mode'], 'one-person');
  const { out } = await command('verify', url, '--policy', policy());
  assert.match(out, /Release 1 is verified/);
  assert.match(out, /CL-12 Not confirmed/);
  assert.deepEqual(json['claims'], { 'CL-12': 'Not confirmed', 'CL-13': 'Not tested' });
  assert.match(out, /single witness/i);
});

test('a saved copy verifies without any network, and no longer when a byte changed', async () => {
  const copy = join(directory, 'copy');
  assert.equal((await run('verify', url, '--policy', policy(), '--save', copy)).code, 0);
  assert.equal((await run('verify', copy, '--policy', policy())).code, 0);
  assert.equal((await run('verify', join(copy, 'release/1.json'), '--policy', policy())).code, 0);
  // A file of another name, with its proof beside it and the roots in root/.
  const loose = join(copy, 'mine.json');
  for (const end of ['', '.tlog-proof']) await cp(join(copy, `release/1.json${end}`), `${loose}${end}`);
  assert.equal((await run('verify', loose, '--policy', policy())).code, 0);
  const file = join(copy, 'release/1.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"sig":"', '"sig":"A'));
  assert.deepEqual(await run('verify', file, '--policy', policy()).then(({ code, error }) => [code, error]), [
    1,
    'bad_envelope',
  ]);
});

test('without a policy nothing is verified', async () => {
  assert.deepEqual(await run('verify', url).then(({ code, error }) => [code, error]), [2, 'bad_request']);
  const missing = await run('verify', url, '--policy', join(directory, 'nowhere'));
  assert.deepEqual([missing.code, missing.error], [2, 'bad_request']);
  const broken = join(directory, 'broken.txt');
  await writeFile(broken, 'log nonsense\n');
  assert.equal((await run('verify', url, '--policy', broken)).error, 'bad_policy');
});

test('a policy of another log refuses', async () => {
  const text = await readFile(policy(), 'utf8');
  const other = join(directory, 'other.txt');
  const foreign = 'log example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
  await writeFile(other, text.replace(/^log .*$/m, foreign));
  assert.deepEqual(await run('verify', url, '--policy', other).then(({ code, error }) => [code, error]), [
    1,
    'unknown_log',
  ]);
});

test('a place without a log, and one that cannot be reached, are told apart', async () => {
  const nothing = await run('verify', join(directory, 'nowhere'), '--policy', policy());
  assert.deepEqual([nothing.code, nothing.error], [1, 'not_found']);
  const deaf = await run('verify', 'http://127.0.0.1:1/log', '--policy', policy());
  assert.deepEqual([deaf.code, deaf.error], [4, 'unreachable']);
  const lost = await run('verify', join(directory, 'lost.json'), '--policy', policy());
  assert.deepEqual([lost.code, lost.error], [1, 'not_found']);
});

test('what was seen before is held against what is shown', async () => {
  const seen = join(directory, 'seen.json');
  const old = join(directory, 'old');
  await cp(publicDir(), old, { recursive: true });
  assert.equal((await run('verify', url, '--policy', policy(), '--seen', seen)).code, 0);
  assert.equal((await run('verify', url, '--policy', policy(), '--seen', seen)).code, 0, 'the same again');
  // Two releases later the visitor comes back.
  for (const image of ['cd', 'ef']) {
    await service.stop();
    service = await start({ ...CONTENT, image: image.repeat(32) });
  }
  const { code, json } = await run('verify', url, '--policy', policy(), '--seen', seen);
  assert.equal(code, 0);
  assert.equal((json['release'] as { version: number }).version, 3);
  const back = await run('verify', old, '--policy', policy(), '--seen', seen);
  assert.deepEqual([back.code, back.error], [1, 'rolled_back']);
  await writeFile(seen, '{}');
  assert.equal((await run('verify', url, '--policy', policy(), '--seen', seen)).error, 'bad_request');
  assert.equal(await readFile(seen, 'utf8'), '{}');
});

test('fsck rebuilds the log, over HTTP and on disk, and names what does not fit', async () => {
  for (const where of [url, publicDir()]) {
    const { code, json } = await run('log', 'fsck', where, '--policy', policy());
    assert.equal(code, 0);
    assert.equal(json['signed'], true);
  }
  const unsigned = await command('log', 'fsck', publicDir());
  assert.match(unsigned.out, /signatures were not checked/);
  const tessera = fileURLToPath(new URL('../../tlog/vectors/tessera-log', import.meta.url));
  const key = join(directory, 'tessera.txt');
  const vkey = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
  await writeFile(key, `log ${vkey}\nquorum none\n`);
  const { json: other } = await run('log', 'fsck', tessera, '--policy', key);
  assert.deepEqual([other['size'], other['signed']], [15, true], "another implementation's log");
  const copy = join(directory, 'damaged');
  await cp(publicDir(), copy, { recursive: true });
  const { size } = JSON.parse((await command('log', 'fsck', copy, '--json')).out) as { size: number };
  const bundle = join(copy, `tile/entries/000.p/${size}`);
  const bytes = await readFile(bundle);
  await writeFile(bundle, bytes.with(100, bytes[100]! ^ 1));
  const { code, error } = await run('log', 'fsck', copy);
  assert.deepEqual([code, error], [1, 'log_broken']);
});
