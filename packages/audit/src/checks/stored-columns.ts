import type { ClaimId } from '@lethe/core';
import type { StoredTable } from '../stored/read-tables.ts';
import { type Contrary, check, nothing } from './check.ts';

/** Names in one style: `lastIp`, `last-ip` and `LAST_IP` are the same. */
const styled = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s-]+/g, '_')
    .toLowerCase();

/** Where users come from. */
const SOURCE =
  /^(?:(?:last|client|remote|peer|source|src|user|login|signup|sign_up|registration|request|real|external|public|visitor|calling|current_sign_in|last_sign_in|last_login)_(?:ip|ip_?addr|ip_address|addr|address|host)s?|calling_?station_?id|x_forwarded_for|user_?agent)$/;
/** Not every address is one: a server has its own, a device one in the tunnel. These count in a table of sessions, or beside one of the above. */
const MAYBE_SOURCE = /^(?:ip|ip_?addr(?:ess)?(?:es)?|endpoint|framed_?ip_?address)$/;
/** When a user was there. */
const PRESENCE =
  /^(?:(?:last|latest)_(?:seen|active|activity|handshake|connect(?:ed|ion)?|online|used|login|sign_in)(?:_at|_time)?|(?:dis)?connect(?:ed|ion)?_(?:at|time|start|end)|connected_since|(?:session|acct|login|logout)_?(?:start|stop|started|stopped|time|start_?time|stop_?time|end)(?:_at)?|started_at|ended_at|online_since)$/;
const VOLUME =
  /^(?:(?:rx|tx|in|out|up|down|upload|download|sent|received|transfer|total|acct_?(?:in|out)put)_?(?:bytes|octets|traffic|transfer|gb)|bytes_(?:in|out|sent|received|rx|tx)|acct(?:in|out)putoctets|traffic|bandwidth|data_used|usage_bytes)$/;
const LOOKUP = /^(?:q_?name|queried_?name|query|domain|hostname|url|destination|dst_?(?:ip|addr|host)|sni)$/;
const MOMENT = /^(?:timestamp|time|ts|date_?time|queried_at|query_time|requested_at|seen_at)$/;
const USER =
  /(?:^|_)(?:user|account|customer|client|device|peer|member|subscriber|username|login)(?:_?(?:id|name|uuid|key))?$/;
const SERVER = /(?:^|_)(?:server|node|host|gateway|region|location|nas)(?:_?(?:id|name|uuid|ip_?address|ip))?$/;
/** Databases of programs whose users are the machine's administrators. */
const FOREIGN =
  /\/(?:grafana|netdata|crowdsec|fail2ban|containerd|docker|containers|snapd|fwupd|PackageKit|letsencrypt|apt|dnf|rpm|mozilla|firefox|chromium|google-chrome|gnome|tracker)(?:[/.-]|$)/i;

interface Meaning {
  what: string;
  columns: string[];
  claims: ClaimId[];
}

/** Columns for what a service that keeps no record has no use for. Names only are looked at: an empty column is a promise to fill it. */
export const storedColumns = check({
  id: 'stored-columns',
  claims: ['CL-04'],
  pass: 'No database on the machine has a column for where users come from, when they were there, what they transferred or what they looked up.',
  why: 'Accounts and sessions are where most services keep what their servers do not.',
  needs: ['storedTables'],
  judge({ storedTables }) {
    const outcome = nothing();
    outcome.open.push(...storedTables.unread);
    for (const table of storedTables.tables) {
      if (FOREIGN.test(table.place)) continue;
      for (const meaning of meaningsOf(table)) outcome.contrary.push(finding(table, meaning));
    }
    return outcome;
  },
});

function meaningsOf({ columns, name }: StoredTable): Meaning[] {
  const known = columns.map((column) => [column, styled(column)] as const);
  const of = (pattern: RegExp): string[] => known.filter(([, one]) => pattern.test(one)).map(([column]) => column);
  const aboutUsers =
    of(USER).length > 0 || USER.test(styled(name.split('.').at(-1)!).replace(/s$/, '')) || SESSION.test(name);
  const [sure, maybe, presence, volume, lookup] = [SOURCE, MAYBE_SOURCE, PRESENCE, VOLUME, LOOKUP].map(of) as [
    string[],
    string[],
    string[],
    string[],
    string[],
  ];
  const source = sure.length > 0 || SESSION.test(name) ? [...sure, ...maybe] : [];
  // Who asked, or when, beside what was asked for: a log, whatever it is called. Rules that users made have no such time.
  const asked =
    lookup.length > 0 && (source.length > 0 || of(MOMENT).length > 0) ? [...lookup, ...source, ...of(MOMENT)] : [];
  const looked: Meaning = { what: 'what is looked up', columns: asked, claims: ['CL-02', 'CL-06'] };
  if (!aboutUsers) return asked.length > 0 ? [looked] : [];
  const meanings: Meaning[] = [
    { what: 'where users come from', columns: source, claims: ['CL-04', 'CL-08', 'CL-17'] },
    {
      what: of(SERVER).length > 0 ? 'which user was on which server when' : 'when users were there',
      columns: [...presence, ...(presence.length > 0 ? of(SERVER) : [])],
      claims: ['CL-04', 'CL-08', 'CL-17'],
    },
    { what: 'what users transferred', columns: volume, claims: ['CL-04', 'CL-17'] },
    looked,
  ];
  return meanings.filter((one) => one.columns.length > 0);
}

const SESSION = /(?:session|login|connection|audit|access|radacct|accounting|history)/i;

const finding = ({ place, name }: StoredTable, { what, columns, claims }: Meaning): Contrary => ({
  title: `The table ${name} has columns for ${what} (${columns.slice(0, 4).join(', ')})`,
  where: place === 'postgresql' ? 'PostgreSQL' : place === 'mariadb' ? 'MariaDB' : place,
  claims,
  mend: 'Drop these columns and what fills them, and remove the backups that hold them.',
});
