/** The lab's VPN server: WireGuard, Unbound and a packet filter on Debian, set up by hand and silent. What the corpus spoils. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CanaryPlan, PACES, type Pace } from '@lethe/audit/audit';
import { Lab, run } from '@lethe/testkit';
import { type Canary, openCanary } from '../canary/canary.ts';
import { type Enter, inside, Room } from '../canary/room.ts';

/** Address of somebody else, for entries that send what they record. */
export const COLLECTOR = '192.0.2.9';
/** The server's own address, its gateway, the sink of the audit with the zone it has, and the client's address. */
const SERVER = '192.0.2.1';
const GATEWAY = '192.0.2.254';
const SINK = '198.51.100.53';
const ZONE = 'canary.example';
const CLIENT = '203.0.113.77';
const TUNNEL = { server: '10.99.0.1', client: '10.99.0.2' } as const;

/** Everything runs without systemd, as in a container. */
const SET_UP = `
printf '%s\\n' 'server:' '  verbosity: 0' '  use-syslog: no' '  logfile: ""' '  username: ""' '  chroot: ""' '  directory: "/run"' \
  '  pidfile: "/run/unbound.pid"' '  log-queries: no' '  log-replies: no' '  log-servfail: no' '  log-local-actions: no' '  val-log-level: 0' \
  '  statistics-interval: 0' '  qname-minimisation: yes' '  interface: 10.99.0.1' '  interface: 127.0.0.1' '  access-control: 10.99.0.0/24 allow' \
  'include: "/etc/unbound/unbound.conf.d/*.conf"' \
  'stub-zone:' '  name: "${ZONE}"' '  stub-addr: ${SINK}' \
  'remote-control:' '  control-enable: yes' '  control-use-cert: no' '  control-interface: /run/unbound.ctl' >/etc/unbound/unbound.conf
rm -rf /etc/unbound/unbound.conf.d; mkdir -p /etc/unbound/unbound.conf.d
ip addr add ${SERVER}/24 dev eth0; ip link set eth0 up; ip route add default via ${GATEWAY} dev eth0
mkdir -p /run/wireguard
LOG_LEVEL=silent wireguard-go wg0 >/dev/null 2>&1
wg genkey >/run/wg.key; wg set wg0 listen-port 51820 private-key /run/wg.key peer "$CLIENT_KEY" allowed-ips ${TUNNEL.client}/32
wg pubkey </run/wg.key; rm /run/wg.key
ip addr add 10.99.0.1/24 dev wg0; ip link set wg0 mtu 1420 up
echo 1 >/proc/sys/net/ipv4/ip_forward
nft 'add table inet vpn; add chain inet vpn out { type nat hook postrouting priority srcnat; }; add rule inet vpn out oifname eth0 masquerade'
for f in acct timestamp; do echo 0 >/proc/sys/net/netfilter/nf_conntrack_$f || true; done
echo 7200 >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
`;

/** The internet around the server: its gateway, the collector, the sink's address and the client's. */
const OUTSIDE = `
ip addr add ${GATEWAY}/24 dev wan0; ip addr add ${COLLECTOR}/32 dev wan0; ip link set wan0 up
ip addr add ${SINK}/32 dev lo; ip addr add ${CLIENT}/32 dev lo
ip route replace ${SERVER}/32 dev wan0 src ${CLIENT}
`;

export interface ConnectOptions {
  pace?: Pace;
  signal?: AbortSignal | undefined;
}

export class LabServer implements AsyncDisposable {
  readonly lab: Lab;
  readonly #outside: Room;
  readonly #conf: string;

  private constructor(lab: Lab, outside: Room, conf: string) {
    this.lab = lab;
    this.#outside = outside;
    this.#conf = conf;
  }

  /** A running server, on top of the packages it needs, without what is in the folder `hide`. Throws if it cannot be made; nothing is left then. */
  static async start(layer: string | null, hide?: string): Promise<LabServer> {
    await using made = new AsyncDisposableStack();
    const outside = made.use(await Room.open());
    const lab = made.use(
      await Lab.start({ ...(layer === null ? {} : { layer }), ...(hide === undefined ? {} : { hide }) }),
    );
    await lab.link(outside.pid);
    await inside(outside.enter).exec('sh', ['-ec', OUTSIDE]);
    const secret = (await run('wg', ['genkey'])).stdout.trim();
    const own = (await run('wg', ['pubkey'], { input: `${secret}\n` })).stdout.trim();
    const server = (await lab.sh(`CLIENT_KEY=${own}\n${SET_UP}`)).trim().split('\n').at(-1)!;
    made.move();
    return new LabServer(lab, outside, confOf(secret, server));
  }

  /** For an auditor that is run as a user runs it: the network to be in, the client's configuration, and what the sink is called there. */
  get auditor(): { enter: Enter; conf: string; zone: string; address: string } {
    return { enter: this.#outside.enter, conf: this.#conf, zone: ZONE, address: SINK };
  }

  /** A client of this server, connected, with the sink outside. */
  async connect(script: string | null, { pace = PACES.standard, signal }: ConnectOptions = {}): Promise<Canary> {
    return await openCanary({
      client: { kind: 'wireguard', text: this.#conf },
      zone: ZONE,
      addresses: [SINK],
      internet: this.#outside.enter,
      outer: CLIENT,
      pace,
      target: 'exec',
      ...(signal ? { signal } : {}),
      ...(script === null ? {} : { also: (plan, room) => this.#runTraffic(script, plan, room) }),
    });
  }

  /** Runs a script in the client's network, with the server's files. */
  async #runTraffic(script: string, { words }: CanaryPlan, room: Room): Promise<void> {
    const env = {
      SERVER_TUN: TUNNEL.server,
      SERVER_OUTER: SERVER,
      TOKEN: words.host,
      DEST: SINK,
      BUNDLE: '/srv/client-bundle',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    };
    const args = [`--mount=/proc/${this.lab.pid}/ns/mnt`, `--net=/proc/${room.pid}/ns/net`, '--', 'sh', '-c', script];
    await run('nsenter', args, { env, timeoutMs: 15_000, mayFail: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
    await this.#outside[Symbol.asyncDispose]();
  }
}

const confOf = (secret: string, server: string): string => `[Interface]
PrivateKey = ${secret}
Address = ${TUNNEL.client}/32
DNS = ${TUNNEL.server}
[Peer]
PublicKey = ${server}
AllowedIPs = 0.0.0.0/0
Endpoint = ${SERVER}:51820
`;

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
        await using lab = await Lab.start({ saves: true });
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
