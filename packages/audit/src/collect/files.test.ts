/** Hostile names: whatever a process or a file calls itself, it is a word for the shell, and nothing is read for others than may read it. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { readFiles } from './files.ts';
import { quote } from './quote.ts';

const root = mkdtempSync(join(tmpdir(), 'lethe-files-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const asked = (
  patterns: string[],
  uid: number | null = null,
  inRoot = root,
): { status: number | null; text: string } => {
  const { status, stdout } = spawnSync('sh', ['-c', readFiles({ root: inRoot, uid }, patterns)], { encoding: 'utf8' });
  return { status, text: stdout };
};

test('a quoted word is that word, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`'"\\$\`;&|<>*?[]{}() \tab!#~=`), maxLength: 30 }), (word) => {
      assert.equal(execFileSync('sh', ['-c', `printf %s ${quote(word)}`]).toString(), word);
    }),
    { numRuns: 60 },
  );
});

test('a path from a command line runs nothing', () => {
  const mark = join(root, 'ran');
  for (const path of [
    `/a'y;do id>${mark};done;for f in 'b`,
    `/a'y;do(id>${mark});done;while(false);'b`,
    `/$(id>${mark})`,
    `/\`id>${mark}\``,
    `/x*';id>${mark};'`,
    `/x\n;id>${mark}`,
  ]) {
    assert.equal(asked([path]).status, 3, path);
    assert.equal(spawnSync('test', ['-e', mark]).status, 1, `it ran: ${path}`);
  }
});

test('files are read with their lines; secrets and key blocks are not', () => {
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(
    join(root, 'etc/a.conf'),
    'verb 3\npassword hunter2\n  access_log /var/token.log;\n-----BEGIN KEY-----\nabc\n-----END KEY-----\n{"secret": "x", "level": "info"}\nrequirepass hunter3\n',
  );
  const { status, text } = asked(['/etc/*.conf']);
  assert.equal(status, 0);
  assert.deepEqual(text.split('\n').slice(0, -1), [
    './etc/a.conf\t1\tverb 3',
    './etc/a.conf\t2\tpassword (not read)',
    './etc/a.conf\t3\t  access_log (not read);',
    './etc/a.conf\t7\t{"secret": "(not read)", "level": "info"}',
    './etc/a.conf\t8\trequirepass (not read)',
  ]);
});

test('what a user names is read only if that user may read it', () => {
  writeFileSync(join(root, 'etc/private'), 'x\n');
  chmodSync(join(root, 'etc/private'), 0o600);
  assert.equal(asked(['/etc/private'], 65_534).status, 4);
  assert.equal(asked(['/etc/private'], 0).status, 0);
  assert.equal(asked(['/etc/a.conf'], 65_534).status, 0);
  for (const path of ['/etc/shadow', '/root/.ssh/id', '/var/log/auth.log', '/proc/kmsg']) {
    assert.notEqual(asked([path], 0, '').status, 0, path);
  }
});

test('nothing is followed out of another root, and nothing special is opened', () => {
  symlinkSync('/etc/passwd', join(root, 'etc/link.conf'));
  execFileSync('mkfifo', [join(root, 'etc/fifo.conf')]);
  assert.equal(asked(['/etc/link.conf']).status, 4);
  assert.equal(asked(['/etc/fifo.conf']).status, 3);
  writeFileSync(join(root, 'etc/x\n.\ta\t1\tz'), 'y\n');
  assert.ok(!asked(['/etc/x*']).text.includes('y'));
});

test('a long file says that it goes on', () => {
  writeFileSync(join(root, 'etc/long'), 'a b\n'.repeat(20_005));
  const last = asked(['/etc/long']).text.trimEnd().split('\n').at(-1);
  assert.equal(last, './etc/long\t0');
});
