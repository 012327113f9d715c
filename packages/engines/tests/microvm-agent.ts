/**
 * A stand-in for the agent inside a virtual machine under test. It turns forwarding on at once, as the real one does when it may, and
 * says so; then it runs shell commands that come as hexadecimal lines and answers `status hex`.
 */

import { spawnSync } from 'node:child_process';
import { openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';

writeFileSync(FORWARD, '1');
const device = openSync('/dev/virtio-ports/agent', 'r+');
say(`forwarding ${readFileSync(FORWARD, 'utf8').trim()}`);
for (let pending = ''; ; ) {
  const chunk = Buffer.alloc(4096);
  const length = readSync(device, chunk);
  // Reads as ended while no host is connected.
  if (length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  const lines = (pending + chunk.toString('latin1', 0, length)).split('\n');
  pending = lines.pop()!;
  for (const line of lines) obey(Buffer.from(line, 'hex').toString());
}

function obey(command: string): void {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', `exec 2>&1; ${command}`]);
  say(`${status} ${stdout.toString('hex')}`);
}

function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) rest = rest.subarray(writeSync(device, rest));
}
