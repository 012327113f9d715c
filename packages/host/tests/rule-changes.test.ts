/** The kernel's word that a packet filter changed, in a real kernel; and that nothing listens on after its program is gone. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RuleChanges } from '../src/network/rule-changes.ts';
import { inNamespaces } from './support/namespace.ts';
import { until } from './support/wait.ts';

/** Longer than any test may take: what resolves sooner was told. */
const NEVER_MS = 3_600_000;

/** Monitors whose parent it is. */
const monitorsOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isMonitor(pid, parent));

function isMonitor(pid: number, parent: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (
      state !== 'Z' && Number(parentPid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('monitor')
    );
  } catch {
    return false; // it has ended
  }
}

/** Resolves once changes are heard: the tool takes a moment to begin. */
async function untilItHears(changes: RuleChanges, signal: AbortSignal): Promise<void> {
  await until('it hears', async () => {
    const startedAt = performance.now();
    execFileSync('nft', ['add', 'table', 'inet', 'probe']);
    execFileSync('nft', ['delete', 'table', 'inet', 'probe']);
    await changes.next(3000, signal);
    return performance.now() - startedAt < 2500 && monitorsOf(process.pid).length === 1;
  });
  // What else is said of the same change.
  await changes.next(1000, signal);
}

inNamespaces(import.meta.url, () => {
  test('a change is told, each once, and nothing while nothing changes', async () => {
    const { signal } = new AbortController();
    const changes = new RuleChanges();
    try {
      await untilItHears(changes, signal);
      for (const command of [
        ['add', 'table', 'inet', 'one'],
        ['flush', 'ruleset'],
      ]) {
        const told = changes.next(NEVER_MS, signal);
        execFileSync('nft', command);
        await told;
        // What else is said of the same change.
        await changes.next(300, signal);
      }
      let told = false;
      const next = changes.next(1000, signal).then(() => {
        told = true;
      });
      await sleep(300);
      assert.equal(told, false);
      await next;
    } finally {
      await changes.stop();
    }
    assert.deepEqual(monitorsOf(process.pid), []);
  });

  test('a monitor that ended is started again, and what it missed counts as a change', async () => {
    const { signal } = new AbortController();
    const changes = new RuleChanges();
    try {
      await untilItHears(changes, signal);
      const [monitor] = monitorsOf(process.pid);
      const told = changes.next(NEVER_MS, signal);
      process.kill(monitor!, 'SIGKILL');
      await told;
      await untilItHears(changes, signal);
      const again = changes.next(NEVER_MS, signal);
      execFileSync('nft', ['add', 'table', 'inet', 'two']);
      await again;
    } finally {
      await changes.stop();
    }
  });

  test('called off, it does not wait; and it ends with its program, also by kill -9', async () => {
    const stop = new AbortController();
    const changes = new RuleChanges();
    await changes.next(NEVER_MS, stop.signal);
    const waiting = changes.next(NEVER_MS, stop.signal);
    stop.abort();
    await waiting;
    await changes.stop();

    const module = new URL('../src/network/rule-changes.ts', import.meta.url).href;
    const program = `import { RuleChanges } from '${module}'; new RuleChanges(); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    await until('it listens', () => monitorsOf(child.pid!).length === 1);
    const [monitor] = monitorsOf(child.pid!);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('the monitor is gone', () => {
      try {
        return /^State:\s+Z/m.test(readFileSync(`/proc/${monitor}/status`, 'utf8'));
      } catch {
        return true;
      }
    });
  });
});
