/**
 * Hosts that are not connected although they have servers. Whether a host is connected is known to the database's locks alone and
 * stored nowhere; since when it is not, only to the memory of this process. A process that has just started has seen nobody for no time
 * yet: every host has the whole span from then.
 */

import { hostIsConnected } from '../bus.ts';
import type { FleetContext } from '../context.ts';
import { settle } from './store.ts';

export class HostSilence {
  /** When each host was first seen to be away. */
  readonly #since = new Map<string, number>();

  /** Looks at all hosts. `afterMs` is how long a host may be away. */
  async look(ctx: FleetContext, afterMs: number): Promise<void> {
    const hosts = await ctx.db
      .selectFrom('hosts')
      .select((where) => [
        'id',
        'region_id',
        hostIsConnected.as('connected'),
        where
          .exists(
            where
              .selectFrom('servers')
              .select('servers.id')
              .whereRef('servers.host_id', '=', 'hosts.id')
              .where('servers.state', '<>', 'deleting'),
          )
          .as('needed'),
        where
          .exists(
            where
              .selectFrom('incidents')
              .select('incidents.id')
              .whereRef('incidents.host_id', '=', 'hosts.id')
              .where('incidents.gone_at', 'is', null)
              .where('incidents.closed_at', 'is', null),
          )
          .as('known'),
      ])
      .execute();
    const now = ctx.clock.now();
    for (const { id, region_id: region, connected, needed, known } of hosts) {
      const away = !connected && needed === true;
      if (!away) this.#since.delete(id);
      else if (!this.#since.has(id)) this.#since.set(id, now);
      const silent = away && now - this.#since.get(id)! > afterMs;
      // Away, but not for long as far as this process knows: what was found before stays.
      if (silent === known || (away && !silent)) continue;
      const seen = silent ? (['host_silent'] as const) : [];
      const subject = { host_id: id };
      await ctx.db.transaction().execute((tx) => settle(ctx, tx, { subject, region, seen, among: ['host_silent'] }));
    }
  }
}
