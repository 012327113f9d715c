/** What `lethe status` does. */

import type { Io } from '../io.ts';
import { bytes, duration, note, table } from '../output.ts';
import type { Result } from '../run.ts';

export async function status(io: Io, ref: string | undefined): Promise<Result> {
  io.progress.step('Asking the server');
  const live = await io.customer.status(ref);
  io.progress.end();
  const rows = live.devices.map((one) => [
    one.name,
    one.ipv4,
    one.online ? 'online' : 'offline',
    one.handshakeAgeS === null ? null : `${duration(one.handshakeAgeS)} ago`,
    bytes(one.receivedBytes),
    bytes(one.sentBytes),
  ]);
  const blocked = live.blocked === 0 ? 'under ten lookups blocked' : `more than ${live.blocked} lookups blocked`;
  const head = `Server ${live.server.name}, forgot everything ${duration(live.uptimeS)} ago, ${blocked}${live.current ? '' : '; the newest device list is not in force yet'}`;
  const body =
    rows.length === 0
      ? 'No devices yet.'
      : table(['DEVICE', 'ADDRESS', 'STATE', 'LAST HANDSHAKE', 'FROM IT', 'TO IT'], rows);
  return { data: live, text: `${note(head)}\n${body}` };
}
