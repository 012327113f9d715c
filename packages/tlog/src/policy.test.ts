import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { signer, witness } from '../tests/lib/signers.ts';
import { formatVkey, noteKey } from './note.ts';
import { hasQuorum, type Policy, parsePolicy, safeQuorum } from './policy.ts';

const LOG = (await signer('log.example', 1)).vkey;
const [X1, X2, X3, Y1, Y2, Y3] = (
  await Promise.all([11, 12, 13, 14, 15, 16].map((n) => witness(`w${n}.example`, n)))
).map(({ vkey }) => vkey) as [string, string, string, string, string, string];

const parse = (...lines: string[]): Policy => parsePolicy(utf8(`${lines.join('\n')}\n`));
const refused = (line: number): { code: string; message: RegExp } => ({
  code: 'bad_policy',
  message: new RegExp(`^Line ${line} of the policy: `),
});
const holds = (policy: Policy, ...seen: string[]): boolean => hasQuorum(policy, new Set(seen));

/** The example of the draft. */
const DRAFT = [
  `log ${LOG}`,
  '',
  `witness X1 ${X1}`,
  `witness X2 ${X2}`,
  `witness X3 ${X3}`,
  'group X-witnesses 2 X1 X2 X3',
  '',
  `witness Y1 ${Y1}`,
  `witness Y2 ${Y2}`,
  `witness Y3 ${Y3}`,
  'group Y-witnesses any Y1 Y2 Y3',
  '',
  'group X-and-Y all X-witnesses Y-witnesses',
  'quorum X-and-Y',
];

test('the example of the draft asks for two of one group and one of the other', () => {
  const policy = parse(...DRAFT);
  assert.deepEqual(
    policy.groups.map(({ name, threshold }) => [name, threshold]),
    [
      ['X-witnesses', 2],
      ['Y-witnesses', 1],
      ['X-and-Y', 2],
    ],
  );
  assert.ok(holds(policy, 'X1', 'X3', 'Y2'));
  assert.ok(holds(policy, 'X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'));
  for (const seen of [[], ['X1', 'X2', 'X3'], ['X1', 'Y1', 'Y2', 'Y3'], ['X-witnesses', 'Y-witnesses'], ['X-and-Y']])
    assert.ok(!holds(policy, ...seen), seen.join());
});

test('a witness alone can be the quorum, and none asks for nobody', () => {
  const one = parse(`witness A ${X1}`, `witness B ${X2}`, 'quorum A');
  assert.ok(holds(one, 'A'));
  assert.ok(!holds(one, 'B'));
  assert.ok(holds(parse('quorum none')));
  assert.ok(holds(parse(`witness A ${X1}`, 'quorum none')));
});

test('any quorum of nested groups holds exactly when counting says so', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const vkeys = [X1, X2, X3, Y1, Y2, Y3];
  const thresholds = fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  );
  fc.assert(
    fc.property(thresholds, fc.subarray(names), ([p, q, r], seen) => {
      const policy = parse(
        ...names.map((name, i) => `witness ${name} ${vkeys[i]}`),
        `group P ${p} a b`,
        `group Q ${q} c d P`,
        `group R ${r} e f Q`,
        'quorum R',
      );
      const count = (members: boolean[], k: number): boolean => members.filter(Boolean).length >= k;
      const [a, b, c, d, e, f] = names.map((name) => seen.includes(name)) as boolean[];
      const expected = count([e!, f!, count([c!, d!, count([a!, b!], p)], q)], r);
      assert.equal(holds(policy, ...seen), expected);
    }),
  );
});

test('who is seen and not in the policy does not count', () => {
  const policy = parse(`witness A ${X1}`, `witness B ${X2}`, 'group G 2 A B', 'quorum G');
  assert.ok(!holds(policy, 'A', 'C', 'G'));
});

test('a policy made by hand whose quorum is nowhere defined is never satisfied', () => {
  const policy: Policy = { logs: [], witnesses: [], groups: [], quorum: 'nobody' };
  assert.ok(!holds(policy, 'nobody'));
});

test('addresses, tabs, spaces and lines of comment are read', () => {
  const policy = parse(
    '# comment',
    ` \t # indented, group G any A`,
    '',
    '\t ',
    `log\t${LOG}  https://log.example/path#part `,
    ` witness \t A ${X1} http://w.example`,
    'quorum A\t',
  );
  assert.equal(policy.logs[0]?.url, 'https://log.example/path#part');
  assert.equal(policy.witnesses[0]?.url, 'http://w.example');
  assert.equal(policy.quorum, 'A');
});

test('what follows a line is no comment: the draft knows lines of comment only, and a policy has one meaning', () => {
  for (const line of [`witness B ${X2} # b`, `log ${LOG} #`, 'group G 1 A # B', 'quorum A # or B'])
    assert.throws(() => parse(`witness A ${X1}`, line), refused(2), line);
  assert.throws(() => parse(`witness A ${X1}`, 'quorum A#B'), refused(2));
  const named = parse(`witness A#1 ${X1}`, 'quorum A#1');
  assert.ok(holds(named, 'A#1'));
  assert.ok(!holds(named, 'A'));
});

test('a line that is not of the draft’s form is refused with its number', () => {
  const wrong = [
    'Log',
    'log',
    `log ${LOG} https://a.example more`,
    'log nonsense',
    `log ${LOG} ftp://a.example`,
    `log ${LOG} nonsense`,
    'witness',
    'witness B',
    `witness B ${X2} https://a.example more`,
    'witness B nonsense',
    'group',
    'group G',
    'group G 1',
    'group G all',
    'group G some A',
    'group G 0 A',
    'group G 01 A',
    'group G 1.0 A',
    'group G -1 A',
    'group G 2 A',
    'group G any B',
    'group G any G',
    'group G any none',
    'group G any A A',
    'group A any A',
    'group none any A',
    `witness none ${X2}`,
    `witness A ${X2}`,
    'quorum',
    'quorum A A',
    'quorum B',
    'quorum a',
    'policy 1',
  ];
  for (const line of wrong) assert.throws(() => parse(`witness A ${X1}`, line, 'quorum A'), refused(2), line);
});

test('groups and the quorum refer only to what stands before them', () => {
  assert.throws(() => parse('group G any A', `witness A ${X1}`, 'quorum G'), refused(1));
  assert.throws(() => parse('quorum A', `witness A ${X1}`), refused(1));
});

test('no name stands in two groups', () => {
  assert.throws(() => parse(`witness A ${X1}`, 'group G any A', 'group H any A', 'quorum G'), refused(3));
  const nested = ['group G any A', 'group H any G', 'group I any G', 'quorum H'];
  assert.throws(() => parse(`witness A ${X1}`, ...nested), refused(4));
});

test('there is exactly one quorum', () => {
  assert.throws(() => parse(`witness A ${X1}`), { code: 'bad_policy' });
  assert.throws(() => parsePolicy(new Uint8Array(0)), { code: 'bad_policy' });
  assert.throws(() => parse(`witness A ${X1}`, 'quorum A', 'quorum A'), refused(3));
  assert.throws(() => parse('quorum none', 'quorum none'), refused(2));
});

test('no key stands twice, under whatever name and type', async () => {
  const again = (await witness('another.example', 11)).vkey;
  assert.throws(() => parse(`witness A ${X1}`, `witness B ${again}`, 'quorum A'), refused(2));
  const renamed = (await signer('renamed.example', 1)).vkey;
  assert.throws(() => parse(`log ${LOG}`, `log ${renamed}`, 'quorum none'), refused(2));
  const asWitness = (await witness('log.example', 1)).vkey;
  assert.throws(() => parse(`log ${LOG}`, `witness A ${asWitness}`, 'quorum A'), refused(2));
});

test('logs have keys of logs, witnesses keys of witnesses', () => {
  assert.throws(() => parse(`log ${X1}`, 'quorum none'), refused(1));
  assert.throws(() => parse(`witness A ${LOG}`, 'quorum A'), refused(1));
  const lattice = formatVkey(noteKey('lattice.example', 6, new Uint8Array(1312)));
  assert.equal(parse(`witness A ${lattice}`, 'quorum A').witnesses[0]?.key.type, 6);
  assert.throws(() => parse(`log ${lattice}`, 'quorum none'), refused(1));
});

test('control characters and what is not UTF-8 are refused', () => {
  for (const code of [...Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 9 && i !== 10), 127]) {
    const control = String.fromCharCode(code);
    for (const line of [
      `witness A${control} ${X1}`,
      `witness A ${X1} https://a.example/${control}`,
      `#${control}`,
      control,
    ])
      assert.throws(() => parse(line, 'quorum none'), refused(1), `U+${code}`);
  }
  assert.throws(() => parse(`witness A ${X1}\r`, 'quorum A\r'), refused(1));
  assert.throws(() => parsePolicy(concat(utf8('quorum none\n'), Uint8Array.of(0xff))), { code: 'bad_policy' });
  assert.throws(() => parsePolicy(utf8('\ufeffquorum none\n')), refused(1));
});

test('names are compared as they are spelled', () => {
  const policy = parse(`witness K ${X1}`, `witness \u212a ${X2}`, `witness k ${X3}`, 'quorum \u212a');
  assert.ok(holds(policy, '\u212a'));
  assert.ok(!holds(policy, 'K', 'k'));
});

test('256 logs, witnesses and groups are read, in 262,144 bytes', () => {
  const key = (i: number): Uint8Array => new Uint8Array(32).with(0, i % 256).with(1, i >> 8);
  const lines = Array.from({ length: 257 }, (_, i) => `log ${formatVkey(noteKey('log.example', 1, key(i)))}`);
  assert.equal(parse(...lines.slice(0, 256), 'quorum none').logs.length, 256);
  assert.throws(() => parse(...lines, 'quorum none'), refused(257));
  const comment = (size: number): Uint8Array => utf8(`quorum none\n#${'x'.repeat(size - 14)}\n`);
  assert.equal(parsePolicy(comment(262_144)).quorum, 'none');
  assert.throws(() => parsePolicy(comment(262_145)), { code: 'too_large' });
});

test('a quorum of more than two thirds is what one third of liars cannot split', () => {
  assert.deepEqual(
    Array.from({ length: 10 }, (_, i) => safeQuorum(i + 1)),
    [1, 2, 3, 3, 4, 5, 5, 6, 7, 7],
  );
  assert.equal(safeQuorum(0), 0);
  for (let n = 1; n <= 100; n += 1) {
    const liars = Math.ceil(n / 3) - 1;
    const shared = 2 * safeQuorum(n) - n;
    assert.ok(shared > liars, `two quorums of ${n} may share liars only`);
    assert.ok(safeQuorum(n) <= n);
  }
});

test('a policy that may be cut off is refused', () => {
  assert.throws(() => parsePolicy(utf8('quorum none')), { code: 'bad_policy' });
  assert.equal(parsePolicy(utf8('quorum none\n')).quorum, 'none');
});
