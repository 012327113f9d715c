import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release, TrustRoot } from '@lethe/verify';
import fc from 'fast-check';
import { releaseDifference, rootDifference, type Section } from './difference.ts';
import { diffLines, linesOf, withContext } from './lines.ts';
import { couldTouchLogging } from './marks.ts';
import { visible, visibleProse } from './visible.ts';

const RELEASE: Release = {
  origin: 'lethe.example/log',
  version: 2,
  previous: '11'.repeat(32),
  trustRoot: 1,
  scope: ['*'],
  image: 'ab'.repeat(32),
  files: [
    { path: '/etc/a.conf', text: 'server:\n  port: 53\n  verbosity: 0\n' },
    { path: '/etc/b.conf', text: 'one\n' },
  ],
  sysctls: [
    { name: 'net/ipv4/conf/all/rp_filter', value: '1' },
    { name: 'kernel/core_pattern', value: '|/nonexistent' },
  ],
  processes: ['/usr/sbin/unbound'],
  egress: ['udp 53 any'],
  policyVersion: 1,
  notBefore: 1,
  expires: 2,
  author: 'ada',
  reason: 'x',
  digest: '22'.repeat(32),
};

/** `!+text` for a marked line that is added, ` -text` for one that is removed without a mark. */
const changesOf = (sections: Section[]): string[] =>
  sections
    .flatMap(({ lines }) => lines)
    .filter(({ sign }) => sign === '+' || sign === '-')
    .map(({ sign, text, marked }) => `${marked ? '!' : ' '}${sign}${text}`);

const releaseChanges = (change: Partial<Release>): string[] =>
  changesOf(releaseDifference(RELEASE, { ...RELEASE, ...change }));

test('every field that says what runs is in the difference, with its mark', () => {
  const [a, b] = RELEASE.files as [Release['files'][0], Release['files'][0]];
  const [forward, core] = RELEASE.sysctls as [Release['sysctls'][0], Release['sysctls'][0]];
  assert.deepEqual(releaseChanges({}), []);
  assert.deepEqual(releaseChanges({ image: 'cd'.repeat(32) }), [`!-${'ab'.repeat(32)}`, `!+${'cd'.repeat(32)}`]);
  assert.deepEqual(releaseChanges({ scope: ['berlin'] }), ['!-*', '!+berlin']);
  assert.deepEqual(releaseChanges({ policyVersion: 2 }), ['!-1', '!+2']);
  assert.deepEqual(releaseChanges({ processes: [...RELEASE.processes, '/bin/x'] }), ['!+/bin/x']);
  assert.deepEqual(releaseChanges({ processes: [] }), [' -/usr/sbin/unbound']);
  assert.deepEqual(releaseChanges({ egress: ['udp 53 any', 'tcp 9 any'] }), ['!+tcp 9 any']);
  assert.deepEqual(releaseChanges({ sysctls: [forward] }), ['!-kernel/core_pattern = |/nonexistent']);
  assert.deepEqual(releaseChanges({ sysctls: [{ ...forward, value: '0' }, core] }), [
    '!-net/ipv4/conf/all/rp_filter = 1',
    '!+net/ipv4/conf/all/rp_filter = 0',
  ]);
  assert.deepEqual(releaseChanges({ sysctls: [forward, core, { name: 'net/x', value: '1' }] }), [' +net/x = 1']);
  assert.equal(releaseChanges({ sysctls: [core, forward] }).length, 2, 'the order counts');
  assert.deepEqual(releaseChanges({ files: [{ ...a, text: a.text.replace('0', '2') }, b] }), [
    '!-  verbosity: 0',
    '!+  verbosity: 2',
  ]);
  assert.deepEqual(releaseChanges({ files: [{ ...a, text: a.text.replace('53', '54') }, b] }), [
    ' -  port: 53',
    ' +  port: 54',
  ]);
  assert.deepEqual(releaseChanges({ files: [a] }), ['!-/etc/b.conf', ' -one']);
  assert.deepEqual(releaseChanges({ files: [a, b, { path: '/etc/c', text: '' }] }), ['!+/etc/c']);
  assert.equal(releaseChanges({ files: [b, a] }).length, 2, 'the order counts');
  assert.deepEqual(releaseChanges({ files: [a, { ...b, text: 'one' }] }), ['!+\n(no new line at the end)']);
});

test('of a first release everything is new', () => {
  const { files, sysctls, processes, egress } = RELEASE;
  const lines = files.flatMap(({ text }) => linesOf(text)).length;
  const items = files.length + sysctls.length + processes.length + egress.length + ['image', 'scope', 'claims'].length;
  const changes = changesOf(releaseDifference(undefined, RELEASE));
  assert.equal(changes.length, lines + items);
  assert.ok(changes.every((line) => line[1] === '+'));
});

test('every field of a trust root that says who decides is in the difference, marked', () => {
  const root: TrustRoot = {
    version: 2,
    previous: '11'.repeat(32),
    origin: 'lethe.example/log',
    mode: 'two-person',
    persons: [
      { id: 'ada', keys: ['k1', 'k2'], roles: ['release', 'root'] },
      { id: 'grace', keys: ['k3'], roles: ['release', 'root'] },
    ],
    thresholds: { release: 2, root: 2, audit: 1 },
    policy: 'log x\nquorum none\n',
    maxAgeS: 60,
    expires: 2,
    digest: '',
    parsedPolicy: { logs: [], witnesses: [], groups: [], quorum: 'none' },
    imported: [],
  };
  const changes = (change: Partial<TrustRoot>): string[] => changesOf(rootDifference(root, { ...root, ...change }));
  const [ada, grace] = root.persons as [TrustRoot['persons'][0], TrustRoot['persons'][0]];
  assert.deepEqual(changes({}), []);
  assert.deepEqual(changes({ mode: 'one-person' }), ['!-two-person', '!+one-person']);
  assert.deepEqual(changes({ persons: [ada] }), ['!-grace, key k3, may sign: release root']);
  assert.deepEqual(changes({ persons: [{ ...ada, keys: ['k1'] }, grace] }), ['!-ada, key k2, may sign: release root']);
  assert.equal(changes({ persons: [ada, { ...grace, roles: ['root'] }] }).length, 2);
  assert.deepEqual(changes({ thresholds: { release: 1, root: 2, audit: 1 } }), ['!-release: 2', '!+release: 1']);
  assert.deepEqual(changes({ policy: 'log x\nlog y\nquorum none\n' }), ['!+log y']);
  assert.deepEqual(changes({ maxAgeS: 61 }), ['!-60', '!+61']);
});

test('the difference of two texts gives both of them back, and is empty only for the same text', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '\n', '\r', '\n(no new line at the end)'), { maxLength: 24 });
  fc.assert(
    fc.property(text, text, (one, two) => {
      const [before, after] = [linesOf(one.join('')), linesOf(two.join(''))];
      const lines = diffLines(before, after);
      const side = (gone: string): string[] => lines.filter(({ sign }) => sign !== gone).map((line) => line.text);
      assert.deepEqual(side('+'), before);
      assert.deepEqual(side('-'), after);
      assert.equal(withContext(lines).length === 0, one.join('') === two.join(''));
    }),
  );
  // Long and different: no search for the shortest one, and still all of it.
  const long = (word: string): string[] => Array.from({ length: 3000 }, (_, i) => `${word} ${i}`);
  assert.equal(diffLines(long('a'), long('b')).length, 6000);
});

test('a difference shows three lines around a change, and where they stand', () => {
  const before = Array.from({ length: 20 }, (_, i) => `${i + 1}`);
  const shown = withContext(diffLines(before, before.with(9, 'x')));
  assert.deepEqual(
    shown.map(({ sign, text }) => `${sign}${text}`),
    ['@line 7', ' 7', ' 8', ' 9', '-10', '+x', ' 11', ' 12', ' 13'],
  );
});

test('lines that could touch logging are marked, plain ones are not', () => {
  for (const line of [
    'verbosity: 1',
    'use-syslog: yes',
    'logfile: "/dev/shm/x"',
    'log-queries: yes',
    'Log-Replies: yes',
    'extended-statistics: yes',
    'dnstap:',
    'LogLevel=debug',
    'Storage=persistent',
    'ForwardToSyslog=yes',
    'journal',
    'tcpdump -i wg0',
    'ulogd',
    'queue num 1',
    'nflog group 1',
    'log prefix "x"',
    'counter packets 0',
    'dup to 192.0.2.1',
    'iptables -j TEE --gateway 192.0.2.1',
    'mirror',
    'tc filter add dev eth0 ingress action mirred egress mirror dev ifb0',
    'meta nftrace set 1',
    'auditctl -a always',
    'kernel/core_pattern = core',
    'net/ipv4/conf/all/log_martians = 1',
    'netfilter/nf_conntrack_acct = 1',
    'fs/suid_dumpable = 1',
    'add @seen { ip saddr }',
    'update @seen { ip saddr }',
    'forward-zone:',
    'cat x > y',
    'x | y',
    'lo\\',
    'l"o"g x',
    'hide-identity: yes',
    'cache-max-ttl: 86400',
    'v\u0435rbosity: 1',
    'lo\u200bg',
  ])
    assert.ok(couldTouchLogging(line), line);
  for (const line of ['port: 53', 'server:', 'do-ip6: yes', 'ct state established accept', '', '  }'])
    assert.ok(!couldTouchLogging(line), line);
});

test('nothing in a text reaches the terminal but what can be seen', () => {
  const evil = 'a\u001b[1A\u001b[2Kb\rc\u0007\u009b2J\u202e\u2066\u200b\u2028\u00ad\u{e0001}\ufeff\u0000d';
  for (const show of [visible, visibleProse]) {
    assert.match(show(evil), /^[ -~]+$/);
    assert.match(show(evil), /^a\\u\{1b\}\[1A\\u\{1b\}\[2Kb\\rc\\u\{7\}\\u\{9b\}2J\\u\{202e\}/);
    assert.equal(show('\\u{1b}'), '\\\\u{1b}', 'what only looks written out is told apart');
  }
  assert.equal(
    visible('verb\u043esity é'),
    'verb\\u{43e}sity \\u{e9}',
    'letters of other alphabets show in configuration',
  );
  assert.equal(visibleProse('Zoë – “да”'), 'Zoë – “да”');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[ -~]*$/.test(visible(text))));
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => !/[\p{C}\p{Z}\p{M}]/u.test(visibleProse(text).replaceAll(' ', '')),
    ),
  );
});
