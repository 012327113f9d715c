/** A stated part of the corpus, on every test run: one recorder of each kind, silent programs, and servers that nobody spoilt. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCorpus, readNotRunnable } from '../src/corpus/entry.ts';
import { runCorpus } from '../src/corpus/run-corpus.ts';

const CORPUS = fileURLToPath(new URL('../../../corpus', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'lethe-corpus-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Needing nothing that is not on a test machine anyway. */
const SUBSET = [
  'CAP-01',
  'CAP-02',
  'CAP-03',
  'COV-15',
  'DNS-01',
  'DNS-01-quiet',
  'DNS-02',
  'DNS-07',
  'DNS-11',
  'NF-01',
  'NF-05',
  'NF-07',
  'WG-01',
  'WG-03',
  'WG-07',
];

const options = { skip: process.getuid?.() !== 0 && 'needs root' };

test('a part of the corpus: everything is named, nothing is a false alarm', options, async () => {
  const { entries, totals } = await runCorpus({
    directory: CORPUS,
    only: SUBSET,
    jobs: 2,
    clean: 1,
    own: 0,
    cache: join(directory, 'cache'),
    profile: 'quick',
  });
  assert.deepEqual(
    entries
      .filter(({ outcome }) => outcome !== 'named' && outcome !== 'clean')
      .map(({ id, outcome, reason }) => [id, outcome, reason]),
    [],
  );
  assert.deepEqual([totals.named, totals.clean], [SUBSET.length - 1, 2]);
});

test(
  'with a client: what no question about settings shows is named, and a clean server stays clean',
  options,
  async () => {
    const { entries } = await runCorpus({
      directory: CORPUS,
      only: ['COV-08'],
      jobs: 2,
      clean: 1,
      own: 0,
      cache: join(directory, 'cache'),
      profile: 'standard',
    });
    assert.deepEqual(
      entries.map(({ id, outcome, reason }) => [id, outcome, reason]),
      [
        ['COV-08', 'named', null],
        ['clean-1', 'clean', null],
      ],
    );
  },
);

test('an auditor that finds nothing, or alarms for nothing, is told so', options, async () => {
  const corpus = join(directory, 'made');
  const write = (id: string, claims: string[], expect: string[], inject: string): void => {
    mkdirSync(join(corpus, id), { recursive: true });
    const about = { id, title: 't', category: 'c', records: 'r', claims, needs: [], settle_s: 0, expect };
    writeFileSync(join(corpus, id, 'mutant.json'), JSON.stringify(about));
    writeFileSync(join(corpus, id, 'inject.sh'), inject);
  };
  const LOG =
    "nft 'add table inet f; add chain inet f c { type filter hook forward priority 0; }; add rule inet f c log'";
  write('A', ['CL-01'], ['nothing of the kind'], 'true');
  write('B', ['CL-01'], ['another mechanism'], LOG);
  write('C', [], [], LOG);
  write('D', ['CL-01'], ['x'], 'exit 7');
  const { entries } = await runCorpus({
    directory: corpus,
    only: [],
    jobs: 2,
    clean: 0,
    own: 0,
    cache: join(directory, 'cache'),
    profile: 'quick',
  });
  assert.deepEqual(
    entries.map(({ id, outcome }) => [id, outcome]),
    [
      ['A', 'missed'],
      ['B', 'noticed'],
      ['C', 'false-alarm'],
      ['D', 'not-runnable'],
    ],
  );
});

test('every entry of the corpus can be read, and few cannot run', () => {
  const entries = readCorpus(CORPUS);
  assert.ok(entries.length > 100);
  const without = readNotRunnable(CORPUS);
  assert.deepEqual(
    without.filter(({ id }) => entries.some((entry) => entry.id === id)),
    [],
  );
});

test('an entry that cannot be read is named, and nothing is run', () => {
  const corpus = join(directory, 'broken');
  mkdirSync(join(corpus, 'X-1'), { recursive: true });
  writeFileSync(join(corpus, 'X-1', 'mutant.json'), '{"id":"X-2"}');
  assert.throws(() => readCorpus(corpus), { code: 'bad_request', message: /X-1/ });
  assert.throws(() => readCorpus(corpus, ['Y']), { code: 'bad_request', message: /Y/ });
});
