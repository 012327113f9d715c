import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { completionScript } from './completion.ts';
import { buildProgram } from './program.ts';

const program = await buildProgram();

/** What bash offers for a line whose last word is being typed. */
function offered(...words: string[]): string[] {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lethe; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['-c', script, 'bash', 'lethe', ...words], { encoding: 'utf8' });
  assert.equal(ran.stderr, '');
  return ran.stdout.split('\n').filter(Boolean);
}

test('bash offers verbs, options and choices where they fit', () => {
  assert.deepEqual(offered('ser'), ['server']);
  assert.deepEqual(offered('server', ''), [
    'create',
    'list',
    'show',
    'renew',
    'forget',
    'evidence',
    'delete',
    '--help',
    '--json',
    '--service',
    '--profile',
    '--version',
  ]);
  assert.deepEqual(offered('device', 'add', '--pu'), ['--public-key']);
  assert.deepEqual(offered('device', 'add', 'phone', '--endpoint', 'ip'), ['ipv4', 'ipv6']);
  assert.deepEqual(offered('completion', ''), [
    'bash',
    'zsh',
    'fish',
    '--help',
    '--json',
    '--service',
    '--profile',
    '--version',
  ]);
  assert.deepEqual(offered('--json', 'account', 'sign'), ['signup', 'signin', 'signout']);
});

test('the scripts for zsh and fish know every verb', () => {
  const zsh = completionScript(program, 'zsh');
  const fish = completionScript(program, 'fish');
  for (const group of program.commands) {
    for (const verb of group.commands) {
      assert.ok(zsh.includes(`'${verb.name()}:`), `zsh: ${verb.name()}`);
      assert.match(
        fish,
        new RegExp(`__fish_seen_subcommand_from ${group.name()}; and not .* -a ${verb.name()} `),
        `fish: ${verb.name()}`,
      );
    }
  }
  assert.match(zsh, /^#compdef lethe\n/);
});
