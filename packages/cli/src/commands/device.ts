/** `lethe device`. */

import { type Command, Option } from 'commander';
import { verb } from '../run.ts';

const endpoint = () =>
  new Option('--endpoint <kind>', 'which address of the server the device dials')
    .choices(['auto', 'name', 'ipv4', 'ipv6'])
    .default('auto');

export function registerDevice(program: Command): void {
  const device = program.command('device').description('devices on a server; their keys are made here');

  device
    .command('add')
    .description('add a device: makes its key here, signs the new list, waits until the server has it')
    .argument('<name>', 'its name, known to you alone')
    .option('--server <server>', 'name, or beginning of the id (not needed if there is one server)')
    .option('--out <file>', 'write the WireGuard configuration to this file, mode 0600')
    .option('--force', 'replace the file if it exists')
    .option('--qr', 'show the configuration as a QR code')
    .option('--public-key <key>', 'add a key that was made elsewhere; its private half is not needed')
    .option('--address <address>', 'tunnel address, 10.66.0.2 to 10.66.0.254 or the IPv6 one (default: the next free)')
    .addOption(endpoint())
    .addHelpText(
      'after',
      `
The private key is made here and kept in the profile, mode 0600, until the device is removed; the service never sees it.

Examples:
  lethe device add phone --qr
  lethe device add laptop --out laptop.conf
  lethe device add router --public-key xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= --out router.conf`,
    )
    .action(verb(async () => (await import('../actions/device.ts')).add));

  device
    .command('list')
    .description('devices of one server, or of all')
    .option('--server <server>', 'name, or beginning of the id')
    .addHelpText('after', '\nExamples:\n  lethe device list\n  lethe device list --server home --json')
    .action(verb(async () => (await import('../actions/device.ts')).list));

  device
    .command('rename')
    .description('give a device another name; only you see it')
    .argument('<device>', 'name, or beginning of its public key')
    .argument('<new-name>', 'the new name')
    .option('--server <server>', 'name, or beginning of the id')
    .addHelpText('after', '\nExample:\n  lethe device rename phone old-phone')
    .action(verb(async () => (await import('../actions/device.ts')).rename));

  device
    .command('remove')
    .description('remove a device: its tunnel is dead once the server has the new list')
    .argument('<device>', 'name, or beginning of its public key')
    .option('--server <server>', 'name, or beginning of the id')
    .addHelpText('after', '\nExample:\n  lethe device remove old-phone')
    .action(verb(async () => (await import('../actions/device.ts')).remove));

  device
    .command('config')
    .description('print a WireGuard configuration, or write it to a file')
    .argument('<device>', 'name, or beginning of its public key')
    .option('--server <server>', 'name, or beginning of the id')
    .option('--out <file>', 'write to this file, mode 0600')
    .option('--force', 'replace the file if it exists')
    .option('--without-key', 'leave the private key out, for a key that was made elsewhere')
    .addOption(endpoint())
    .addHelpText(
      'after',
      `
Needs the private key, which only the device that ran \`device add\` has, in its profile.

Examples:
  lethe device config laptop --out laptop.conf
  lethe device config router --without-key --endpoint ipv6`,
    )
    .action(verb(async () => (await import('../actions/device.ts')).config));

  device
    .command('qr')
    .description('show a configuration as a QR code for WireGuard on a phone')
    .argument('<device>', 'name, or beginning of its public key')
    .option('--server <server>', 'name, or beginning of the id')
    .addOption(endpoint())
    .addHelpText('after', '\nExample:\n  lethe device qr phone')
    .action(verb(async () => (await import('../actions/device.ts')).qr));
}
