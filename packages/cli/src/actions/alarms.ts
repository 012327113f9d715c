/** What the verbs of `lethe alarms` do. */

import type { SignerFlags } from '../change/signer.ts';
import { incidentClient } from '../incidents/client.ts';
import type { Io } from '../io.ts';
import { facts, note, table } from '../output.ts';
import { EXIT, type Result } from '../run.ts';

const NONE = 'No channel is set: incidents are told to nobody. See docs/alarms.md.';

export async function status(io: Io, flags: SignerFlags): Promise<Result> {
  const found = await (await incidentClient(io, flags)).status();
  if (found.problem !== null || found.channels.some(({ silent }) => silent)) process.exitCode = EXIT.failure;
  const rows = found.channels.map(({ name, type, waiting, lastDelivered, silent }) => [
    name,
    type,
    waiting,
    lastDelivered?.slice(0, 19).replace('T', ' ') ?? null,
    silent ? 'SILENT' : waiting > 0 ? 'waiting' : 'ok',
  ]);
  const parts = [
    facts([
      ['Open incidents', found.open],
      ['Not in the public log yet', found.unlogged ?? 'this service keeps no log'],
    ]),
    rows.length === 0 ? NONE : table(['channel', 'type', 'waiting', 'last taken (UTC)', 'state'], rows),
  ];
  if (found.problem !== null) parts.push(found.problem);
  if (found.open > 0) parts.push(note('See: lethe incidents list'));
  return { data: found, text: parts.join('\n\n') };
}

export async function test(io: Io, flags: SignerFlags): Promise<Result> {
  const channels = await (await incidentClient(io, flags)).test();
  if (channels.some(({ delivered }) => !delivered)) process.exitCode = EXIT.failure;
  return {
    data: { channels },
    text:
      channels.length === 0
        ? NONE
        : table(
            ['channel', 'test'],
            channels.map(({ name, delivered }) => [name, delivered ? 'taken' : 'NOT TAKEN']),
          ),
  };
}
