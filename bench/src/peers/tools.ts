/** Other tools that watch over a server, each run by hand at once: its best case. What it says is a set of lines. */

import type { Lab } from '@lethe/testkit';

export interface Peer {
  name: string;
  /** Debian packages. */
  needs: string[];
  /** Done on the clean server: the tool learns what is there. */
  learn: string;
  /** Prints what it has to say, one line each. */
  look: string;
}

/** Files that belong to the configuration or the programs of a server; home-made, as Debian's rules for it take a quarter of an hour. */
const AIDE = `printf '%s\\n' 'database_in=file:/run/aide.db' 'database_out=file:/run/aide.db' 'All=p+i+n+u+g+s+m+c+sha256' '/etc All' '/usr/bin All' '/usr/sbin All' '/usr/local All' '/usr/lib/systemd All' '/var/spool/cron All' '/var/lib All' '!/var/lib/rkhunter' '!/var/lib/lynis' >/run/aide.conf`;

export const PEERS: readonly Peer[] = [
  {
    name: 'aide',
    needs: ['aide'],
    learn: `${AIDE}; aide --config=/run/aide.conf --init >/dev/null 2>&1 || true`,
    look: `aide --config=/run/aide.conf --check 2>/dev/null | grep -E '^[fdlcbp=<>.+-].*: /' || true`,
  },
  {
    name: 'lynis',
    needs: ['lynis'],
    learn: 'true',
    look: `rm -f /var/log/lynis*; lynis audit system --quick --quiet --no-colors >/dev/null 2>&1; grep -hE '^(warning|suggestion|details|vulnerable)' /var/log/lynis-report.dat || true`,
  },
  {
    name: 'debsums',
    needs: ['debsums'],
    learn: 'true',
    look: `debsums --all --changed 2>/dev/null; debsums --config --changed 2>/dev/null; true`,
  },
  {
    name: 'rkhunter',
    needs: ['rkhunter'],
    learn: 'rkhunter --propupd --nocolors >/dev/null 2>&1 || true',
    look: `rkhunter --check --skip-keypress --report-warnings-only --nocolors 2>/dev/null || true`,
  },
];

/** Lines that a tool says now and did not say before. */
export async function news(lab: Lab, peer: Peer, before: ReadonlySet<string>): Promise<string[]> {
  return (await said(lab, peer)).filter((line) => !before.has(line));
}

export const said = async (lab: Lab, { look }: Peer): Promise<string[]> =>
  (await lab.sh(look)).split('\n').filter((line) => line.trim() !== '');
