/**
 * Where an audit looks. A target is nothing but a way to start a POSIX shell there, reading its script from standard input: nothing is
 * installed, and nothing but /proc and common tools is relied on.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { LetheError } from '@lethe/core';

export type TargetKind = 'local' | 'ssh' | 'exec';

export interface Target {
  kind: TargetKind;
  /** As the auditor named it; shown in the report. */
  name: string;
  /** Starts the shell, as a process group of its own: a Ctrl-C is for the auditor, who then ends it. */
  open(): ChildProcessWithoutNullStreams;
}

/** As little as possible in the way of the server's own work: the lowest priority. Root's shell where that needs no question; else the plain one, whose collectors then say what they could not read. */
const AS_ROOT =
  'if [ "$(id -u)" = 0 ]; then exec nice -n 19 sh; elif sudo -n true 2>/dev/null; then exec sudo -n nice -n 19 sh; else exec nice -n 19 sh; fi';

/**
 * `local`, `ssh://[USER@]HOST[:PORT]` or `exec:COMMAND`, where COMMAND is a prefix that runs a command inside the target
 * (`exec:nsenter -t 4711 -a`). Throws `bad_request`.
 */
export function parseTarget(text: string): Target {
  if (text === 'local') return target('local', text, 'nice', ['-n', '19', 'sh']);
  if (text.startsWith('ssh://')) return target('ssh', text, 'ssh', sshArguments(text));
  const command = /^exec:\s*(\S.*)$/.exec(text)?.[1];
  if (command) return target('exec', text, '/bin/sh', ['-c', `exec ${command} nice -n 19 sh`]);
  throw new LetheError(
    'bad_request',
    'There is no such kind of target. Use local, ssh://user@host or "exec:COMMAND". Nothing was examined.',
  );
}

function sshArguments(text: string): string[] {
  const match = /^ssh:\/\/(?:([\w.][\w.-]*)@)?(\[[0-9a-fA-F:.]+\]|[\w.][\w.-]*)(?::(\d{1,5}))?\/?$/.exec(text);
  if (!match) {
    throw new LetheError(
      'bad_request',
      'This ssh target cannot be read. Use ssh://user@host or ssh://user@host:port. Nothing was examined.',
    );
  }
  const [, user, host, port] = match;
  return [
    '-T',
    '-oBatchMode=yes',
    '-oConnectTimeout=10',
    '-oForwardX11=no',
    '-oClearAllForwardings=yes',
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', port] : []),
    host!.replace(/^\[|\]$/g, ''),
    AS_ROOT,
  ];
}

function target(kind: TargetKind, name: string, command: string, args: string[]): Target {
  return { kind, name, open: () => spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true }) };
}
