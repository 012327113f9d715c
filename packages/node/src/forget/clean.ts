/**
 * Forgetting in a machine that goes on (`container`): every process that held something ends, and what the kernel keeps for this
 * network namespace is flushed. What the kernel of the host keeps beyond that is a stated limit of the engine; on `microvm` nothing of
 * this is needed, since the whole machine ends.
 *
 * Order: forwarding off first, so that nothing new is remembered of traffic that passes meanwhile; then the processes; then the tables
 * that their ends have just written to.
 */

import { endFilter } from '../filter-start.ts';
import { endResolver } from '../resolver-start.ts';
import { run, runAny } from '../run.ts';
import { setForwarding } from '../sysctl-apply.ts';
import { lowerTunnel } from '../wireguard/tunnel.ts';

/** Tables of the network namespace, and the command that empties each. */
const TABLES: readonly (readonly [tool: string, args: readonly string[]])[] = [
  ['ip', ['neigh', 'flush', 'all']],
  ['ip', ['-4', 'route', 'flush', 'cache']],
  ['ip', ['-6', 'route', 'flush', 'cache']],
  ['ip', ['tcp_metrics', 'flush']],
];

/** Ends tunnel, filter and resolver and empties the tables. A birth must follow. Throws if something could not be ended or flushed. */
export async function forgetInPlace(): Promise<void> {
  setForwarding(false);
  await Promise.all([endFilter(), endResolver(), lowerTunnel()]);
  await run('conntrack', ['-F']);
  // A kernel without one of the tables refuses, and has nothing in it.
  await Promise.all(TABLES.map(([tool, args]) => runAny(tool, args)));
}
