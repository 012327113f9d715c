import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CATEGORIES, hashName, openBlockTable } from '@lethe/core';
import { compileTable } from './compile.ts';
import { installStarterTable, installTable, tablePath } from './install.ts';
import { readSources, updateTable } from './update.ts';

const ALL = (1 << CATEGORIES.length) - 1;

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-blocklist-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('exceptions, duplicates and names below others are gone; broken lines are counted', async (t) => {
  const path = join(place(t), 'list');
  const names = Array.from({ length: 50 }, (_, index) => `||n${index}.example^`);
  writeFileSync(
    path,
    [...names, '||a.n1.example^', '||n2.example^', '@@||n3.example^', '! hi', 'no name'].join('\r\n'),
  );
  const { table, lists, names: counts } = await compileTable([{ category: 'ads', path }], '1');
  assert.deepEqual(lists, [{ category: 'ads', path, lines: 55, names: 52, allowed: 1, skipped: 1, broken: 1 }]);
  assert.deepEqual(counts, { ads: 49 });
  const opened = await openBlockTable(table);
  assert.equal(opened.counts.ads, 49);
  assert.equal(opened.lookup(...hashName('n3.example'), ALL), 0);
  assert.notEqual(opened.lookup(...hashName('n1.example'), ALL), 0);
});

test('a list with too many broken lines, without a name, or that is not there is refused', async (t) => {
  const directory = place(t);
  const path = join(directory, 'list');
  writeFileSync(path, ['a.example', 'b.example', 'what is this'].join('\n'));
  await assert.rejects(compileTable([{ category: 'ads', path }], '1'), {
    code: 'bad_request',
    message: /1 broken lines of 3/,
  });
  writeFileSync(path, '# nothing\n');
  await assert.rejects(compileTable([{ category: 'ads', path }], '1'), { code: 'bad_request' });
  await assert.rejects(compileTable([{ category: 'ads', path: join(directory, 'none') }], '1'), {
    code: 'bad_request',
  });
});

test('the table that ships with the project blocks something in every category, and never takes the place of another', async (t) => {
  const directory = place(t);
  await installStarterTable(directory);
  const { counts, lookup } = await openBlockTable(readFileSync(tablePath(directory)));
  for (const category of CATEGORIES) assert.ok(counts[category] > 0, category);
  assert.notEqual(lookup(...hashName('doubleclick.net'), 1), 0);
  const list = join(directory, 'list');
  writeFileSync(list, 'own.example\n');
  const { table } = await compileTable([{ category: 'ads', path: list }], 'own');
  await installTable(directory, table);
  await installStarterTable(directory);
  assert.deepEqual(new Uint8Array(readFileSync(tablePath(directory))), table);
});

test('what is no table is not installed', async (t) => {
  const directory = place(t);
  await installStarterTable(directory);
  const before = readFileSync(tablePath(directory));
  await assert.rejects(installTable(directory, Buffer.from('no table')), { code: 'bad_encoding' });
  assert.deepEqual(readFileSync(tablePath(directory)), before);
  assert.deepEqual(readdirSync(join(directory, 'blocklist')), ['table.bin']);
});

/** A server with a certificate of its own, and the answers that a test gives it. Run in a process that trusts the certificate. */
test('lists come over HTTPS, and whatever goes wrong the old table stays', async (t) => {
  const directory = place(t);
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      join(directory, 'key'),
      '-out',
      join(directory, 'cert'),
    ],
    { stdio: 'ignore' },
  );
  const [key, cert] = [readFileSync(join(directory, 'key')), readFileSync(join(directory, 'cert'))];
  const answers: Record<string, (response: import('node:http').ServerResponse) => void> = {
    '/good': (response) => response.end('0.0.0.0 fetched.example\n'),
    '/moved': (response) => response.writeHead(302, { location: '/good' }).end(),
    '/away': (response) => response.writeHead(302, { location: 'http://localhost/good' }).end(),
    '/missing': (response) => response.writeHead(404).end('no.example'),
    '/page': (response) => response.end('<html>\n<p>an error page, no list</p>\n'),
    '/half': (response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half.example\n', () => response.destroy());
    },
  };
  const server: Server = createServer({ key, cert }, (request, response) => answers[request.url!]!(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = (path: string): string => `https://localhost:${(server.address() as AddressInfo).port}${path}`;
  const update = (path: string): Promise<unknown> => updateTable(directory, [{ category: 'ads', url: url(path) }], '2');

  await installStarterTable(directory);
  const before = readFileSync(tablePath(directory));
  await assert.rejects(update('/good'), { code: 'unreachable' }, 'a certificate that nobody vouches for');
  const { setDefaultCACertificates, getCACertificates } = await import('node:tls');
  setDefaultCACertificates([...getCACertificates('default'), cert.toString()]);
  for (const path of ['/away', '/missing', '/half']) await assert.rejects(update(path), { code: 'unreachable' }, path);
  await assert.rejects(update('/page'), { code: 'bad_request' });
  assert.deepEqual(readFileSync(tablePath(directory)), before);
  await update('/moved');
  const { lookup, version } = await openBlockTable(readFileSync(tablePath(directory)));
  assert.equal(version, '2');
  assert.notEqual(lookup(...hashName('fetched.example'), ALL), 0);
});

test('sources are checked before anything is fetched', async (t) => {
  const path = join(place(t), 'sources.json');
  for (const text of [
    '{}',
    '[]',
    'no json',
    '[{"category":"ads","url":"http://plain.example/"}]',
    '[{"category":"x","url":"https://a.example/"}]',
  ]) {
    writeFileSync(path, text);
    await assert.rejects(readSources(path), { code: 'bad_request' }, text);
  }
  writeFileSync(path, '[{"category":"ads","url":"https://a.example/list"}]');
  assert.equal((await readSources(path)).length, 1);
});
