/** `lethe audit`: what does a server record about its users? */

import { LetheError } from '@lethe/core/errors';
import type { Command } from 'commander';

/** Exit code where no audit could be made: 0, 1 and 2 are verdicts. */
const COULD_NOT_RUN = 3;

export interface RawAuditOptions {
  profile: string;
  client?: string;
  sinkZone?: string;
  sinkAddress?: string[];
  keys?: string;
  service?: string;
  facts?: string;
  from?: string;
  html?: string;
  pdf?: string;
  oscal?: string;
  json?: boolean;
}

export function registerAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description(
      'examine a VPN server, anyone’s: does it record its users? (`lethe audit TARGET` is `lethe audit run TARGET`)',
    );
  audit
    .command('run', { isDefault: true })
    .argument(
      '[target]',
      'local, ssh://user@host[:port], "exec:COMMAND", a prefix that runs a command in the target, or server:NAME, a server of yours',
    )
    .description('read a server or a file of facts, and say for each claim: Confirmed, Not confirmed or Not tested')
    .option(
      '--profile <profile>',
      'quick: configuration and live state; standard: also a client’s marked traffic, and the hunt for it; full: also what is left 195 s after the client left',
      'quick',
    )
    .option('--client <file>', 'WireGuard or OpenVPN configuration of a device of the server, for the client')
    .option('--sink-zone <zone>', 'zone that is delegated to this machine, where the marked traffic goes')
    .option('--sink-address <address...>', 'addresses of this machine that the zone is delegated to')
    .option('--keys <dir>', 'where the keys for server:NAME are kept (what --profile is to other verbs)')
    .option('--facts <file>', 'keep what was read, to judge it again')
    .option('--from <file>', 'judge such a file, without a target')
    .option('--html <file>', 'write the report as one HTML file')
    .option('--pdf <file>', 'write the report as PDF')
    .option('--oscal <file>', 'write it as OSCAL assessment results, for tools')
    .option('-y, --yes', 'install missing Debian packages without asking')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText(
      'after',
      `
Installs nothing and changes nothing on the target but a planted recorder, which it has to find and takes away again.
Works best as root there; what could not be read is said to be Not tested.
On a server of yours there is no shell: it measures itself, and signs and seals the answer to you alone.

Exit codes: 0 all confirmed, 1 something not confirmed, 2 nothing contrary but something not tested, 3 could not run.

Examples:
  lethe audit ssh://root@vpn.example.net
  lethe audit ssh://root@vpn.example.net --profile standard --client wg0.conf \\
    --sink-zone canary.example.org --sink-address 192.0.2.10
  lethe audit local --html report.html
  lethe audit "exec:docker exec -i wg-easy" --facts facts.json
  lethe audit server:home
  lethe audit --from facts.json --json`,
    )
    .action((target: string | undefined, options: RawAuditOptions, command: Command) =>
      orExit(async () => {
        const { auditOnce } = await import('../actions/audit.ts');
        // `--profile` is also a folder of keys to other verbs, and the program takes it first; an audit has no keys.
        const { json, profile, service } = command.optsWithGlobals<RawAuditOptions>();
        process.exitCode = await auditOnce(target, {
          ...options,
          profile,
          json: json === true,
          ...(service === undefined ? {} : { service }),
        });
      }),
    );

  audit
    .command('diff')
    .description('what changed between two audits: verdicts that moved, findings that came and went')
    .argument('<before>', 'a report, as --json printed it')
    .argument('<after>', 'a later one')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  lethe audit diff monday.json tuesday.json')
    .action((before: string, after: string, _options: unknown, command: Command) =>
      orExit(async () => {
        const { auditDiff } = await import('../actions/audit.ts');
        await auditDiff(before, after, command.optsWithGlobals()['json'] === true);
      }),
    );
}

/** Errors are printed as everywhere; the code says that there is no verdict. */
async function orExit(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    throw Object.assign(error, { exitCode: COULD_NOT_RUN });
  }
}
