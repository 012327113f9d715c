/** The engine run by a program that was put into another network namespace, as the demo and other tests do. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
const namespace = `lt-engines-${place.instance}`;
after(async () => {
  await clearPlace(place);
  if (isRoot) execFileSync('ip', ['netns', 'delete', namespace]);
});

test('the link lies in the namespace of the program', {
  skip: isRoot ? false : 'needs root',
  timeout: 120_000,
}, async () => {
  execFileSync('ip', ['netns', 'add', namespace]);
  const spec = makeSpec(place, makeSmallRoot(`${place.base}/root`));
  const program = fileURLToPath(new URL('create-in-child.ts', import.meta.url));
  const given = JSON.stringify([{ runDir: place.runDir, instance: place.instance }, spec]);
  const within = (...command: string[]): string =>
    execFileSync('nsenter', [`--net=/run/netns/${namespace}`, ...command], { encoding: 'utf8' });
  within(process.execPath, program, given);
  const links = (text: string): boolean => text.includes(spec.hostInterface);
  assert.equal(links(within('ip', '-brief', 'link')), true);
  assert.equal(links(execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' })), false);

  const address = ['fd00:1e7e::1', 'fd00:1e7e::2'] as const;
  within('ip', 'address', 'add', `${address[0]}/64`, 'dev', spec.hostInterface, 'nodad');
  within('ip', 'link', 'set', spec.hostInterface, 'up');
  const engine = await openEngine(place);
  const channel = await engine.connect(spec.id);
  await inside(channel, `ip address add ${address[1]}/64 dev eth0 nodad; ip link set eth0 up`);
  const probe = `use Socket; socket(my $s, 10, 2, 0) or die; connect($s, pack_sockaddr_in6(9, Socket::inet_pton(10, "${address[0]}"))) or die;
    send($s, "x", 0); select(undef, undef, undef, 0.1) for 1; print defined(send($s, "x", 0)) ? "reached" : $!`;
  // Nothing listens there: the host's refusal comes back, and shows as the error of the second datagram.
  assert.match((await inside(channel, `perl -e '${probe}'`)).output, /refused/);
  await engine.destroy(spec.id);
  await engine.close();
  // The engine of this program sees another namespace, so the link goes with the machine's own: the kernel ends that a moment later.
  const gone = (): boolean => !links(within('ip', '-brief', 'link'));
  for (let tries = 0; tries < 100 && !gone(); tries += 1) await sleep(100);
  assert.equal(gone(), true);
  assert.deepEqual(leftBehind(place), []);
});
