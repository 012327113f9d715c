/**
 * The standard audit of a real server: a client sends marked traffic through it, a sink on the other side sees it arrive, and what hides
 * from every question about settings is found by what it does.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type AuditReport, type Collected, collect, judge, PACES, type Pace, parseTarget } from '@lethe/audit/audit';
import { LabServer } from '../src/corpus/lab-server.ts';

const options = { skip: process.getuid?.() !== 0 && 'needs root' };

interface Audited {
  report: AuditReport;
  collected: Collected;
}

async function audit(inject: string, pace: Pace = PACES.standard, spoil?: string): Promise<Audited> {
  await using server = await LabServer.start(null);
  await server.lab.sh(inject);
  await using canary = await server.connect(null, { pace });
  const collected = await collect(parseTarget(`exec:${server.lab.enter.join(' ')}`), {
    canary,
    ...(spoil === undefined
      ? {}
      : { onProgress: (text) => void (text.startsWith('searching') && server.lab.sh(spoil)) }),
  });
  assert.equal((await server.lab.sh('ls -d /tmp/lethe-control* 2>/dev/null || true')).trim(), '', 'left in the server');
  // The file of facts says all that the verdict needs.
  const saved = JSON.parse(JSON.stringify(collected)) as Collected;
  return { report: judge(saved), collected: saved };
}

const found = ({ checks }: AuditReport): string[] =>
  checks.flatMap(({ id, contrary }) => contrary.map(({ title, where }) => `${id}: ${title} (${where})`));
const open = ({ checks }: AuditReport): string[] => checks.flatMap((check) => check.open);
const verdict = ({ claims }: AuditReport, id: string): string | null =>
  claims.find((claim) => claim.id === id)?.verdict ?? null;

// Each has a machine of its own, and most of the time is waiting.
describe('standard audits', { concurrency: 3 }, () => {
  test(
    'a clean server: the traffic arrives, nothing of it is found, nothing works in step, every claim in scope is confirmed',
    options,
    async () => {
      const { report, collected } = await audit('true');
      assert.deepEqual(found(report), []);
      assert.deepEqual(open(report), []);
      assert.equal(report.profile, 'standard');
      assert.equal(report.totals.confirmed, 8);
      const { sent, seen, plan, client } = collected.canary!;
      assert.deepEqual(sent, { lookup: true, page: true, datagram: true });
      assert.ok(seen.hosts.some(({ path }) => path === `/${plan.words.path}`));
      assert.ok(seen.names.some(({ name }) => name.startsWith(plan.words.sni)));
      assert.ok(seen.datagrams.some(({ text }) => text.includes(plan.words.datagram)));
      assert.deepEqual(client.inner, ['10.99.0.2']);
      // What carries the traffic is in step with it: the test is not blind.
      const blind = structuredClone(collected);
      delete blind.answers['samples'];
      assert.equal(verdict(judge(blind), 'CL-01'), 'not-tested');
    },
  );

  test('a recorder that writes nothing readable is found because it works when traffic flows', options, async () => {
    const { report } = await audit(`cat >/usr/lib/tidy <<'X'
import os, time
last = 0
out = open('/var/lib/tidy.state', 'ab', 0)
while True:
    now = int(open('/proc/net/dev').read().split('wg0:')[1].split()[0])
    if now != last:
        out.write(os.urandom(64 + (now - last) % 512))
    last = now
    time.sleep(0.05)
X
/usr/bin/python3 /usr/lib/tidy >/dev/null 2>&1 </dev/null &`);
    const inStep = found(report).filter((one) => one.startsWith('works-in-step'));
    assert.equal(inStep.length, 1, found(report).join('\n'));
    assert.match(inStep[0]!, /python3.* in step .*tidy\.state/);
    assert.deepEqual([verdict(report, 'CL-01'), verdict(report, 'CL-04')], ['not-confirmed', 'not-confirmed']);
  });

  test('a resolver that sends whole names is found out where they arrive', options, async () => {
    const { report } = await audit(
      'unbound-control -c /etc/unbound/unbound.conf stop >/dev/null; sleep 1; sed -i "s/qname-minimisation: yes/qname-minimisation: no/" /etc/unbound/unbound.conf; unbound -c /etc/unbound/unbound.conf',
    );
    assert.ok(
      found(report).some((one) => one.startsWith('upstream-minimum')),
      found(report).join('\n'),
    );
    assert.equal(verdict(report, 'CL-03'), 'not-confirmed');
  });

  test('what is written only when the client has left is found by looking again', options, async () => {
    const pace: Pace = { settleMs: 0, symbols: 48, symbolMs: 300, afterMs: 3000 };
    const late = 'sleep 4; wg show wg0 endpoints >/var/lib/late.log';
    const { report } = await audit('true', pace, late);
    assert.equal(report.profile, 'full');
    const traces = found(report).filter((one) => one.startsWith('canary-traces'));
    assert.equal(traces.length, 2, found(report).join('\n'));
    assert.ok(traces.some((one) => /late\.log holds an address or key of the client/.test(one)));
    // Three seconds are less than a handshake's time, which this run did not wait for.
    assert.ok(traces.some((one) => /list of peers still holds an address or key of the client/.test(one)));
  });

  test('a server through which nothing passes is Not tested, not Confirmed', options, async () => {
    const { report } = await audit('echo 0 >/proc/sys/net/ipv4/ip_forward');
    assert.ok(open(report).some((one) => /page did not arrive/.test(one)));
    assert.equal(verdict(report, 'CL-01'), 'not-tested');
  });
});

test('nothing is left behind', options, () => {
  assert.equal(existsSync('/run/wireguard/wg0.sock'), false);
});
