import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cliPage, verbs } from './docs.ts';
import { buildProgram } from './program.ts';

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('docs/cli.md is what the command tree says', async () => {
  assert.equal(file('docs/cli.md'), cliPage(await buildProgram()), 'run: npm run generate');
});

test('the verbs of the README are verbs of the tree, and no group is missing', async () => {
  const names = verbs(await buildProgram()).map((one) => one.name);
  const rows = [...file('README.md').matchAll(/^\| `(lethe [^`]+)` \|/gm)].map((match) =>
    match[1]!.replaceAll('\\|', '|'),
  );
  const said = rows.flatMap((row) => {
    const [last, ...before] = row.split(' ').toReversed();
    return last!.split('|').map((word) => [...before.toReversed(), word].join(' '));
  });
  for (const name of said)
    assert.ok(
      names.some((one) => name === one || name.startsWith(`${one} `)),
      `the README names "${name}"`,
    );
  for (const name of names) {
    const group = name.split(' ').slice(0, 2).join(' ');
    assert.ok(
      said.some((one) => one.startsWith(group)),
      `the README does not name "${group}"`,
    );
  }
});

test('every verb has a description and an example', async () => {
  for (const { name, description, command } of verbs(await buildProgram())) {
    assert.ok(description.length > 10, name);
    const parts: string[] = [];
    command.configureOutput({ writeOut: (text) => parts.push(text) }).outputHelp();
    assert.match(parts.join(''), new RegExp(`Examples?:\\n[\\s\\S]*${name.split(' ').slice(0, 2).join(' ')}`), name);
  }
});
