import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Syntax } from '../knowledge/program.ts';
import { parseConfig } from './parse.ts';
import { flatten } from './structured.ts';

const read = (syntax: Syntax, text: string): string[] =>
  parseConfig(syntax, text, 'f').entries.map(({ key, value }) => `${key}: ${value}`);
const isBroken = (syntax: Syntax, text: string): void => assert.equal(parseConfig(syntax, text, 'f').broken.length, 1);

test('JSON: comments, commas before brackets, strings that look like both', () => {
  const text =
    '{ // x\n"Log": {"level": "none", "url": "http://a//b,]", /* "x": 1, */ "quote": "\\"//,}",},\n"a.b": [1, true, null, [], {},], }';
  assert.deepEqual(read('json', text), [
    'log.level: none',
    'log.url: http://a//b,]',
    'log.quote: "//,}',
    'a_b.0: 1',
    'a_b.1: true',
    'a_b.2: null',
    'a_b.3: []',
    'a_b.4: {}',
  ]);
});

test('keys of prototypes are keys', () => {
  assert.deepEqual(read('json', '{"__proto__": {"x": 1}, "constructor": 2}'), ['__proto__.x: 1', 'constructor: 2']);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
  for (const [syntax, text] of [
    ['yaml', '__proto__:\n  x: 1'],
    ['toml', '[__proto__]\nx = 1'],
  ] as const)
    assert.deepEqual(read(syntax, text), ['__proto__.x: 1']);
});

test('YAML and TOML', () => {
  const yaml = 'querylog: &q\n  enabled: no\n  size: 10\nother:\n  <<: *q\n  size: 20\nlist:\n  - a: "x.y"\n';
  assert.deepEqual(read('yaml', yaml), [
    'querylog.enabled: no',
    'querylog.size: 10',
    'other.enabled: no',
    'other.size: 20',
    'list.0.a: x.y',
  ]);
  const toml = "[query_log]\nfile = '/var/log/q.log'\nat = 2020-01-02T03:04:05Z\n[[s]]\nn = 1\n[[s]]\nn = 2\n";
  assert.deepEqual(read('toml', toml), [
    'query_log.file: /var/log/q.log',
    'query_log.at: 2020-01-02T03:04:05.000Z',
    's.0.n: 1',
    's.1.n: 2',
  ]);
});

test('what cannot be read is broken, and so is what is too much', () => {
  isBroken('json', '{');
  isBroken('yaml', 'a: [');
  isBroken('yaml', 'a: 1\n---\nb: 2');
  isBroken('toml', 'a =');
  isBroken('json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  isBroken('yaml', `${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  isBroken('toml', `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  isBroken('json', JSON.stringify(Array.from({ length: 20_001 }, () => 1)));
  isBroken('yaml', '&a [*a, *a]');
  const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`);
  isBroken('yaml', ['l0: &l0 [x]', ...levels].join('\n'));
});

test('flatten gives entries alone', () => {
  assert.deepEqual(flatten({ A: [{ b: ' x ' }] }, 'f'), [{ key: 'a.0.b', value: 'x', file: 'f', line: 0 }]);
});
