/** The hunt on a real machine: words hidden in every kind of place are found there and nowhere else, and nothing is changed. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Lab } from '@lethe/testkit';
import type { Marker } from '../src/markers/marker.ts';
import { Session } from '../src/target/session.ts';
import { parseTarget } from '../src/target/target.ts';
import { plantWord } from '../src/trace/control.ts';
import { tracePatterns } from '../src/trace/patterns.ts';
import { traceQuestions } from '../src/trace/questions.ts';
import { readTraces, type Trace, type Traces } from '../src/trace/read-traces.ts';

const options = { skip: process.getuid?.() !== 0 && 'needs root' };

/** One word for each place, so that a find says which was found. */
const PLACES = [
  'old',
  'plain',
  'wide',
  'base',
  'zipped',
  'named',
  'dots',
  'shm',
  'unlinked',
  'memfd',
  'heap',
  'wideheap',
  'nft',
  'argument',
  'control',
] as const;
const WORDS = Object.fromEntries(
  PLACES.map((place, index) => [place, `q${String(index).padStart(2, '0')}zkwvtrmnpx`]),
) as Record<(typeof PLACES)[number], string>;
const markers: Marker[] = [
  ...PLACES.map((id): Marker => ({ id, kind: 'dns', text: WORDS[id] })),
  { id: 'address', kind: 'destination', address: '198.51.100.53', port: 4444 },
];

const HIDE = `
mkdir -p "/var/lib/a b" /srv/mnt; mount -t tmpfs x /srv/mnt
printf 'x %s y' ${WORDS.plain} >/var/lib/plain.log
perl -e 'print join("\\0", split(//, "${WORDS.wide}")), "\\0"' >/srv/mnt/wide.bin
printf 'a%s' ${WORDS.base} | base64 >/var/lib/base.txt
printf 'log %s' ${WORDS.zipped} | gzip >/var/log/x.dat
printf '%s to 198.51.100.53:4444' ${WORDS.named} >"/var/lib/a b/it's \\$(touch ran).log"
printf '%s' ${WORDS.dots} >/dev/.hidden
printf '%s' ${WORDS.shm} >/dev/shm/x
touch -d 2001-01-01 /var/lib/plain.log
perl -e 'open F, "+>", "/var/tmp/u"; unlink "/var/tmp/u"; syswrite F, "a ${WORDS.unlinked} b"; sleep 600' >/dev/null 2>&1 &
perl -e 'my $n = "x"; my $f = syscall(319, $n, 0); open F, ">&=", $f; syswrite F, "${WORDS.memfd}"; sleep 600' >/dev/null 2>&1 &
printf '%s' ${WORDS.heap} | perl -e '$x = <STDIN>; $y = "$x$x" x 3; sleep 600' >/dev/null 2>&1 &
python3 -c 'import mmap, time; m = mmap.mmap(-1, 1 << 27, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); m[0] = 1; time.sleep(600)' >/dev/null 2>&1 &
# Processes that come and go meanwhile; a shell of its own, since this one holds the words.
sh -c 'i=0; while [ $i -lt 300 ]; do sleep 0.02; i=$((i+1)); done' >/dev/null 2>&1 &
printf '%s' ${WORDS.wideheap} | perl -e '$x = join "\\0", split //, <STDIN>; sleep 600' >/dev/null 2>&1 &
nft 'add table ip t; add set ip t s { type ipv4_addr; comment "${WORDS.nft}"; }'
`;

let traces: Traces;
let left: string;
/** Memory of the process with a large mapping that it hardly uses, in kB, before and after. */
const resident: number[] = [];

before(async () => {
  if (options.skip) return;
  await using lab = await Lab.start();
  await lab.sh(`printf ${WORDS.old} >/var/lib/old.log; sleep 0.1`);
  const control = plantWord(WORDS.control);
  await using session = new Session(parseTarget(`exec:${lab.enter.join(' ')}`), { timeoutMs: 30_000 });
  const answers = new Map(await session.ask([control.begin]));
  await lab.sh(HIDE);
  const measure = async (): Promise<number> =>
    resident.push(Number(await lab.sh("awk '/^RssAnon/ {print $2}' /proc/$(pgrep -x python3)/status")));
  await measure();
  for (const [id, answer] of await session.ask(traceQuestions(tracePatterns(markers), control.since, 'trace')))
    answers.set(id, answer);
  await measure();
  const fact = readTraces(answers, markers, false);
  assert.ok(fact.known, JSON.stringify(fact));
  traces = fact.value;
  for (const [id, answer] of await session.ask([control.end])) answers.set(id, answer);
  assert.equal(answers.get('trace-control-end')!.code, 0);
  // Nobody in the lab waits for those that ended.
  left = await lab.sh("ls -A /tmp; ps -C sleep -o stat=,args= | grep -v '^Z' | grep -c 'sleep 3600' || true");
});

const of = (word: string): Trace[] => traces.found.filter(({ marker }) => marker === word);

test(
  'words in files are found, whatever the file is called, how old it says it is, and how it is written',
  options,
  () => {
    assert.deepEqual(
      ['plain', 'wide', 'base', 'named', 'dots', 'shm'].map((word) => of(word).map(({ kind, place }) => [kind, place])),
      [
        [['file', '/var/lib/plain.log']],
        [['file', '/srv/mnt/wide.bin']],
        [['file', '/var/lib/base.txt']],
        [['file', "/var/lib/a b/it's $(touch ran).log"]],
        [['file', '/dev/.hidden']],
        [['file', '/dev/shm/x']],
      ],
    );
    assert.equal(of('wide')[0]!.encoding, 'utf-16le');
    assert.match(of('base')[0]!.encoding, /base64/);
    assert.equal(of('address')[0]?.place, "/var/lib/a b/it's $(touch ran).log");
  },
);

test('a file that was written before the run is not looked at', options, () => {
  assert.deepEqual(of('old'), []);
});

test('a compressed file is searched as what it holds', options, () => {
  assert.deepEqual(
    of('zipped').map(({ kind, place }) => [kind, place]),
    [['compressed', '/var/log/x.dat']],
  );
});

test('files without a name are found by the process that holds them', options, () => {
  for (const word of ['unlinked', 'memfd']) {
    const [first] = of(word).filter(({ kind }) => kind === 'open');
    assert.ok(first !== undefined && first.pid! > 0, word);
  }
});

test('memory is searched, text of two bytes a letter too', options, () => {
  for (const word of ['heap', 'wideheap']) {
    assert.ok(
      of(word).some(({ kind, pid }) => kind === 'memory' && traces.searched.includes(pid!)),
      word,
    );
  }
});

test('the search puts no pages into a process that were not there', options, () => {
  assert.equal(resident.length, 2);
  assert.ok(resident[0]! > 0 && resident[1]! - resident[0]! < 8192, resident.join(' '));
});

test('tables of the kernel are searched', options, () => {
  assert.deepEqual(
    of('nft').map(({ kind, place }) => [kind, place.replace(/\d+/, 'N')]),
    [['table', 'nftables N']],
  );
});

test('the planted word is found in all three places, and is gone with its process', options, () => {
  assert.deepEqual([...new Set(of('control').map(({ kind }) => kind))].toSorted(), ['file', 'memory', 'open']);
  assert.equal(left.trim(), '0');
});
