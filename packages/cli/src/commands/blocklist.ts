/** `lethe blocklist`. */

import { CATEGORIES } from '@lethe/core/block-table';
import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerBlocklist(program: Command): void {
  const blocklist = program.command('blocklist').description('block tables for the filters of all servers of a host');
  const collect = (value: string, before: string[]): string[] => [...before, value];

  const build = blocklist
    .command('build')
    .description('compile lists to a table: hosts files, domain lists, Adblock rules for whole domains, RPZ')
    .requiredOption('--out <file>', 'the table to write')
    .option('--list-version <text>', 'up to 8 characters (default: today, like 20261125)');
  for (const category of CATEGORIES)
    build.option(`--${category} <file>`, 'a list; may be given more than once', collect, []);
  build
    .addHelpText(
      'after',
      `
The format of each line is recognised. A list with more than 5 broken lines in 100 is refused.

Example:
  lethe blocklist build --ads ads.txt --malware hosts --malware more.txt --out table.bin`,
    )
    .action(verb(async () => (await import('../actions/blocklist.ts')).build));

  blocklist
    .command('update')
    .description('fetch the configured lists over HTTPS, and hand the new table to the running servers')
    .option('--data <dir>', 'data directory of the service', '/var/lib/lethe')
    .option('--sources <file>', 'JSON list of {"category", "url"} (default: lists that come with Lethe)')
    .addHelpText(
      'after',
      '\nOn any error the old table stays. Servers take the new one within seconds, without dropping a query.\n\nExample:\n  lethe blocklist update',
    )
    .action(verb(async () => (await import('../actions/blocklist.ts')).update));

  blocklist
    .command('show')
    .description('version, digest and number of names of a table')
    .argument('[file]', 'a table (default: the one that is served)')
    .option('--data <dir>', 'data directory of the service', '/var/lib/lethe')
    .addHelpText('after', '\nExample:\n  lethe blocklist show')
    .action(verb(async () => (await import('../actions/blocklist.ts')).show));

  blocklist
    .command('check')
    .description('which categories a table has a name in, and by which parent')
    .argument('<name>', 'a domain name')
    .argument('[file]', 'a table (default: the one that is served)')
    .option('--data <dir>', 'data directory of the service', '/var/lib/lethe')
    .addHelpText('after', '\nExample:\n  lethe blocklist check ads.doubleclick.net')
    .action(verb(async () => (await import('../actions/blocklist.ts')).check));
}
