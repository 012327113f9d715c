/**
 * Forwarding between interfaces, which the kernel has off by default, and how long it remembers an idle connection, which is five days by
 * default: hours are the bound of the inventory (CL-04). What was there before is written down first, in memory-backed
 * storage that a reboot clears together with the settings themselves, and is put back at the end; a run that was killed leaves the
 * note to the next one.
 *
 * With forwarding on, Linux stops listening to router advertisements on interfaces with accept_ra=1: a host that gets its IPv6 route
 * from them would lose it. Such interfaces get accept_ra=2 first.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from '../run.ts';
import { hasIpv6 } from './ipv6.ts';
import { interfacePrefix, tableName } from './names.ts';

const SYSCTL = '/proc/sys/net/';

/** RFC 5382, REQ-5: a translator keeps an idle connection for 2 hours and 4 minutes at least. */
const CONNECTIONS = 'netfilter/nf_conntrack_tcp_timeout_established';
const CONNECTIONS_S = 7440;
/** The kernel's default, which holds where the setting appears only with the first rule. */
const CONNECTIONS_DEFAULT_S = 432_000;

/** Path under /proc/sys/net and the value before, in the order in which to put them back. */
type Before = [path: string, value: string][];

const read = (path: string): string => readFileSync(SYSCTL + path, 'utf8').trim();
const write = (path: string, value: string): void => writeFileSync(SYSCTL + path, value);

/** For each family the interfaces whose packets this machine forwarded before, or null for every interface. */
export interface ForwardedBefore {
  ipv4: string[] | null;
  ipv6: string[] | null;
}

/** Writes down how forwarding was, in the file `note`, unless an earlier run has: before `enableForwarding`. */
export function noteForwarding(note: string, instance: string): ForwardedBefore {
  const before = readNote(note) ?? valuesBefore(instance);
  writeNote(note, before);
  const values = new Map(before);
  const single = before.flatMap(([path, value]) => {
    const name = value === '1' ? /^ipv4\/conf\/([\w.@-]{1,15})\/forwarding$/.exec(path)?.[1] : undefined;
    return name === undefined || name === 'default' ? [] : [name];
  });
  return {
    ipv4: values.get('ipv4/ip_forward') === '0' ? single : null,
    // The kernel forwards IPv6 only if it does so for all.
    ipv6: values.get('ipv6/conf/all/forwarding') === '0' ? [] : null,
  };
}

/** Turns forwarding on for both families, and bounds what the kernel remembers of idle connections. Call it after the rules are loaded. */
export function enableForwarding(instance: string): void {
  if (hasIpv6()) {
    for (const name of interfaceNames('ipv6', instance)) {
      if (read(`ipv6/conf/${name}/accept_ra`) === '1') write(`ipv6/conf/${name}/accept_ra`, '2');
    }
    if (read('ipv6/conf/all/forwarding') !== '1') write('ipv6/conf/all/forwarding', '1');
  }
  if (read('ipv4/ip_forward') !== '1') write('ipv4/ip_forward', '1');
  // Only ever lower, as the machine's owner may have done already. It is there since the rules were loaded, which come before.
  if (existsSync(SYSCTL + CONNECTIONS) && Number(read(CONNECTIONS)) > CONNECTIONS_S)
    write(CONNECTIONS, String(CONNECTIONS_S));
}

/** Puts back what was there before, unless another instance on this machine still needs it. */
export async function restoreForwarding(note: string, instance: string): Promise<void> {
  const before = readNote(note) ?? [];
  if (!(await otherInstanceRuns(instance))) {
    for (const [path, value] of before) {
      try {
        if (read(path) !== value) write(path, value);
      } catch {
        // The interface is gone, and its settings with it.
      }
    }
  }
  rmSync(note, { force: true });
}

function valuesBefore(instance: string): Before {
  // The settings for all interfaces first: writing them sets each interface's own, which come after.
  const paths = ['ipv4/ip_forward', ...interfaceNames('ipv4', instance).map((name) => `ipv4/conf/${name}/forwarding`)];
  if (hasIpv6()) {
    paths.push('ipv6/conf/all/forwarding');
    for (const name of interfaceNames('ipv6', instance)) {
      paths.push(`ipv6/conf/${name}/forwarding`, `ipv6/conf/${name}/accept_ra`);
    }
  }
  const connections = existsSync(SYSCTL + CONNECTIONS) ? read(CONNECTIONS) : String(CONNECTIONS_DEFAULT_S);
  return [[CONNECTIONS, connections], ...paths.map((path): [string, string] => [path, read(path)])];
}

/** Interfaces that are not ours, with `default`, whose values new interfaces get. */
const interfaceNames = (family: 'ipv4' | 'ipv6', instance: string): string[] =>
  readdirSync(`${SYSCTL}${family}/conf`).filter(
    (name) => name !== 'all' && !name.startsWith(interfacePrefix(instance)),
  );

function readNote(note: string): Before | null {
  try {
    return JSON.parse(readFileSync(note, 'utf8')) as Before;
  } catch {
    return null;
  }
}

function writeNote(note: string, before: Before): void {
  mkdirSync(dirname(note), { recursive: true, mode: 0o700 });
  writeFileSync(`${note}.new`, JSON.stringify(before), { mode: 0o600 });
  renameSync(`${note}.new`, note);
}

async function otherInstanceRuns(instance: string): Promise<boolean> {
  const tables = (await run('nft', ['list', 'tables'])).matchAll(/^table inet (lethe_[0-9a-f]{6})$/gm);
  return [...tables].some(([, name]) => name !== tableName(instance));
}
