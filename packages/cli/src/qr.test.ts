import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'lean-qr';
import { terminalQr } from './qr.ts';

const text = '[Interface]\nPrivateKey = CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=\n';

test('the text shows exactly the modules of the code, inside a light quiet zone of four', () => {
  const code = generate(text);
  const dark = terminalQr(text, false)
    .split('\n')
    .flatMap((row) => {
      const upper = [...row].map((half) => half === '▄' || half === ' ');
      const lower = [...row].map((half) => half === '▀' || half === ' ');
      return [upper, lower];
    });
  assert.equal(dark[0]!.length, code.size + 8);
  assert.ok(dark.length >= code.size + 8);
  const expected = dark.map((row, y) => row.map((_, x) => code.get(x - 4, y - 4)));
  assert.deepEqual(dark, expected);
});

test('with colour, every row is white on black and reset at its end', () => {
  for (const row of terminalQr(text, true).split('\n')) {
    assert.ok(row.startsWith('\x1b[97;40m') && row.endsWith('\x1b[0m'));
  }
});
