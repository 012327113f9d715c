/**
 * Changes to a running server that no release explains, twenty kinds of them, each as somebody who broke in would make it: by the server's
 * root, inside its own namespaces. `$N` is another number each time.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type DriftKind, LetheError } from '@lethe/core';

export interface Change {
  id: string;
  /** The word that the alarm must have for it. */
  kind: DriftKind;
  /** Shell commands with the programs of the server's own image, or a Python program in its namespaces. */
  make: string | { python: string };
  undo: string;
}

/** A process of the image that stays, named so that it can be ended. */
const stay = (command: string): string => `(${command}) </dev/null >/dev/null 2>&1 & echo $! >/dev/null`;
const end = (pattern: string): string =>
  `for p in $(busybox ps | busybox grep "${pattern}" | busybox sed "s/^ *//" | busybox cut -d" " -f1); do kill -9 $p; done`;
const listening = (socket: string): { python: string } => ({
  python: `import socket, time\n${socket}\ntime.sleep(60)`,
});
const handle = (word: string): string =>
  `nft delete rule inet lethe forward handle $(nft -a list chain inet lethe forward | busybox sed -n "s/.*${word}.*handle //p")`;

export const CHANGES: readonly Change[] = [
  { id: 'file in /run', kind: 'file', make: 'echo x >/run/x$N', undo: 'rm /run/x$N' },
  { id: 'file in /tmp', kind: 'file', make: 'echo x >/tmp/x$N', undo: 'rm /tmp/x$N' },
  { id: 'process', kind: 'process', make: stay('busybox tail -f /dev/null'), undo: end('[t]ail -f') },
  {
    id: 'TCP listener',
    kind: 'listening_socket',
    make: stay('busybox nc -l -p $((20000 + N % 10000))'),
    undo: end('[n]c -l'),
  },
  {
    id: 'UDP listener',
    kind: 'listening_socket',
    make: listening("s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('0.0.0.0', 20000 + $N % 10000))"),
    undo: '',
  },
  {
    id: 'packet socket',
    kind: 'packet_socket',
    make: listening('s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)'),
    undo: '',
  },
  {
    id: 'raw socket',
    kind: 'raw_socket',
    make: listening('s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 6)'),
    undo: '',
  },
  {
    id: 'follower of connections',
    kind: 'netlink_listener',
    make: listening('s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)\ns.bind((0, 7))'),
    undo: '',
  },
  {
    id: 'rule that logs',
    kind: 'rule_logs',
    make: 'nft insert rule inet lethe forward ip daddr 192.0.2.1 log',
    undo: handle(' log '),
  },
  {
    id: 'rule that counts',
    kind: 'rule_counts',
    make: 'nft insert rule inet lethe forward counter',
    undo: handle('counter'),
  },
  {
    id: 'rule that lets through',
    kind: 'firewall_changed',
    make: 'nft insert rule inet lethe forward ip daddr 192.0.2.7 accept',
    undo: handle('192.0.2.7'),
  },
  {
    id: 'set of addresses',
    kind: 'dynamic_set',
    make: 'nft add set inet lethe s$N "{ type ipv4_addr; flags dynamic; }"',
    undo: 'nft delete set inet lethe s$N',
  },
  { id: 'table', kind: 'foreign_table', make: 'nft add table ip t$N', undo: 'nft delete table ip t$N' },
  {
    id: 'interface',
    kind: 'interface',
    make: 'ip link add a$((N % 1000)) type veth peer name b$((N % 1000))',
    undo: 'ip link delete a$((N % 1000))',
  },
  {
    id: 'route',
    kind: 'route_changed',
    make: 'ip route add 192.0.2.$((N % 250)) via $(ip route show default | busybox cut -d" " -f3)',
    undo: 'ip route delete 192.0.2.$((N % 250))',
  },
  {
    id: 'routing rule',
    kind: 'route_changed',
    make: 'ip rule add from 192.0.2.$((N % 250)) lookup 7',
    undo: 'ip rule delete from 192.0.2.$((N % 250))',
  },
  {
    id: 'setting that counts bytes',
    kind: 'setting_changed',
    make: 'echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct',
    undo: 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct',
  },
  {
    id: 'setting that keeps connections',
    kind: 'setting_changed',
    make: 'echo $((N + 8000)) >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established',
    undo: 'echo 7440 >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established',
  },
  {
    id: 'place to write to',
    kind: 'writable_mount',
    make: 'busybox mount -t tmpfs tmpfs /opt',
    undo: 'busybox umount /opt',
  },
  {
    id: 'file over a program',
    kind: 'mount_changed',
    make: 'busybox mount -o bind,ro /usr/bin/busybox /usr/sbin/conntrack && busybox mount -o remount,bind,ro /usr/sbin/conntrack',
    undo: 'busybox umount /usr/sbin/conntrack',
  },
];

const execute = promisify(execFile);

/** Makes a change in the server of a process; resolves with what takes it back. Throws if it cannot be made. */
export async function makeChange({ id, make, undo }: Change, pid: number, n: number): Promise<() => Promise<void>> {
  if (typeof make === 'object') {
    const program = make.python.replaceAll('$N', String(n));
    const args = ['-t', `${pid}`, '-U', '-n', '-p', 'python3', '-c', program];
    const child = spawn('nsenter', args, { stdio: 'ignore', detached: true });
    await once(child, 'spawn');
    const ended = once(child, 'close');
    return async () => {
      if (child.exitCode !== null) throw new LetheError('internal', `A change could not be made: ${id}.`);
      process.kill(-child.pid!, 'SIGKILL');
      await ended;
    };
  }
  const shell = (script: string) =>
    execute('nsenter', ['-t', `${pid}`, '-U', '-m', '-n', '-p', '-u', '-i', '/bin/sh', '-c', `N=${n}; ${script}`]);
  await shell(make);
  return async () => void (await shell(undo));
}
