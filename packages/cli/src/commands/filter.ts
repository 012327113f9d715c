/** `lethe filter`. */

import { CATEGORIES } from '@lethe/core/block-table';
import { type Command, Option } from 'commander';
import { verb } from '../run.ts';

export function registerFilter(program: Command): void {
  const filter = program.command('filter').description('what your server blocks; only you and the server know it');

  filter
    .command('show')
    .description('categories, answer, signals and your own rules')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .addHelpText('after', '\nExamples:\n  lethe filter show\n  lethe filter show home --json')
    .action(verb(async () => (await import('../actions/filter.ts')).show));

  filter
    .command('set')
    .description('choose categories, how blocked names are answered, and whether browsers are told not to bypass it')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .option('--categories <list>', `of ${CATEGORIES.join(', ')}, with commas; "none" for no category`)
    .addOption(new Option('--answer <kind>', 'for blocked names').choices(['nxdomain', 'zero']))
    .addOption(new Option('--signals <on|off>', 'tell browsers to keep using this resolver').choices(['on', 'off']))
    .addHelpText(
      'after',
      `
nxdomain says that a blocked name does not exist; zero answers 0.0.0.0 and ::.

Examples:
  lethe filter set --categories ads,trackers,malware,gambling
  lethe filter set home --answer zero --signals off`,
    )
    .action(verb(async () => (await import('../actions/filter.ts')).set));

  for (const kind of ['block', 'allow'] as const) {
    filter
      .command(kind)
      .description(
        kind === 'block'
          ? 'block names and everything below them'
          : 'never block names, nor anything below them; wins over categories',
      )
      .argument('<names...>', 'domain names')
      .option('--remove', 'take the rules away instead')
      .option('--server <server>', 'name, or beginning of its id (not needed if there is one server)')
      .addHelpText(
        'after',
        `
The most specific name wins; of two equal ones, the one that allows.

Examples:
  lethe filter ${kind} example.com
  lethe filter ${kind} example.com --remove`,
      )
      .action(verb(async () => (await import('../actions/filter.ts'))[kind]));
  }
}
