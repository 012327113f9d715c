/**
 * An OpenVPN client of the auditor. Its configuration comes from whoever runs the server under audit, and OpenVPN obeys it as root: so only
 * what a client needs is let through, and nothing that runs a program, loads a library or writes a file.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core/errors';
import { requireTools } from '@lethe/testkit';
import type { Seat, TunnelClient } from './client.ts';
import { bound } from './room.ts';

/** Directives of a client's file, openvpn(8). What is not here is refused by name. */
const ALLOWED = new Set(
  `client dev dev-type proto remote remote-random remote-random-hostname resolv-retry nobind port lport rport float
persist-key persist-tun remote-cert-tls remote-cert-eku remote-cert-ku verify-x509-name x509-username-field peer-fingerprint
cipher data-ciphers data-ciphers-fallback ncp-ciphers auth auth-nocache auth-retry tls-client tls-version-min tls-version-max
tls-cipher tls-ciphersuites tls-groups tls-timeout tls-cert-profile key-direction reneg-sec reneg-bytes hand-window replay-window
comp-lzo compress allow-compression verb mute mute-replay-warnings explicit-exit-notify redirect-gateway route route-metric
route-delay route-gateway route-ipv6 ifconfig ifconfig-ipv6 topology tun-ipv6 pull pull-filter push-peer-info connect-retry
connect-retry-max connect-timeout server-poll-timeout ping ping-restart ping-exit keepalive inactive tun-mtu tun-mtu-max mssfix
fragment link-mtu mtu-disc sndbuf rcvbuf fast-io txqueuelen block-outside-dns block-ipv6 setenv-safe dhcp-option
ignore-unknown-option`.split(/\s+/),
);
/** Keys and certificates, which have to be in the file itself. */
const INLINE = new Set([
  'ca',
  'cert',
  'key',
  'tls-auth',
  'tls-crypt',
  'tls-crypt-v2',
  'pkcs12',
  'extra-certs',
  'connection',
]);
const LIMIT_MS = 30_000;

/** OpenVPN reads a longer line as two. */
const LONGEST = 255;

/**
 * The configuration as it is run. Throws `bad_request` for anything a client does not need, naming it. Where OpenVPN and this reader could
 * differ in where a block ends, the file is refused: what one takes for a key the other must not take for a directive.
 */
export function checkedOpenvpn(text: string): string {
  let block: string | null = null;
  const checked = text.replace(/^\uFEFF/, '');
  for (const line of checked.split(/\r?\n/)) {
    if (Buffer.byteLength(line) > LONGEST) refuse('a line of more than 255 letters');
    if (block !== null && line === `</${block}>`) block = null;
    else if (block !== null && block !== 'connection') {
      if (line.includes('<')) refuse(line);
    } else if (/^<[\w-]+>$/.test(line) && block === null) block = inline(line.slice(1, -1));
    else {
      const directive = /^\s*(?:--)?([^\s#;]+)/.exec(line)?.[1];
      if (directive !== undefined && !ALLOWED.has(directive)) refuse(directive);
    }
  }
  return checked;
}

function inline(name: string): string {
  return INLINE.has(name) ? name : refuse(`<${name}>`);
}

function refuse(what: string): never {
  throw new LetheError(
    'bad_request',
    `The client’s configuration has “${what.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)}”, which no client of an audit needs: keys belong into the file, and nothing in it may run, load or write anything. Nothing was examined.`,
  );
}

/**
 * The script that OpenVPN runs when the tunnel is up: moves the interface into the room and gives it what the server said. The words it
 * takes from the environment come from the server, so each is used whole.
 */
const UP = `#!/bin/sh
set -e
ip link set "$dev" netns "$ROOM"
room() { nsenter -t "$ROOM" -n -- "$@"; }
room ip link set "$dev" mtu "\${tun_mtu:-1500}" up
if [ -n "$ifconfig_netmask" ]; then room ip address add "$ifconfig_local/$ifconfig_netmask" dev "$dev"
elif [ -n "$ifconfig_local" ]; then room ip address add "$ifconfig_local" peer "$ifconfig_remote" dev "$dev"; fi
if [ -n "$ifconfig_ipv6_local" ]; then room ip address add "$ifconfig_ipv6_local/$ifconfig_ipv6_netbits" dev "$dev" nodad; room ip -6 route add default dev "$dev"; fi
room ip route add default dev "$dev"
{ printf 'inner %s\\ninner %s\\n' "$ifconfig_local" "$ifconfig_ipv6_local"; env | sed -n 's/^foreign_option_[0-9]*=dhcp-option DNS6\\{0,1\\} /dns /p'; } >"$SAID.part"
mv "$SAID.part" "$SAID"
`;

/** Connects. Throws `missing_tool`, `bad_request` or `unreachable` with OpenVPN's last word; nothing is left then. */
export async function connectOpenvpn(text: string, { room, internet }: Seat): Promise<TunnelClient> {
  const conf = checkedOpenvpn(text);
  requireTools('openvpn');
  const directory = mkdtempSync(join(tmpdir(), 'lethe-openvpn-'));
  const files = { up: join(directory, 'up'), said: join(directory, 'said') };
  writeFileSync(files.up, UP);
  chmodSync(files.up, 0o700);
  const child = start(internet, room.pid, files, conf);
  const end = async (): Promise<void> => {
    await stop(child.process);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const deadline = Date.now() + LIMIT_MS;
    while (!existsSync(files.said)) {
      if (child.process.exitCode !== null || child.process.signalCode !== null || Date.now() > deadline)
        throw failed(child.said());
      await sleep(50);
    }
    const told = readFileSync(files.said, 'utf8').trim().split('\n');
    const addresses = (key: string): string[] =>
      told
        .flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []))
        .filter((word) => isIP(word) > 0);
    return {
      resolvers: addresses('dns'),
      identity: (outer) =>
        Promise.resolve({
          outer: outer === null ? null : { address: outer, port: 0 },
          inner: addresses('inner'),
          publicKey: null,
        }),
      pids: () => [child.process.pid!],
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function start(
  internet: readonly string[],
  roomPid: number,
  { up, said }: { up: string; said: string },
  conf: string,
): { process: ChildProcess; said: () => string } {
  const device = `lethe${randomBytes(3).toString('hex')}`;
  const options = [
    '--dev',
    device,
    '--dev-type',
    'tun',
    '--ifconfig-noexec',
    '--route-noexec',
    '--script-security',
    '2',
  ];
  const [first, ...rest] = bound([
    ...internet,
    'openvpn',
    '--config',
    'stdin', // the key is in it: no file, whatever happens to this process
    ...options,
    '--setenv',
    'ROOM',
    String(roomPid),
    '--setenv',
    'SAID',
    said,
    '--up',
    up,
    '--verb',
    '3',
  ]);
  const child = spawn(first!, rest, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => {});
  child.stdin.end(conf);
  let last = '';
  const keep = (chunk: Buffer): void => {
    last = (last + chunk.toString('utf8')).slice(-2000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', () => {});
  return { process: child, said: () => last };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((done) => child.once('close', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await closed;
  clearTimeout(timer);
}

const failed = (said: string): LetheError => {
  const word =
    said
      .trim()
      .split('\n')
      .findLast((line) => !line.endsWith('Exiting due to fatal error'))
      ?.replace(/\[AF_INET6?\]\S+|\d{1,3}(?:\.\d{1,3}){3}/g, 'an address')
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 200) ?? '';
  return new LetheError(
    'unreachable',
    `The OpenVPN client did not connect${word ? ` (${word})` : ''}. Nothing was examined.`,
  );
};
