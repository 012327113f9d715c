import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine } from './parse.ts';

const block = (...names: string[]) => ({ kind: 'block', names });
const CASES: [line: string, wanted: object][] = [
  // Hosts files.
  ['0.0.0.0 ads.example.com', block('ads.example.com')],
  ['127.0.0.1\tads.example.com  more.example.com # why', block('ads.example.com', 'more.example.com')],
  [':: ads.example.com', block('ads.example.com')],
  ['127.0.0.1 localhost', { kind: 'skipped' }],
  ['0.0.0.0 0.0.0.0', { kind: 'skipped' }],
  // Plain lists.
  ['\uFEFFAds.Example.COM.', block('ads.example.com')],
  ['*.ads.example.com', block('ads.example.com')],
  ['bücher.example', block('xn--bcher-kva.example')],
  ['# a comment', { kind: 'skipped' }],
  ['   ', { kind: 'skipped' }],
  // Adblock: whole domains and no other rule.
  ['||ads.example.com^', block('ads.example.com')],
  ['||ads.example.com^$important,all', block('ads.example.com')],
  ['||shop.example.com^$third-party', { kind: 'skipped' }],
  ['@@||good.example.com^', { kind: 'allow', name: 'good.example.com' }],
  ['||ads.example.com^$script', { kind: 'skipped' }],
  ['||ads.example.com/banner/', { kind: 'skipped' }],
  ['example.com##.banner', { kind: 'skipped' }],
  ['/banner[0-9]+/', { kind: 'skipped' }],
  ['! Title: a list', { kind: 'skipped' }],
  ['[Adblock Plus 2.0]', { kind: 'skipped' }],
  // Response policy zones.
  ['ads.example.com CNAME .', block('ads.example.com')],
  ['*.ads.example.com 300 IN CNAME *.', block('ads.example.com')],
  ['good.example.com CNAME rpz-passthru.', { kind: 'skipped' }],
  ['walled.example.com IN CNAME garden.example.net.', { kind: 'skipped' }],
  ['$TTL 300', { kind: 'skipped' }],
  ['@ IN SOA localhost. root.localhost. 1 2 3 4 5', { kind: 'skipped' }],
  ['; a comment', { kind: 'skipped' }],
  // What no list should block.
  ['com', { kind: 'broken' }],
  ['192.0.2.1', { kind: 'broken' }],
  ['0.0.0.0 not_a_name-', { kind: 'broken' }],
  ['some words that are no rule', { kind: 'broken' }],
];

for (const [line, wanted] of CASES) {
  test(`"${line.trim()}"`, () => assert.deepEqual(parseLine(`${line}\r`.replace(/\r$/, '')), wanted));
}
