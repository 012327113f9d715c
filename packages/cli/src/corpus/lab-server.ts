/** The lab's VPN server: WireGuard, Unbound and a packet filter on Debian, set up by hand and silent. What the corpus spoils. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '@lethe/testkit';

/** Address of somebody else, for entries that send what they record. */
export const COLLECTOR = '192.0.2.9';

/** Everything runs without systemd, as in a container. */
const SET_UP = `
printf '%s\\n' 'server:' '  verbosity: 0' '  use-syslog: no' '  logfile: ""' '  username: ""' '  chroot: ""' '  directory: "/run"' \
  '  pidfile: "/run/unbound.pid"' '  log-queries: no' '  log-replies: no' '  log-servfail: no' '  log-local-actions: no' '  val-log-level: 0' \
  '  statistics-interval: 0' '  qname-minimisation: yes' '  interface: 10.99.0.1' '  interface: 127.0.0.1' '  access-control: 10.99.0.0/24 allow' \
  'include: "/etc/unbound/unbound.conf.d/*.conf"' \
  'remote-control:' '  control-enable: yes' '  control-use-cert: no' '  control-interface: /run/unbound.ctl' >/etc/unbound/unbound.conf
rm -rf /etc/unbound/unbound.conf.d; mkdir -p /etc/unbound/unbound.conf.d
ip link add eth0 type veth peer name wan0
ip addr add 192.0.2.1/24 dev eth0; ip addr add ${COLLECTOR}/32 dev wan0
ip link set eth0 up; ip link set wan0 up; ip route add default via 192.0.2.254 dev eth0
mkdir -p /run/wireguard
LOG_LEVEL=silent wireguard-go wg0 >/dev/null 2>&1
wg genkey >/run/wg.key; wg set wg0 listen-port 51820 private-key /run/wg.key peer "$(wg genkey | wg pubkey)" allowed-ips 10.99.0.2/32
rm /run/wg.key
ip addr add 10.99.0.1/24 dev wg0; ip link set wg0 mtu 1420 up
echo 1 >/proc/sys/net/ipv4/ip_forward
nft 'add table inet vpn; add chain inet vpn out { type nat hook postrouting priority srcnat; }; add rule inet vpn out oifname eth0 masquerade'
for f in acct timestamp; do echo 0 >/proc/sys/net/netfilter/nf_conntrack_$f || true; done
echo 7200 >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
`;

/** A running server, on top of the packages it needs. Throws if it cannot be made. */
export async function startLabServer(layer: string | null): Promise<Lab> {
  const lab = await Lab.start(layer === null ? {} : { layer });
  try {
    await lab.sh(SET_UP);
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Packages installed once and kept as archives, by what this machine's package list says today. Entries with the same needs share one. */
export class Layers {
  readonly #directory: string;
  readonly #making = new Map<string, Promise<string>>();
  /** apt takes one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Path of the archive; null for no needs. Throws with apt's words if the packages cannot be had. */
  of(needs: readonly string[]): Promise<string | null> {
    if (needs.length === 0) return Promise.resolve(null);
    const installed = readFileSync('/var/lib/dpkg/status');
    const key = createHash('sha256')
      .update(`${[...needs].toSorted().join(' ')}\n`)
      .update(installed)
      .digest('hex')
      .slice(0, 32);
    const file = join(this.#directory, `${key}.tar`);
    const made = this.#making.get(key) ?? this.#make(file, needs);
    this.#making.set(key, made);
    return made;
  }

  #make(file: string, needs: readonly string[]): Promise<string> {
    const make = async (): Promise<string> => {
      if (existsSync(file)) return file;
      const part = `${file}.${process.pid}.part`;
      try {
        await using lab = await Lab.start();
        await lab.install(needs);
        await lab.saveLayer(part);
        renameSync(part, file);
        return file;
      } finally {
        rmSync(part, { force: true });
      }
    };
    const turn = this.#turn.then(make, make);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
