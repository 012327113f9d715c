import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyMatches, segment } from './key.ts';

test('a star is one segment, two are any number', () => {
  const yes = [
    ['a.b', 'a.b'],
    ['a.*', 'a.location / x'],
    ['**', 'a.b.c'],
    ['**.access_log', 'access_log'],
    ['**.access_log', 'http.server.location /_.access_log'],
    ['a.**.z', 'a.z'],
    ['a.**.m.**.z', 'a.x.m.m.y.z'],
    ['**.*.b', 'x.b.b'],
    ['*.a(b', 'x.a(b'],
  ] as const;
  const no = [
    ['a', 'a.b'],
    ['a.b', 'a'],
    ['*', 'a.b'],
    ['a.*', 'a'],
    ['a*', 'ab'],
    ['**.b', 'b.c'],
    ['**.*.b', 'b'],
    ['.', 'a'],
  ] as const;
  for (const [pattern, key] of yes) assert.equal(keyMatches(pattern, key), true, `${pattern} ${key}`);
  for (const [pattern, key] of no) assert.equal(keyMatches(pattern, key), false, `${pattern} ${key}`);
});

test('many stars are no work', () => {
  assert.equal(keyMatches(`${'**.a.'.repeat(2000)}b`, 'a.'.repeat(4000)), false);
});

test('a name is one segment', () => {
  assert.equal(segment(' Location  ~ \\.php$ '), 'location ~ \\_php$');
});
