/** The command tree. Only descriptions and options are loaded here; a verb's code is loaded when it runs. */

import { Command } from 'commander';
import { registerAccount } from './commands/account.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDevice } from './commands/device.ts';
import { registerFilter } from './commands/filter.ts';
import { registerInventory } from './commands/inventory.ts';
import { registerServer } from './commands/server.ts';
import { registerStatus } from './commands/status.ts';
import { EXIT_CODES_TEXT } from './run.ts';

/** Verbs of whoever runs the service. Their declarations are skipped when the first word is a customer's verb. */
const OPERATOR = {
  up: async (program: Command) => (await import('./commands/up.ts')).registerUp(program),
  blocklist: async (program: Command) => (await import('./commands/blocklist.ts')).registerBlocklist(program),
  demo: async (program: Command) => (await import('./commands/demo.ts')).registerDemo(program),
  audit: async (program: Command) => (await import('./commands/audit.ts')).registerAudit(program),
  sink: async (program: Command) => (await import('./commands/sink.ts')).registerSink(program),
  corpus: async (program: Command) => (await import('./commands/corpus.ts')).registerCorpus(program),
  verify: async (program: Command) => (await import('./commands/verify.ts')).registerVerify(program),
  log: async (program: Command) => (await import('./commands/log.ts')).registerLog(program),
  seize: async (program: Command) => (await import('./commands/seize.ts')).registerSeize(program),
  witness: async (program: Command) => (await import('./commands/witness.ts')).registerWitness(program),
  change: async (program: Command) => (await import('./commands/change.ts')).registerChange(program),
  incidents: async (program: Command) => (await import('./commands/incidents.ts')).registerIncidents(program),
  fleet: async (program: Command) => (await import('./commands/fleet.ts')).registerFleet(program),
  alarms: async (program: Command) => (await import('./commands/alarms.ts')).registerAlarms(program),
};

const CUSTOMER = [
  registerAccount,
  registerServer,
  registerDevice,
  registerFilter,
  registerStatus,
  registerInventory,
  registerCompletion,
];
const CUSTOMER_VERBS = ['account', 'server', 'device', 'filter', 'status', 'inventory'];

/** The program for a command line; without one, the whole tree. */
export async function buildProgram(argv: readonly string[] = []): Promise<Command> {
  const program = new Command('lethe')
    .description('Lethe: a WireGuard server of your own that keeps no log.')
    .option('--json', 'print exactly one JSON document, also for errors')
    .option('--service <url>', 'address of the service (default: $LETHE_SERVICE or http://localhost:8640)')
    .option(
      '--profile <dir>',
      'where keys and the session are kept (default: $XDG_CONFIG_HOME/lethe or ~/.config/lethe)',
    )
    .version('0.1.0', '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [verb]', 'show help for a verb')
    .addHelpText(
      'after',
      `\n${EXIT_CODES_TEXT}\n\nExamples:\n  lethe up\n  lethe account signup --email you@example.net\n  lethe server create\n  lethe device add phone --qr`,
    );
  if (!CUSTOMER_VERBS.includes(argv[0] ?? '')) for (const register of Object.values(OPERATOR)) await register(program);
  for (const register of CUSTOMER) register(program);
  return program;
}
