/** The connection table's entries of tunnel addresses that lost their holder. */

import { isIPv6 } from 'node:net';
import { runAny, ToolError } from '../run.ts';

/** Deletes every tracked connection from or to the addresses. Throws `ToolError` if the kernel refuses. */
export async function endConnections(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    for (const direction of ['--orig-src', '--orig-dst']) {
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      const { stderr } = await runAny('conntrack', ['-D', '-f', family, direction, address]);
      // The exit code is 1 when there was nothing to delete, as it is for an error; only the words differ.
      if (!stderr.includes('have been deleted')) throw new ToolError('conntrack');
    }
  }
}
