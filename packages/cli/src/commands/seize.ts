/** `lethe seize`: takes a server in hands as a thief would, and searches it for what it should have forgotten. */

import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import type { Command } from 'commander';

interface RawSeizeOptions {
  fresh?: boolean;
  engine?: string;
  data: string;
  zone: string;
  delete?: boolean;
  yes?: boolean;
  json?: boolean;
}

export function registerSeize(program: Command): void {
  program
    .command('seize')
    .argument('[server]', 'a server of your own, by name or beginning of its id, on the machine that runs it')
    .description('the seizure drill: search a machine and its host for everything a device has sent')
    .option('--fresh', 'make a drill server for it, in network namespaces of its own')
    .option('--engine <engine>', 'where the drill server runs: microvm or container (default: container)')
    .option('--data <dir>', 'data directory of the service that runs the server', '/var/lib/lethe')
    .option('--zone <name>', 'names that the drill looks up lie below it; they need not exist', 'example.com')
    .option('--delete', 'delete the server at the end, so that its machine is gone when the host is searched')
    .option('--yes', 'do not ask')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText(
      'after',
      `
Needs root. Ends with status 1 if anything was found that should be forgotten, or could not be tested.

With a server's name it adds two devices to your list, signed with your key, connects them from documentation addresses on this machine,
stops the machine for moments to read its memory, has the server forget, and removes the devices. Only what the drill itself sent is
searched for. Your own devices are cut off for moments and connect again by themselves.

Examples:
  lethe seize --fresh
  lethe seize --fresh --engine microvm --json
  sudo lethe seize home --profile ~/.config/lethe`,
    )
    .action(async (server: string | undefined, options: RawSeizeOptions, command: Command) => {
      const globals = command.optsWithGlobals() as { json?: boolean; profile?: string; service?: string };
      const json = options.json ?? globals.json === true;
      if ((server === undefined) === (options.fresh !== true))
        throw new LetheError(
          'bad_request',
          'Name a server of your own, or use --fresh for one made for the drill. Nothing was searched.',
        );
      const { seizeFresh, seizeServer } = await import('../actions/seize.ts');
      const passed =
        server === undefined
          ? await seizeFresh({ engine: engineNamed(options.engine ?? 'container'), json })
          : await seizeServer(serverOptions(server, options, { ...globals, json }));
      if (!passed) process.exitCode = 1;
    });
}

function engineNamed(word: string): EngineKind {
  const engine = ENGINE_KINDS.find((kind): kind is EngineKind => kind === word);
  if (engine) return engine;
  const known = ENGINE_KINDS.join(' or ');
  throw new LetheError('unknown_engine', `There is no such engine. Choose ${known}. Nothing was started.`);
}

function serverOptions(
  ref: string,
  { data, zone, delete: deleteIt = false, yes = false, engine }: RawSeizeOptions,
  globals: { json: boolean; profile?: string; service?: string },
) {
  if (engine !== undefined)
    throw new LetheError('bad_request', 'A server of your own has its engine already. Nothing was searched.');
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{2,63}$/i.test(zone) || zone.length > 100)
    throw new LetheError('bad_request', '--zone takes a domain name of at most 100 letters. Nothing was searched.');
  return { ref, dataDir: data, zone, deleteIt, yes, ...globals };
}
