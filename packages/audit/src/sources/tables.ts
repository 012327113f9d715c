/** Tables of the host's kernel in which traces of a connection may lie, and its swap. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fromBuffer, type Hunter } from '../hunt/hunter.ts';
import { merge, reason, type Searched } from './searched.ts';

/** Runs a command where the host's network is; `exec` rejects if it fails. */
export type Exec = (command: string, args: readonly string[]) => Promise<string>;

const own = promisify(execFile);
export const execHere: Exec = async (command, args) =>
  (await own(command, [...args], { maxBuffer: 64 << 20, encoding: 'latin1' })).stdout;

/** Tables of a host in which traces of a connection may lie, and the command that prints each. */
const TABLES: readonly [string, string, readonly string[]][] = [
  ['conntrack', 'conntrack', ['-L']],
  ['conntrack ipv6', 'conntrack', ['-L', '-f', 'ipv6']],
  ['conntrack expectations', 'conntrack', ['-L', 'expect']],
  ['neighbours', 'ip', ['neighbour', 'show', 'nud', 'all']],
  ['route cache ipv4', 'ip', ['route', 'show', 'cache']],
  ['route cache ipv6', 'ip', ['-6', 'route', 'show', 'cache']],
  ['tcp metrics', 'ip', ['tcp_metrics', 'show']],
  ['firewall', 'nft', ['list', 'ruleset']],
  ['sockets', 'ss', ['-anp']],
  ['kernel messages', 'dmesg', []],
  // Counters by interface come and go with it, and hold nothing but numbers.
  ['network files', 'sh', ['-c', 'find /proc/self/net/ -path "*/dev_snmp6/*" -o -type f -exec cat {} +']],
];

export async function searchTables(hunter: Hunter, exec: Exec = execHere): Promise<Searched> {
  const parts: Searched[] = [];
  for (const [name, command, args] of TABLES) {
    const source = `table ${name}`;
    try {
      const text = Buffer.from(await exec(command, args), 'latin1');
      parts.push({
        found: [{ source, holder: source, area: '', hits: hunter.search(fromBuffer(text)), bytes: text.length }],
        unread: [],
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      parts.push({ found: [], unread: [`${source}: ${typeof code === 'string' ? code : 'the command failed'}`] });
    }
  }
  return merge([...parts, searchSwap()]);
}

/** Swap devices cannot be searched by name of an owner: present ones are said to be unread. */
function searchSwap(): Searched {
  try {
    const devices = readFileSync('/proc/swaps', 'utf8').trim().split('\n').slice(1);
    return { found: [], unread: devices.map((line) => `swap ${line.split(/\s/)[0]}: present, not searched`) };
  } catch (error) {
    return { found: [], unread: [`swap: ${reason(error)}`] };
  }
}
