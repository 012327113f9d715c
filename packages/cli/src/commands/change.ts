/** `lethe change`: what runs on servers, and who decides about it. */

import type { Command } from 'commander';
import { verb } from '../run.ts';
import { withKey, withMachineKey } from '../signing-options.ts';

const load = () => import('../actions/change.ts');

export function registerChange(program: Command): void {
  const change = program
    .command('change')
    .description('what runs on servers and who decides: propose, read, approve or reject, with keys of persons');

  trusting(change.command('list'))
    .description('changes that wait for signatures, and the last releases, verified here')
    .addHelpText('after', '\nExamples:\n  lethe change list\n  lethe change list --policy policy.txt --json')
    .action(verb(async () => (await load()).list));

  trusting(change.command('show'))
    .argument('<change>', 'beginning of its id (16 digits or more), or a file with its envelope')
    .description('what a change is and what it would change, from the bytes that are signed')
    .addHelpText(
      'after',
      `
Lines marked ! could touch logging, capturing or who decides. Marks are advice: read the others too.
Characters that a terminal would obey or hide are written out, as \\u{1b}.

Examples:
  lethe change show 3f9c0a5b7d2e4816
  lethe change show change.json`,
    )
    .action(verb(async () => (await load()).show));

  signing(change.command('propose'))
    .description('propose the next release; with --release what it says, else what runs already, for longer')
    .requiredOption('--reason <text>', 'why, for those who approve and for the log')
    .option('--release <file>', 'JSON: image, files, sysctls, processes, egress, policyVersion')
    .option('--days <n>', 'how long it is valid', '30')
    .option('--scope <regions...>', 'names of regions (default: as before, at first all)')
    .addHelpText(
      'after',
      `
Shows what will be signed, asks, signs and hands it in. The proposer counts as one of those who must sign.

Examples:
  lethe change propose --key ada.key --reason "Unbound 1.23" --release release.json
  lethe change propose --key ada.key --reason "nothing new, for another month"`,
    )
    .action(verb(async () => (await load()).propose));

  change
    .command('content')
    .description('what servers would run with this version of Lethe on this machine, as JSON for propose --release')
    .option('--root-anchor <file>', 'DS or DNSKEY lines of another root zone, as `lethe up` was given')
    .addHelpText(
      'after',
      `
Builds the server image where it is not there yet. Two persons who run the same version get the same image: compare.

Example:
  lethe change content > release.json`,
    )
    .action(verb(async () => (await import('../actions/release-content.ts')).showContent));

  signing(change.command('approve'))
    .argument('<id>', 'beginning of its id (16 digits or more)')
    .description('read a change that waits, and sign it')
    .addHelpText('after', '\nExample:\n  lethe change approve 3f9c0a5b7d2e4816 --key grace.key')
    .action(verb(async () => (await load()).approve));

  signingAsMachine(change.command('reject'))
    .argument('<id>', 'beginning of its id (16 digits or more)')
    .description('take back a change that waits; who did and why stays in the log')
    .requiredOption('--reason <text>', 'why')
    .addHelpText('after', '\nExample:\n  lethe change reject 3f9c0a5b7d2e4816 --key grace.key --reason "it logs"')
    .action(verb(async () => (await load()).reject));

  signingAsMachine(change.command('persons'))
    .description('propose who may sign from now on: the next trust root')
    .requiredOption('--root <file>', 'JSON: persons, thresholds, and as needed policy, maxAgeS, expiresDays')
    .addHelpText(
      'after',
      `
Needs signatures of the persons before it and of its own. With release and root thresholds of two or more it is two-person mode.
FILE holds, for two persons:
  {"persons": [{"id": "ada", "keys": ["…"], "roles": ["release", "root", "audit"]},
               {"id": "grace", "keys": ["…"], "roles": ["release", "root", "audit"]}],
   "thresholds": {"release": 2, "root": 2, "audit": 1}}

Examples:
  sudo lethe change persons --root persons.json --machine-key /var/lib/lethe
  lethe change persons --root persons.json --key ada.key`,
    )
    .action(verb(async () => (await load()).persons));

  change
    .command('key')
    .description('make a key of a person, in a file under a passphrase')
    .requiredOption('--out <file>', 'where to write it; an existing file is never written over')
    .option('--name <name>', 'a name for it', 'key')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of a file, or of stdin with -')
    .addHelpText('after', '\nExample:\n  lethe change key --out ada.key --name ada')
    .action(verb(async () => (await load()).key));
}

const trusting = (command: Command): Command =>
  command.option('--policy <file>', 'tlog-policy to verify the log by (default: the one kept in the profile)');

const signing = (command: Command): Command => withKey(trusting(command)).option('-y, --yes', 'sign without asking');

/** The machine can give its one-person mode up, and take that back. What runs it renews by itself. */
const signingAsMachine = (command: Command): Command => withMachineKey(signing(command));
