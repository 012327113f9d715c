import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RuleEntry, renderRuleset } from './ruleset.ts';

const entries: RuleEntry[] = [
  { port: 51821, link: 300, open: true },
  { port: 51820, link: 0, open: true },
  { port: 51822, link: 1, open: false },
];
const options = {
  instance: 'ab12cd',
  ports: { first: 51820, count: 1000 },
  forwardedBefore: { ipv4: null, ipv6: null },
};

test('the table is put in place in one transaction, carries the instance, and nothing else is touched', () => {
  const text = renderRuleset(options, entries);
  assert.match(text, /^table inet lethe_ab12cd \{\}\ndelete table inet lethe_ab12cd\ntable inet lethe_ab12cd \{/);
  assert.equal(text.match(/^(table|delete|add|flush)\b.*/gm)?.length, 3);
  assert.match(text, /comment "Lethe ab12cd/);
  assert.doesNotMatch(text, /flush/);
});

test('nothing is logged, counted, sampled or collected', () => {
  assert.doesNotMatch(
    renderRuleset(options, entries),
    /\b(log|counter|quota|limit|dynamic|update|add @|queue|dup|meter|nftrace)\b/,
  );
});

test('a port leads to its server, a closed one nowhere; order of the servers does not matter', () => {
  const text = renderRuleset(options, entries);
  assert.match(text, /in4 .*elements = \{ 51820 : 100\.127\.0\.2 \. 51820, 51821 : 100\.127\.4\.178 \. 51820 \}/);
  assert.match(text, /in6 .*51821 : fd66:6c65:746a:12c::2 \. 51820 \}/);
  assert.match(text, /set closed .*elements = \{ 51822 \}/);
  assert.equal(renderRuleset(options, entries.toReversed()), text);
});

test('without servers what holds links apart is there all the same', () => {
  const text = renderRuleset(options, []);
  assert.doesNotMatch(text, /elements = \{ \}/);
  assert.match(text, /oifname "ltab12cd-\*" drop/);
});

test('what servers send by UDP leaves from the largest range that has no port of a server', () => {
  const range = (first: number, count: number, taken: number[] = []): string[] => {
    const text = renderRuleset(
      { ...options, ports: { first, count } },
      taken.map((port, link) => ({ port, link, open: true })),
    );
    return [...text.matchAll(/meta l4proto udp ip6? saddr @out\d masquerade to :(\S+)/g)].map(([, found]) => found!);
  };
  assert.deepEqual(range(51820, 1000), ['1024-51819', '1024-51819']);
  assert.equal(range(1024, 16384)[0], '17408-65535');
  assert.equal(range(1, 60_000)[0], '60001-65535');
  assert.equal(range(30_000, 1)[0], '30001-65535');
  assert.equal(range(51820, 1000, [30_000, 51_820])[0], '1024-29999');
  assert.equal(range(65_535, 1, [65_535])[0], '1024-65534');
});

test('a machine that forwarded before goes on with it, and another one does so for nobody but servers', () => {
  const drops = (forwardedBefore: { ipv4: string[] | null; ipv6: string[] | null }): string[] =>
    renderRuleset({ ...options, forwardedBefore }, entries).match(/meta nfproto ipv\d .*drop$/gm) ?? [];
  assert.deepEqual(drops({ ipv4: null, ipv6: null }), []);
  assert.deepEqual(drops({ ipv4: [], ipv6: null }), ['meta nfproto ipv4 drop']);
  assert.deepEqual(drops({ ipv4: ['eth1', 'br0.2'], ipv6: [] }), [
    'meta nfproto ipv4 iifname != { "eth1", "br0.2" } drop',
    'meta nfproto ipv6 drop',
  ]);
});
