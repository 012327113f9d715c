/** Whether this machine has IPv6 at all. A kernel without it has nothing under this path. */

import { existsSync } from 'node:fs';

export const hasIpv6 = (): boolean => existsSync('/proc/sys/net/ipv6/conf/all/forwarding');
