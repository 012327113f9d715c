/** Whether the tunnel interface exists in this network namespace. */

import { existsSync } from 'node:fs';
import { TUNNEL_INTERFACE } from '../addresses.ts';

/** /proc/sys/net shows the reader's own namespace, whatever /sys shows. */
export const hasInterface = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${TUNNEL_INTERFACE}`);
