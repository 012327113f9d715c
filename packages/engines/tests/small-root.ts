/**
 * A root directory for containers made from a few programs of this host in a second: dash, perl-base (both on every
 * Debian machine) and what a test asks for. Its init is an agent that runs shell commands sent over the engine's
 * channel, so that tests see a container from inside with exactly its rights.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { ImageFiles } from '@lethe/core';

const PROGRAMS = ['dash', 'perl', 'cat', 'touch', 'id', 'sleep', 'ls', 'mount', 'rm', 'ip'];

/** Commands come as hexadecimal lines; answers go as `status hex`. */
const INIT = String.raw`#!/usr/bin/perl
use Socket;
$SIG{CHLD} = 'IGNORE';
while (1) {
  socket(my $s, PF_UNIX, SOCK_STREAM, 0) or exit 1;
  unless (connect($s, pack_sockaddr_un('/run/lethe/host/agent.sock'))) { select(undef, undef, undef, 0.05); next }
  select((select($s), $| = 1)[0]);
  while (my $line = <$s>) {
    chomp $line;
    local $SIG{CHLD} = 'DEFAULT';
    my $command = pack('H*', $line);
    my $output = qx{($command) 2>&1};
    print $s ($? >> 8 || $? & 127) . ' ' . unpack('H*', $output // '') . "\n";
  }
}
`;

/** Makes the root at `rootDir` with `init` as /sbin/lethe-init and further programs by name. */
export function makeSmallRoot(rootDir: string, init: string = INIT, more: readonly string[] = []): ImageFiles {
  for (const directory of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'dev',
    'proc',
    'sys',
    'run',
    'tmp',
    'etc',
    'root',
  ])
    mkdirSync(join(rootDir, directory), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(rootDir, name));
  const programs = [...PROGRAMS, ...more].map((name) =>
    realpathSync(execFileSync('sh', ['-c', `command -v ${name}`], { env: PATH, encoding: 'utf8' }).trim()),
  );
  for (const file of programs) copy(rootDir, file);
  for (const file of libraries(programs)) copy(rootDir, file);
  const perlBase = execFileSync('perl', ['-e', 'print grep { /perl-base/ } @INC'], { encoding: 'utf8' });
  if (perlBase) cpSync(perlBase, join(rootDir, perlBase), { recursive: true });
  symlinkSync('dash', join(rootDir, 'usr/bin/sh'));
  writeFileSync(join(rootDir, 'usr/sbin/lethe-init'), init, { mode: 0o755 });
  return imageOf(rootDir);
}

/** Image files of which only the root exists: all that the container engine uses. */
export const imageOf = (rootDir: string): ImageFiles => ({
  digest: '0'.repeat(64),
  rootDir,
  rootImage: '',
  verityImage: '',
  verityRoot: '',
  veritySalt: '',
  verityBlocks: 0,
  kernel: '',
  initrd: '',
});

const PATH = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

function copy(rootDir: string, file: string): void {
  const target = join(rootDir, file.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/'));
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
}

function libraries(programs: readonly string[]): string[] {
  const found = new Set<string>();
  for (const program of programs) {
    let output = '';
    try {
      output = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      continue; // Static.
    }
    for (const [file] of output.matchAll(/\/\S+/g)) if (existsSync(file)) found.add(file);
  }
  return [...found];
}

/** Runs a shell command through a small root's agent. */
export async function inside(channel: Duplex, command: string): Promise<{ status: number; output: string }> {
  const lines = createInterface({ input: channel });
  try {
    const answer = new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new Error('The channel ended before an answer came.')));
    });
    channel.write(`${Buffer.from(command).toString('hex')}\n`);
    const [status, hex = ''] = (await answer).split(' ');
    return { status: Number(status), output: Buffer.from(hex, 'hex').toString('utf8') };
  } finally {
    lines.close();
  }
}
