/** Where the agent finds and keeps things. /run is in memory on every engine; nothing else of a server can be written. */

export const PLACES = {
  /** Mode 0700. */
  directory: '/run/lethe/agent',
  pin: '/run/lethe/agent/pin.json',
  /** Exists only while a tool reads it. */
  privateKey: '/run/lethe/agent/key',
  resolverConfig: '/run/lethe/agent/unbound.conf',
  resolverPid: '/run/lethe/agent/unbound.pid',
  /** The owner's settings that were accepted last, as the owner sealed them. */
  settings: '/run/lethe/agent/settings',
  /** What the filter reads: readable for its user, writable for the agent alone. */
  filterDirectory: '/run/lethe/filter',
  /** Where the filter makes its control socket: the agent's and its group's. */
  filterControl: '/run/lethe/filter-control',
  filterChoices: '/run/lethe/filter/choices.json',
  filterTable: '/run/lethe/filter/table.bin',
  /** When this machine was born or cleaned last, in seconds of its kernel's uptime. */
  forgottenAt: '/run/lethe/agent/forgotten-at',
  wireguardSocket: '/run/wireguard/wg0.sock',
  rootAnchor: '/usr/share/dns/root.key',
  rootHints: '/usr/share/dns/root.hints',
  device: '/dev/virtio-ports/agent',
  socket: '/run/lethe/host/agent.sock',
} as const;
