/**
 * A stand-in for the agent inside a virtual machine under test. It turns forwarding on at once, as the real one does when it may, and
 * says so; then it runs shell commands that come as hexadecimal lines and answers `status hex`. Told to rest, it says that it
 * has, and greets again when the line has ended, as the real one does. `draw` answers random bytes of this process, and
 * `wake SEED MILLISECONDS` does what a birth begins with.
 */

import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { wakeUp } from '@lethe/node/wake';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';

writeFileSync(FORWARD, '1');
const device = openSync('/dev/virtio-ports/agent', 'r+');
greet();
for (let pending = '', rests = false; ; ) {
  const chunk = Buffer.alloc(4096);
  const length = readSync(device, chunk);
  // Reads as ended while no host is connected.
  if (length === 0 && rests) {
    rests = false;
    greet();
  }
  if (length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  const lines = (pending + chunk.toString('latin1', 0, length)).split('\n');
  pending = lines.pop()!;
  for (const line of lines) {
    const [word, ...values] = line.split(' ');
    if (word === 'draw') say(randomBytes(32).toString('hex'));
    else if (word === 'wake') say(await wakeUp(values[0]!, Number(values[1])).then(() => 'awake', String));
    else if (line === '{"type":"rest"}') {
      rests = true;
      // By this copies know each other. From the same draw on their generators are the same.
      writeFileSync('/run/rested', randomUUID());
      randomBytes(32);
      say('{"type":"rested"}');
    } else obey(Buffer.from(line, 'hex').toString());
  }
}

function greet(): void {
  say(`forwarding ${readFileSync(FORWARD, 'utf8').trim()}`);
}

function obey(command: string): void {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', `exec 2>&1; ${command}`]);
  say(`${status} ${stdout.toString('hex')}`);
}

function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) rest = rest.subarray(writeSync(device, rest));
}
