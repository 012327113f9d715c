import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Syntax } from '../knowledge/program.ts';
import { MOST_ENTRIES } from './collector.ts';
import { parseConfig } from './parse.ts';

const SYNTAXES: Syntax[] = ['unbound', 'ini', 'equals', 'words', 'braces', 'json', 'yaml', 'toml'];
const PIECES =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: text of nginx
  'server: |a|=|a = b|"|\'|{|}|[|]|;|#|//|/*|*/|\\|\n|\r|\0|<ca>|</ca>|,|:| |`|${|{x}|_by_lua_block|__proto__|*a|&a |- |(|@'.split(
    '|',
  );
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
);
const name = fc
  .stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
  .filter((text) => !/^(?:server|key|zone|pattern|view|rpz|python|dynlib|ipset|dnstap|verify)$/.test(text));
const value = fc.stringMatching(/^[A-Za-z0-9/%+][A-Za-z0-9/%+_@-]{0,9}$/).filter((text) => !text.includes('//'));
const pairs = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 20 });
const unique = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1, maxLength: 20 });

for (const syntax of SYNTAXES) {
  test(`${syntax}: no text throws or gives more than the bounds`, () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { entries, broken } = parseConfig(syntax, text, 'f');
        assert.ok(entries.length <= MOST_ENTRIES && broken.length <= MOST_ENTRIES);
        for (const { key, value, line } of entries) {
          assert.ok(typeof key === 'string' && typeof value === 'string' && line >= 0);
          assert.equal(key, key.toLowerCase());
        }
      }),
      { numRuns: 2000 },
    );
  });
}

const round = (
  syntax: Syntax,
  arbitrary: typeof pairs,
  render: (pairs: [string, string][]) => string,
  prefix = '',
): void => {
  test(`${syntax}: what is written is read (${JSON.stringify(render([['k', 'v']]))})`, () => {
    fc.assert(
      fc.property(arbitrary, (given) => {
        const { entries, broken } = parseConfig(syntax, render(given), 'f');
        const read = entries.map(({ key, value }) => [key, value]);
        assert.deepEqual([read, broken], [given.map(([key, value]) => [prefix + key, value]), []]);
      }),
    );
  });
};
const lines =
  (head: string, line: (key: string, value: string) => string, tail = '') =>
  (given: [string, string][]): string =>
    `${head}${given.map(([key, value]) => `${line(key, value)}\n`).join('')}${tail}`;

round(
  'unbound',
  pairs,
  lines('server:\n', (key, value) => ` ${key}: ${value} # c`),
  'server.',
);
round('unbound', pairs, (given) => `server: ${given.map(([key, value]) => `${key}:"${value}"`).join(' ')}`, 'server.');
round(
  'ini',
  pairs,
  lines('[S]\n', (key, value) => `${key} = ${value}\r`),
  's.',
);
round(
  'equals',
  pairs,
  lines('', (key, value) => `${key} = '${value}' # c`),
);
round(
  'words',
  pairs,
  lines('', (key, value) => `${key}\t${value} ; c`),
);
round(
  'braces',
  pairs,
  lines('a b.c {\n', (key, value) => `${key} ${value}; # c`, '}'),
  'a b_c.',
);
round('json', unique, (given) => JSON.stringify({ a: Object.fromEntries(given) }, null, 1), 'a.');
round('yaml', unique, lines('a:\n  z:\n', (key, value) => `    ${key}: "${value}"`).bind(null), 'a.z.');
round(
  'toml',
  unique,
  lines('[a]\n', (key, value) => `${key} = "${value}"`),
  'a.',
);
test('braces: lines without semicolons are read', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const { entries } = parseConfig('braces', lines('a {\n', (key, value) => `${key} = ${value}`, '}')(given), 'f');
      assert.deepEqual(
        entries.filter(({ key }) => key !== 'a').map(({ key, value }) => [key, value]),
        given.map(([key, value]) => [`a.${key}`, value]),
      );
    }),
  );
});

test('a large hostile file takes no more than a moment', () => {
  for (const syntax of SYNTAXES)
    for (const piece of [
      ...PIECES,
      ...PIECES.map((piece) => `x ${piece}`),
      'a: b\n',
      'a "',
      '/* x ',
      '*a ',
      '&a ',
      'a{b ',
      'x_by_lua_block {',
      '? a\n',
      '[a]\n',
    ]) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const { entries } = parseConfig(syntax, text, 'f');
      assert.ok(entries.length <= MOST_ENTRIES);
    }
});
