/** What the verbs of `lethe device` do. */

import { resolve } from 'node:path';
import type { Changed, DeviceConfig, EndpointChoice } from '@lethe/api';
import { LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { good, note, table } from '../output.ts';
import type { Result } from '../run.ts';
import { checkWritable, writeSecretFile } from '../secret-file.ts';

interface OnServer {
  server?: string;
}
interface ConfigFlags extends OnServer {
  endpoint: EndpointChoice;
  out?: string;
  force?: boolean;
  withoutKey?: boolean;
}
interface AddFlags extends ConfigFlags {
  qr?: boolean;
  publicKey?: string;
  address?: string;
}

const on = (flags: OnServer) => (flags.server === undefined ? {} : { server: flags.server });

export async function add(io: Io, name: string, flags: AddFlags): Promise<Result> {
  const out = flags.out === undefined ? undefined : resolve(flags.out);
  if (out) checkWritable(out, flags.force ?? false);
  if (flags.qr && flags.publicKey !== undefined) {
    throw new LetheError(
      'bad_request',
      'A QR code needs the private key, which was made elsewhere. Leave --qr out. Nothing was changed.',
    );
  }
  io.progress.step(`Adding ${name}`);
  const changed = await io.customer.addDevice({
    name,
    ...on(flags),
    ...(flags.publicKey !== undefined && { publicKey: flags.publicKey }),
    ...(flags.address !== undefined && { address: flags.address }),
  });
  io.progress.end();
  const { device } = changed;
  const lines = [
    good(`Device ${device.name} (${device.ipv4}) ${appliedText(changed, 'is on the server', 'is signed')}`),
  ];
  if (out || flags.qr) {
    const made = await configOf(io, device.key, {
      ...flags,
      server: device.server.id,
      withoutKey: flags.publicKey !== undefined,
    });
    if (out) {
      writeSecretFile(out, made.text, flags.force ?? false);
      lines.push(good('Configuration written, readable by you alone.'));
    }
    if (flags.qr) lines.push(await qrOf(made));
  } else if (device.keyHere) {
    lines.push(
      note('The private key is kept in the profile. Next: lethe device qr, or lethe device config --out FILE'),
    );
  }
  return { data: { ...device, applied: changed.applied, file: out ?? null }, text: lines.join('\n') };
}

const appliedText = (changed: Changed, done: string, pending: string): string =>
  changed.applied ? `${done}.` : `${pending}; the server has not confirmed yet and takes it when it is reachable.`;

const configOf = (io: Io, ref: string, flags: ConfigFlags): Promise<DeviceConfig> =>
  io.customer.deviceConfig(ref, { ...on(flags), endpoint: flags.endpoint, withoutKey: flags.withoutKey ?? false });

async function qrOf({ text }: DeviceConfig): Promise<string> {
  const { terminalQr } = await import('../qr.ts');
  return terminalQr(text, process.stdout.isTTY === true && !process.env['NO_COLOR']);
}

export async function list(io: Io, flags: OnServer): Promise<Result> {
  const devices = await io.customer.devices(flags.server);
  const rows = devices.map((one) => [
    one.name,
    one.server.name,
    one.ipv4,
    one.ipv6,
    one.key,
    one.keyHere ? 'here' : null,
  ]);
  const header = ['NAME', 'SERVER', 'IPV4', 'IPV6', 'PUBLIC KEY', 'PRIVATE KEY'];
  return {
    data: { devices },
    text: devices.length === 0 ? 'No devices yet. Add one: lethe device add phone --qr' : table(header, rows),
  };
}

export async function rename(io: Io, ref: string, newName: string, flags: OnServer): Promise<Result> {
  const device = await io.customer.renameDevice(ref, newName, flags.server);
  return { data: device, text: good(`The device is called ${device.name} now.`) };
}

export async function remove(io: Io, ref: string, flags: OnServer): Promise<Result> {
  io.progress.step(`Removing ${ref}`);
  const changed = await io.customer.removeDevice(ref, flags.server);
  io.progress.end();
  const text = `Device ${changed.device.name} ${appliedText(changed, 'is removed: its tunnel is dead', 'is off the list')}`;
  return { data: { ...changed.device, applied: changed.applied }, text: good(text) };
}

export async function config(io: Io, ref: string, flags: ConfigFlags): Promise<Result> {
  const out = flags.out === undefined ? undefined : resolve(flags.out);
  if (out) checkWritable(out, flags.force ?? false);
  const { device, text, endpoint } = await configOf(io, ref, flags);
  if (!out) return { data: { ...device, endpoint, config: text }, text: text.trimEnd() };
  writeSecretFile(out, text, flags.force ?? false);
  return { data: { ...device, endpoint, file: out }, text: good('Configuration written, readable by you alone.') };
}

export async function qr(io: Io, ref: string, flags: ConfigFlags): Promise<Result> {
  const found = await configOf(io, ref, flags);
  return {
    data: { ...found.device, endpoint: found.endpoint, qr: io.json ? await qrOf(found) : '' },
    text: await qrOf(found),
  };
}
