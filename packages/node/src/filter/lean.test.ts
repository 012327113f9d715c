import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { filePages, unmapFilePages } from './lean.ts';

const entry = (range: string, rights: string, path: string, anonymous: number): string =>
  `${range} ${rights} 00000000 08:01 ${path === '' ? 0 : 77}                  ${path}\nSize:  9 kB\nAnonymous:      ${anonymous} kB\nVmFlags: rd\n`;

test('only whole mappings of files that nobody wrote to are taken', () => {
  const smaps = [
    entry('00400000-00800000', 'r-xp', '/usr/bin/node', 0),
    entry('00800000-00c00000', 'r--p', '/usr/bin/node', 0),
    entry('00c00000-01000000', 'r--p', '/usr/bin/node', 4),
    entry('01000000-01400000', 'rw-p', '/usr/bin/node', 0),
    entry('01400000-01800000', 'r-xp', '', 0),
    entry('01800000-01c00000', 'r-xs', '/usr/bin/node', 0),
    entry('01c00000-01c01000', 'r-xp', '/usr/lib/small', 0),
  ].join('');
  assert.deepEqual(filePages(smaps, 1 << 20), [
    { start: 0x400000n, length: 0x400000n },
    { start: 0x800000n, length: 0x400000n },
  ]);
});

test('a process goes on after it, with less mapped', () => {
  const mapped = (): number => Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]);
  const before = mapped();
  unmapFilePages();
  assert.ok(mapped() < before / 1.3, `${before} kB before, ${mapped()} kB after`);
});
