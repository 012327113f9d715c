/** The options that say with which key a verb signs (change/signer.ts reads them). */

import type { Command } from 'commander';

export const withKey = (command: Command): Command =>
  command
    .option('--key <file>', 'key file to sign with')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of a file, or of stdin with -');

export const withMachineKey = (command: Command): Command =>
  command.option(
    '--machine-key <data>',
    "sign with the machine's own key instead: the data directory of a service in one-person mode",
  );
