import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { bytes, duration, table } from './output.ts';
import { plain } from './run.ts';

test('columns are aligned and missing values are dashes', () => {
  const text = stripVTControlCharacters(
    table(
      ['NAME', 'N'],
      [
        ['größer', 1],
        [null, 22],
      ],
    ),
  );
  assert.equal(text, 'NAME    N\ngrößer  1\n–       22');
});

test('text from elsewhere cannot steer the terminal', () => {
  assert.equal(plain('a\x1b[2Jb\nc\u202ed'), 'a [2Jb c d');
});

test('sizes and durations are short', () => {
  assert.deepEqual([0, 1023, 1024, 1.5 * 1024 ** 2, 5 * 1024 ** 4].map(bytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '5.0 TiB',
  ]);
  assert.deepEqual([0, 59, 60, 3700, 90_000].map(duration), ['0 s', '59 s', '1 min', '1 h 1 min', '1 d 1 h']);
});
