import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromUtf8, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { type Seen, signedCheckpoint, signedText, signer, witness } from '../tests/lib/signers.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatSignatureLine, formatVkey, noteKey } from './note.ts';
import { parsePolicy } from './policy.ts';
import { type ReadyPolicy, readyPolicy, verifyCheckpoint } from './witnessed.ts';

const log = await signer('log.example', 1);
const second = await signer('second.example', 2);
const stranger = await signer('stranger.example', 3);
const [w1, w2, w3, w4] = await Promise.all([11, 12, 13, 14].map((n) => witness(`w${n}.example`, n)));
const root = new Uint8Array(32).fill(5);

const ready = (...lines: string[]): Promise<ReadyPolicy> => readyPolicy(parsePolicy(utf8(`${lines.join('\n')}\n`)));
const LOGS = [`log ${log.vkey}`, `log ${second.vkey}`];
const WITNESSES = [`witness A ${w1!.vkey}`, `witness B ${w2!.vkey}`, `witness C ${w3!.vkey}`];
const twoOfThree = await ready(...LOGS, ...WITNESSES, 'group G 2 A B C', 'quorum G');

const seenAt = (...times: [Seen['by'], number][]): Seen[] => times.map(([by, at]) => ({ by, at }));
const A100 = seenAt([w1!, 100]);
const AB = seenAt([w1!, 100], [w2!, 200]);
const textOf = (origin: string, ...extensions: string[]): string =>
  formatCheckpoint({ origin, size: 7, root, extensions });

test('a checkpoint that its log signed and a quorum has seen is accepted', async () => {
  const checkpoint = await verifyCheckpoint(await signedCheckpoint(log, 7, root, AB), twoOfThree);
  assert.deepEqual(checkpoint, {
    origin: 'log.example',
    size: 7,
    root,
    extensions: [],
    text: textOf('log.example'),
    seen: new Map([
      ['A', 100],
      ['B', 200],
    ]),
    quorumTime: 100,
  });
});

test('any log of the policy may sign, for itself', async () => {
  assert.equal(
    (await verifyCheckpoint(await signedCheckpoint(second, 7, root, AB), twoOfThree)).origin,
    'second.example',
  );
  for (const [origin, ...by] of [
    ['log.example', second],
    ['second.example', log],
    ['log.example', stranger],
    ['stranger.example', stranger],
    ['stranger.example', log, second],
    ['log.example'],
    ['w11.example'],
  ] as const)
    await assert.rejects(
      verifyCheckpoint(await signedText(textOf(origin), by, AB), twoOfThree),
      { code: 'unknown_log' },
      `${origin} signed by ${by.map(({ key }) => key.name)}`,
    );
});

test('further signatures of other logs and strangers do not matter', async () => {
  const bytes = await signedText(textOf('log.example'), [stranger, second, log], [...AB, { by: w4!, at: 1 }]);
  assert.deepEqual([...(await verifyCheckpoint(bytes, twoOfThree)).seen.keys()], ['A', 'B']);
});

test('a key of another log under the log’s name is a stranger', async () => {
  const impostor = await signer('log.example', 4);
  await assert.rejects(verifyCheckpoint(await signedCheckpoint(impostor, 7, root, AB), twoOfThree), {
    code: 'unknown_log',
  });
});

test('too few witnesses are no quorum', async () => {
  for (const seen of [[], A100, [...A100, { by: w4!, at: 100 }]])
    await assert.rejects(verifyCheckpoint(await signedCheckpoint(log, 7, root, seen), twoOfThree), {
      code: 'no_quorum',
    });
});

test('a witness that signs as a log does is not counted', async () => {
  const plain = await signer('w12.example', 12);
  const bytes = await signedText(textOf('log.example'), [log, plain], A100);
  await assert.rejects(verifyCheckpoint(bytes, twoOfThree), { code: 'no_quorum' });
});

test('a witness under another name is not counted', async () => {
  const renamed = await witness('renamed.example', 12);
  await assert.rejects(
    verifyCheckpoint(await signedCheckpoint(log, 7, root, [...A100, { by: renamed, at: 1 }]), twoOfThree),
    { code: 'no_quorum' },
  );
});

test('a witness with an ML-DSA-44 key is kept and never counted', async () => {
  const lattice = noteKey('lattice.example', 6, new Uint8Array(1312));
  const policy = await ready(...LOGS, ...WITNESSES, `witness L ${formatVkey(lattice)}`, 'group G 2 A L', 'quorum G');
  const line = formatSignatureLine({ name: lattice.name, id: lattice.id, signature: new Uint8Array(2428) });
  const bytes = concat(await signedCheckpoint(log, 7, root, AB), utf8(`${line}\n`));
  await assert.rejects(verifyCheckpoint(bytes, policy), { code: 'no_quorum' });
  assert.equal((await verifyCheckpoint(bytes, twoOfThree)).size, 7);
});

test('a bad signature of a known log or witness refuses a checkpoint that has a quorum without it', async () => {
  const good = fromUtf8(await signedCheckpoint(log, 7, root, [...AB, { by: w3!, at: 300 }]));
  const lines = good.trimEnd().split('\n');
  for (const at of [lines.length - 1, lines.length - 4]) {
    const line = lines[at]!;
    const turned = line.slice(0, -10) + (line.at(-10) === 'A' ? 'B' : 'A') + line.slice(-9);
    await assert.rejects(verifyCheckpoint(utf8(`${lines.with(at, turned).join('\n')}\n`), twoOfThree), {
      code: 'note_bad_signature',
    });
  }
  for (const change of [
    (text: string) => text.replace('\n7\n', '\n8\n'),
    (text: string) => text.replace('log.example', 'second.example'),
    (text: string) => text.replace('\n\n—', '\nextension\n\n—'),
  ])
    await assert.rejects(verifyCheckpoint(utf8(change(good)), twoOfThree), { code: 'note_bad_signature' });
});

test('a cosignature of another checkpoint refuses the note', async () => {
  const other = fromUtf8(await signedCheckpoint(log, 8, root, AB))
    .trimEnd()
    .split('\n')
    .at(-1)!;
  const bytes = concat(await signedCheckpoint(log, 7, root, A100), utf8(`${other}\n`));
  await assert.rejects(verifyCheckpoint(bytes, twoOfThree), { code: 'note_bad_signature' });
});

test('form comes first', async () => {
  await assert.rejects(verifyCheckpoint(utf8('nonsense'), twoOfThree), { code: 'bad_note' });
  await assert.rejects(verifyCheckpoint(new Uint8Array(70_000), twoOfThree), { code: 'too_large' });
  await assert.rejects(verifyCheckpoint(await signedText('not a checkpoint\n', [log], AB), twoOfThree), {
    code: 'bad_checkpoint',
  });
  await assert.rejects(verifyCheckpoint(await signedText(`${textOf('log.example')}\n`, [log], AB), twoOfThree), {
    code: 'bad_checkpoint',
  });
});

test('extension lines are signed and kept', async () => {
  const bytes = await signedText(textOf('log.example', 'one', 'two'), [log], AB);
  assert.deepEqual((await verifyCheckpoint(bytes, twoOfThree)).extensions, ['one', 'two']);
});

test('a policy without quorum tells who has seen it and no time', async () => {
  const none = await ready(...LOGS, ...WITNESSES, 'quorum none');
  const checkpoint = await verifyCheckpoint(await signedCheckpoint(log, 7, root, A100), none);
  assert.equal(checkpoint.quorumTime, undefined);
  assert.deepEqual([...checkpoint.seen], [['A', 100]]);
  assert.equal((await verifyCheckpoint(await signedCheckpoint(log, 7, root), none)).seen.size, 0);
});

test('the time of a quorum is the latest at which all of one had seen it', async () => {
  const times: [number, number, number][] = [
    [100, 200, 300],
    [300, 100, 200],
    [300, 300, 1],
    [1, 300, 300],
    [200, 200, 200],
    [0, 0, 0],
    [0, 200, 2 ** 53 - 1],
  ];
  for (const [a, b, c] of times) {
    const seen = seenAt([w1!, a], [w2!, b], [w3!, c]);
    const { quorumTime } = await verifyCheckpoint(await signedCheckpoint(log, 7, root, seen), twoOfThree);
    assert.equal(quorumTime, [a, b, c].toSorted((x, y) => y - x)[1]);
  }
});

test('one fresh witness does not make an old quorum fresh, however groups are nested', async () => {
  const nested = await ready(
    ...LOGS,
    ...WITNESSES,
    `witness D ${w4!.vkey}`,
    'group X any A B',
    'group Y 2 X C D',
    'quorum Y',
  );
  const time = fc.nat({ max: 5 });
  await fc.assert(
    fc.asyncProperty(time, time, time, time, async (a, b, c, d) => {
      const seen = seenAt([w1!, a], [w2!, b], [w3!, c], [w4!, d]);
      const { quorumTime } = await verifyCheckpoint(await signedCheckpoint(log, 7, root, seen), nested);
      assert.equal(quorumTime, [Math.max(a, b), c, d].toSorted((x, y) => y - x)[1]);
    }),
    { numRuns: 25 },
  );
});

test('a policy with a key that cannot be used is not ready', async () => {
  const small = Uint8Array.of(1, ...new Uint8Array(31));
  for (const line of [
    `log ${formatVkey(noteKey('log.example', 1, small))}`,
    `witness A ${formatVkey(noteKey('w.example', 4, small))}`,
  ])
    await assert.rejects(ready(line, 'quorum none'), { code: 'bad_public_key' });
});

test('a log without entries has the root of the empty tree alone', async () => {
  const { EMPTY_ROOT } = await import('./merkle.ts');
  assert.equal((await verifyCheckpoint(await signedCheckpoint(log, 0, EMPTY_ROOT, AB), twoOfThree)).size, 0);
  await assert.rejects(verifyCheckpoint(await signedCheckpoint(log, 0, root, AB), twoOfThree), {
    code: 'bad_checkpoint',
  });
});
