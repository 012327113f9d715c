/** Builds namespaces, links, addresses and routes of the plan. */

import { LetheError } from '@lethe/core';
import { run } from './command.ts';
import {
  BLACK_HOLE,
  CLIENT_NETWORKS,
  clientPlace,
  IPV4_LENGTH,
  IPV6_LENGTH,
  MAX_CLIENTS,
  PLACES,
  type Place,
  rootAddresses,
} from './plan.ts';
import { namespaceName } from './runs.ts';

export interface ClientSpec {
  name: string;
  /** Which families its uplink has. */
  ipv4: boolean;
  ipv6: boolean;
}

/** Makes everything with one shell, because each process costs more than the work it does. Resolves to the clients' places. */
export async function buildNetwork(id: string, clients: readonly ClientSpec[]): Promise<Map<string, Place>> {
  if (clients.length > MAX_CLIENTS)
    throw new LetheError('bad_request', `The test internet has at most ${MAX_CLIENTS} clients.`);
  for (const { name } of clients) {
    if (!/^[a-z][a-z0-9]{0,7}$/.test(name) || name in PLACES || name === 'inet') {
      throw new LetheError('bad_request', 'The name of a client is taken, too long or not of letters and digits.');
    }
  }
  const places = new Map(clients.map((client, index) => [client.name, clientPlace(client.name, index)]));
  const script = [
    'set -e',
    ...['inet', ...Object.keys(PLACES), ...clients.map((client) => client.name)].map((name) => namespace(id, name)),
    ...Object.values(PLACES).map((place) => link(id, 'inet', place, IPV4_LENGTH, { ipv4: true, ipv6: true })),
    ...clients.map((client) => link(id, 'isp', places.get(client.name)!, 30, client)),
    roads(id),
  ];
  await run('sh', ['-s'], { input: script.join('\n') });
  return places;
}

/** A namespace with loopback up, no duplicate address detection (nobody else is there) and forwarding where it is a router. */
function namespace(id: string, name: string): string {
  const full = namespaceName(id, name);
  const forwarding = name === 'inet' || name === 'isp' ? 1 : 0;
  const settings = [
    ['ipv6/conf/all/accept_dad', 0],
    ['ipv6/conf/default/accept_dad', 0],
    ['ipv6/conf/default/accept_ra', 0],
    ['ipv4/ip_forward', forwarding],
    ['ipv6/conf/all/forwarding', forwarding],
    ['ipv6/conf/default/forwarding', forwarding],
  ] as const;
  const writes = settings.map(([path, value]) => `echo ${value} > /proc/sys/net/${path}`).join('; ');
  return `ip netns add ${full}\nnsenter --net=/run/netns/${full} sh -ec '${writes}; ip link set lo up'`;
}

/** One link from a router to a place, whose end is called eth0 and leads everywhere. */
function link(
  id: string,
  router: string,
  place: Place,
  ipv4Length: number,
  families: { ipv4: boolean; ipv6: boolean },
): string {
  const near = `ip -n ${namespaceName(id, router)}`;
  const far = `ip -n ${namespaceName(id, place.name)}`;
  const lines = [
    `${near} link add ${place.name} type veth peer name eth0 netns ${namespaceName(id, place.name)}`,
    `${near} link set ${place.name} up`,
    `${far} link set eth0 up`,
  ];
  if (families.ipv4) {
    lines.push(`${near} address add ${place.ipv4Gateway}/${ipv4Length} dev ${place.name}`);
    lines.push(
      `${far} address add ${place.ipv4}/${ipv4Length} dev eth0`,
      `${far} route add default via ${place.ipv4Gateway}`,
    );
  }
  if (families.ipv6) {
    lines.push(`${near} address add ${place.ipv6Gateway}/${IPV6_LENGTH} dev ${place.name} nodad`);
    lines.push(`${far} address add ${place.ipv6}/${IPV6_LENGTH} dev eth0 nodad`);
    lines.push(`${far} -6 route add default via ${place.ipv6Gateway}`);
  }
  return lines.join('\n');
}

/** Routes to the clients' networks and to the root's addresses, and into the black hole. */
function roads(id: string): string {
  const inet = `ip -n ${namespaceName(id, 'inet')}`;
  const root = `ip -n ${namespaceName(id, 'root')}`;
  const { ipv4, ipv6 } = rootAddresses();
  return [
    `${inet} route add ${CLIENT_NETWORKS.ipv4} via ${PLACES.isp.ipv4}`,
    `${inet} -6 route add ${CLIENT_NETWORKS.ipv6} via ${PLACES.isp.ipv6}`,
    `${inet} route add blackhole ${BLACK_HOLE.ipv4}`,
    `${inet} -6 route add blackhole ${BLACK_HOLE.ipv6}`,
    ...ipv4.flatMap((address) => [
      `${root} address add ${address}/32 dev lo`,
      `${inet} route add ${address} via ${PLACES.root.ipv4}`,
    ]),
    ...ipv6.flatMap((address) => [
      `${root} address add ${address}/128 dev lo nodad`,
      `${inet} -6 route add ${address} via ${PLACES.root.ipv6}`,
    ]),
  ].join('\n');
}
