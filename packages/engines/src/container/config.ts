/**
 * What a container may see, do and use: its whole OCI configuration from a few facts.
 *
 * The root is the image's tree as it lies on the host, shared by all servers and owned by the host's root. That user is
 * not mapped into the container, so to the container's root these are somebody else's files, and the mount is read-only
 * beside.
 */

import { existsSync } from 'node:fs';
import type { OciConfig, OciMount } from './oci.ts';
import { seccompProfile } from './seccomp.ts';
import { UID_RANGE } from './uid-range.ts';

export interface ContainerFacts {
  rootDir: string;
  /** Host directory that holds the channel's socket. */
  channelDir: string;
  /** First host uid and gid of the server's range. */
  uidBase: number;
  /** Path below the root of each cgroup hierarchy, with a leading slash. */
  cgroup: string;
  memoryMb: number;
  pids: number;
  /** True if the kernel can limit swap per cgroup; then the server gets none. */
  swapLimit: boolean;
  /** Device node to show as /dev/net/tun, which a WireGuard outside of the kernel needs; null if there is none. */
  tun: string | null;
}

/** Where the channel's directory appears inside. */
export const CHANNEL_MOUNT = '/run/lethe/host';

/** All a server's root may ever do beyond an ordinary user, inside its own namespaces. */
const CAPABILITIES = [
  'CAP_NET_ADMIN', // interfaces, routes, nftables, WireGuard, ip_forward
  'CAP_CHOWN', // the filter's control socket lies in a directory of the filter's group
  'CAP_SETUID', // the resolver becomes a user of its own
  'CAP_SETGID', // and drops root's groups
  'CAP_KILL', // init and agent end it, although it is another user
] as const;

/** Parts of /proc that tell about the host or are old sources of leaks; empty inside. */
const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmsg',
  '/proc/config.gz',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
];

/**
 * Read-only inside. /proc/sys/net is not here: the server sets ip_forward and its like in its own network namespace.
 */
const READ_ONLY = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sysrq-trigger',
  '/proc/sys/abi',
  '/proc/sys/debug',
  '/proc/sys/dev',
  '/proc/sys/fs',
  '/proc/sys/kernel',
  '/proc/sys/user',
  '/proc/sys/vm',
];

const tmpfs = (destination: string, megabytes: number): OciMount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['nosuid', 'nodev', 'noexec', 'mode=0755', `size=${megabytes}m`],
});

const bind = (destination: string, source: string, ...options: string[]): OciMount => ({
  destination,
  type: 'bind',
  source,
  options: ['bind', ...options],
});

function mounts(facts: ContainerFacts): OciMount[] {
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'mode=0755', 'size=64k'] },
    ...(facts.tun ? [bind('/dev/net/tun', facts.tun, 'nosuid', 'noexec')] : []),
    tmpfs('/run', 16),
    { ...tmpfs('/tmp', 16), options: ['nosuid', 'nodev', 'noexec', 'mode=1777', 'size=16m'] },
    // Read-only: the server may connect to the socket in it, and can neither replace it nor fill the host's memory with
    // files.
    bind(CHANNEL_MOUNT, facts.channelDir, 'ro', 'nosuid', 'nodev', 'noexec'),
  ];
}

/** The configuration of one container. Sizes in `facts` are MiB. */
export function containerConfig(facts: ContainerFacts): OciConfig {
  const mapping = [{ containerID: 0, hostID: facts.uidBase, size: UID_RANGE.size }];
  const memory = facts.memoryMb * 1024 * 1024;
  return {
    ociVersion: '1.0.2',
    hostname: 'lethe',
    root: { path: facts.rootDir, readonly: true },
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/sbin/lethe-init'],
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LETHE_ENGINE=container'],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: {
        bounding: CAPABILITIES,
        effective: CAPABILITIES,
        permitted: CAPABILITIES,
        inheritable: [],
        ambient: [],
      },
      rlimits: [
        // 1 and not 0: a host that pipes core dumps to a program ignores a limit of 0 and honours 1 (core(5),
        // kernel/coredump). Both mean no core file.
        { type: 'RLIMIT_CORE', soft: 1, hard: 1 },
        { type: 'RLIMIT_NOFILE', soft: 8192, hard: 8192 },
      ],
    },
    mounts: mounts(facts),
    linux: {
      namespaces: [
        { type: 'user' },
        { type: 'pid' },
        // Without a path: a namespace made beforehand would belong to the host's user namespace, where the container's
        // NET_ADMIN means nothing.
        { type: 'network' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        ...(existsSync('/proc/self/ns/cgroup') ? [{ type: 'cgroup' } as const] : []),
      ],
      uidMappings: mapping,
      gidMappings: mapping,
      cgroupsPath: facts.cgroup,
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', major: 10, minor: 200, access: 'rw' },
        ],
        // `swap` is memory and swap together.
        memory: { limit: memory, ...(facts.swapLimit ? { swap: memory } : {}) },
        pids: { limit: facts.pids },
      },
      rootfsPropagation: 'private',
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
      seccomp: seccompProfile(),
    },
  };
}
