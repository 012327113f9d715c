/** Where the agent finds and keeps things. /run is in memory on every engine; nothing else of a server can be written. */

export const PLACES = {
  /** Mode 0700. */
  directory: '/run/lethe/agent',
  pin: '/run/lethe/agent/pin.json',
  /** Exists only while a tool reads it. */
  privateKey: '/run/lethe/agent/key',
  resolverConfig: '/run/lethe/agent/unbound.conf',
  resolverPid: '/run/lethe/agent/unbound.pid',
  wireguardSocket: '/run/wireguard/wg0.sock',
  rootAnchor: '/usr/share/dns/root.key',
  rootHints: '/usr/share/dns/root.hints',
  device: '/dev/virtio-ports/agent',
  socket: '/run/lethe/host/agent.sock',
} as const;
