/** A client that is connected through a tunnel, of whatever kind its configuration is. */

import { readFileSync } from 'node:fs';
import type { ClientIdentity } from '@lethe/audit/audit';
import { LetheError } from '@lethe/core/errors';
import { connectOpenvpn } from './openvpn-client.ts';
import type { Enter, Room } from './room.ts';
import { connectWireguard } from './wireguard-client.ts';

export interface TunnelClient extends AsyncDisposable {
  resolvers: string[];
  /** `outer` is the address that the target sees it at, where the auditor knows it. */
  identity(outer: string | null): Promise<ClientIdentity>;
  /** Processes of the tunnel on this machine. */
  pids(): number[];
}

/** Where a client lives: its traffic in the room, what it sends encrypted in the internet. */
export interface Seat {
  room: Room;
  internet: Enter;
}

/** The text of a configuration with the file it came from. */
export interface ClientFile {
  kind: 'wireguard' | 'openvpn';
  text: string;
}

/** Connects. Throws with what failed; nothing is left then. */
export const connectClient = (file: ClientFile, seat: Seat): Promise<TunnelClient> =>
  file.kind === 'wireguard' ? connectWireguard(file.text, seat) : connectOpenvpn(file.text, seat);

/** Throws `bad_request` for a file that is neither kind. */
export function readClient(file: string): ClientFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LetheError(
      'bad_request',
      `The client’s configuration ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Nothing was examined.`,
    );
  }
  if (/^\s*\[Interface\]/im.test(text)) return { kind: 'wireguard', text };
  if (/^\s*(client|remote|tls-client)\b/m.test(text)) return { kind: 'openvpn', text };
  throw new LetheError(
    'bad_request',
    `${file} is no WireGuard and no OpenVPN configuration of a client. Nothing was examined.`,
  );
}
