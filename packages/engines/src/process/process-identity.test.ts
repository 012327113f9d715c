import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identify, isAlive } from './process-identity.ts';

test('a process is the same only with the same start', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid!)!;
  assert.equal(isAlive(identity), true);
  assert.equal(isAlive({ ...identity, startTime: String(Number(identity.startTime) - 1) }), false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(isAlive(identity), false);
  assert.equal(identify(child.pid!), null);
});

test('a name with brackets and spaces does not shift the fields', () => {
  const module = new URL('process-identity.ts', import.meta.url).href;
  const look = `import('${module}').then((m) => console.log(m.identify(process.ppid).startTime))`;
  const wrapped = `printf ') R 1 1' > /proc/$$/comm; cut -d' ' -f25 /proc/$$/stat; "$@"`;
  const [expected, seen] = execFileSync('sh', ['-c', wrapped, 'sh', process.execPath, '-e', look], {
    encoding: 'utf8',
  }).split('\n');
  assert.equal(seen, expected);
});

test('a zombie has ended', async () => {
  // The shell's child ends and is never waited for while the program that took its place runs.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const pid = Number(String((await once(parent.stdout!, 'data'))[0]));
  while (identify(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  execFileSync('grep', ['-q', 'State:.Z', `/proc/${pid}/status`]);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});
