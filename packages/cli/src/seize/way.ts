/**
 * A drill's own small internet on the machine of the server: a network that holds the addresses its devices dial from and a web end they
 * talk to, behind one link to the machine. Documentation prefixes only (RFC 5737, RFC 3849): nothing of it can leave the machine, and
 * whoever meets one of the addresses later knows whose it was. It ends with this process, however that ends.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import { Device, run } from '@lethe/testkit';
import { inside, Room } from '../canary/room.ts';
import { Talk } from '../canary/talk.ts';
import type { DrillPlaces, Family } from './markers.ts';
import type { DrillDevice } from './traffic.ts';

const SINK = fileURLToPath(import.meta.resolve('@lethe/audit/sink/sink-main'));

/** The first that nobody on this machine uses. The machine's end of the link is the first address; what is marked lies in the second quarter. */
const DOCUMENTATION = ['192.0.2.', '198.51.100.', '203.0.113.'] as const;
const FIRST_BEHIND = 65;
const LAST_BEHIND = 126;

interface Addresses {
  family: Family;
  host: string;
  far: string;
  /** Length of the link's prefix. */
  length: number;
  /** Prefix of what lies behind the far end. */
  behind: string;
  client: string;
  web: string;
}

export class DrillWay implements AsyncDisposable {
  readonly places: DrillPlaces;
  readonly #families: readonly Addresses[];
  readonly #beyond: Room;
  readonly #opened: AsyncDisposableStack;

  private constructor(
    families: readonly Addresses[],
    { places, beyond, opened }: { places: DrillPlaces; beyond: Room; opened: AsyncDisposableStack },
  ) {
    this.#families = families;
    this.places = places;
    this.#beyond = beyond;
    this.#opened = opened;
  }

  /** Throws `bad_request` if all such addresses are in use on this machine, `not_root`, or what failed; nothing is left then. */
  static async open(zone: string): Promise<DrillWay> {
    const families = addresses(await unusedPrefix());
    await using opened = new AsyncDisposableStack();
    const beyond = opened.use(await Room.open());
    const link = `drill${randomBytes(3).toString('hex')}`;
    // It goes with the room, but not at once.
    opened.defer(async () => void (await run('ip', ['link', 'delete', link], { mayFail: true })));
    await run('sh', ['-s'], { input: roads(link, beyond, families) });
    const web = families.map((one) => one.web);
    const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
    const sink = opened.use(new Talk([...beyond.enter, ...node, SINK, 'drill.invalid', ...web], 'The drill’s web end'));
    const { ports } = await sink.next<{ ports: { tls: number; udp: number } }>();
    const clients = families.map(({ family, client }) => ({ family, address: client }));
    const places = { clients, web, tlsPort: ports.tls, echoPort: ports.udp, zone };
    return new DrillWay(families, { places, beyond, opened: opened.move() });
  }

  /**
   * Connects a device by its .conf, from the drill's address of this family, to a port of this machine: whatever the machine is called
   * outside, and whatever translates addresses before it.
   */
  async connect(family: Family, conf: string, port: number): Promise<DrillDevice> {
    const { host } = this.#families.find((one) => one.family === family)!;
    const endpoint = family === 'ipv6' ? `[${host}]:${port}` : `${host}:${port}`;
    await using opened = new AsyncDisposableStack();
    const room = opened.use(await Room.open());
    const seat = inside(room.enter);
    const device = opened.use(
      await Device.connect(conf.replace(/^(\s*Endpoint\s*=).*$/im, `$1 ${endpoint}`), {
        ...seat,
        interface: `drill${randomBytes(3).toString('hex')}`,
        outside: { ...inside(this.#beyond.enter), network: String(room.pid) },
      }),
    );
    const stack = opened.move();
    return { device, exec: seat.exec, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** Two drills at once would answer for each other, and a machine that has the addresses for something else would lose them. */
async function unusedPrefix(): Promise<string> {
  for (const prefix of DOCUMENTATION) {
    const { stdout } = await run('ip', ['-j', '-4', 'route', 'show', 'root', `${prefix}0/24`]);
    if ((JSON.parse(stdout || '[]') as unknown[]).length === 0) return prefix;
  }
  throw new LetheError(
    'bad_request',
    `This machine has routes in all of ${DOCUMENTATION.map((prefix) => `${prefix}0/24`).join(', ')}, of which the drill needs one for itself: other drills may be running. Nothing was searched.`,
  );
}

function addresses(four: string): Addresses[] {
  const client = randomInt(FIRST_BEHIND, LAST_BEHIND);
  const word = (): string => randomInt(0x1000, 0x10000).toString(16);
  const prefix = `2001:db8:${word()}`;
  const all: Addresses[] = [
    {
      family: 'ipv4',
      host: `${four}1`,
      far: `${four}2`,
      length: 30,
      behind: `${four}64/26`,
      client: `${four}${client}`,
      web: `${four}${client + 1}`,
    },
  ];
  // A machine whose kernel has no IPv6 has no server that has it.
  if (existsSync('/proc/net/if_inet6'))
    all.push({
      family: 'ipv6',
      host: `${prefix}:1::1`,
      far: `${prefix}:1::2`,
      length: 64,
      behind: `${prefix}:2::/64`,
      client: `${prefix}:2::${word()}`,
      web: `${prefix}:2::${word()}:${word()}`,
    });
  return all;
}

/** The link, with the marked addresses behind its far end; what is dialled comes from the client's address. */
function roads(link: string, beyond: Room, families: readonly Addresses[]): string {
  const far = ['nsenter', '-t', String(beyond.pid), '-n', 'ip'].join(' ');
  return [
    'set -e',
    `ip link add ${link} type veth peer name eth0 netns ${beyond.pid}`,
    `ip link set ${link} up`,
    // What asks for the machine's address says its own end's, or the machine would keep the client's among its neighbours.
    `nsenter -t ${beyond.pid} -n sh -c 'echo 2 > /proc/sys/net/ipv4/conf/eth0/arp_announce'`,
    `${far} link set eth0 up`,
    ...families.flatMap((one) => [
      `ip address add ${one.host}/${one.length} dev ${link}${nodad(one.host)}`,
      `${far} address add ${one.far}/${one.length} dev eth0${nodad(one.far)}`,
      ...[one.client, one.web].map(
        (address) => `${far} address add ${address}/${one.family === 'ipv6' ? 128 : 32} dev lo${nodad(address)}`,
      ),
      `ip ${flag(one)}route add ${one.behind} via ${one.far} dev ${link}`,
      `${far} ${flag(one)}route replace ${one.host} dev eth0 src ${one.client}`,
    ]),
  ].join('\n');
}

const flag = ({ family }: Addresses): string => (family === 'ipv6' ? '-6 ' : '');
const nodad = (address: string): string => (address.includes(':') ? ' nodad' : '');
