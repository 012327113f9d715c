/** Verdicts from answers, whatever is in them: missing data is never Confirmed, and hostile data never throws. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Collected } from '../collect/collect.ts';
import { FIRST_QUESTIONS } from '../collect/questions.ts';
import { reportHtml } from '../report/html.ts';
import { reportText } from '../report/text.ts';
import type { Answer } from '../target/session.ts';
import { exitCodeOf, judge } from './judge.ts';

const IDS = [
  ...FIRST_QUESTIONS.map(({ id }) => id),
  ...['packet', 'listen', 'netlink', 'nft', 'iptables', 'nflog', 'tc', 'links', 'wireguard', 'net-sysctls'].map(
    (what) => `${what}:1`,
  ),
  'scripts',
  'config:1:0',
  'integrity',
];

const collected = (answers: Record<string, Answer>): Collected => ({
  format: 'lethe-facts/1',
  target: { kind: 'exec', name: 'test' },
  collected: '2026-01-01T00:00:00Z',
  control: '/tmp/lethe-control-0.log',
  received: 0,
  answers,
});

const answer = (text: string, code: number | null = 0): Answer => ({ shell: 'x', status: 'answered', code, text });

test('no answers: nothing is confirmed, and the exit code says so', () => {
  const report = judge(collected({}));
  assert.deepEqual(report.totals, { confirmed: 0, 'not-confirmed': 0, 'not-tested': 8 });
  assert.equal(report.positiveControl, false);
  assert.equal(exitCodeOf(report), 2);
});

test('one process that is the control, and nothing else known: contrary to nothing, confirmed for nothing', () => {
  const report = judge(
    collected({
      shell: answer('99\n'),
      status: answer('/proc/7/status:Name:\tsleep\n/proc/7/status:PPid:\t1\n/proc/7/status:Uid:\t0\n'),
      cmdline: answer('/proc/7/cmdline:sleep\0'),
      links: answer('/proc/7/ns/net\tnet:[1]\0/proc/7/ns/mnt\tmnt:[1]\0/proc/7/exe\t/usr/bin/sleep\0'),
      fds: answer('/proc/7/fd/9\t/tmp/lethe-control-0.log\0'),
      who: answer('0\n'),
      kernel: answer('Linux 6.1 x86_64\n'),
      environment: answer(''),
      libraries: answer(''),
      fdinfo: answer('/proc/7/fdinfo/9:flags:\t0100001\n'),
    }),
  );
  assert.equal(report.positiveControl, true);
  assert.equal(report.totals.confirmed + report.totals['not-confirmed'], 0);
});

test('a process that holds the control’s file is not the control, and is looked at', () => {
  const report = judge(
    collected({
      shell: answer('99\n'),
      control: answer('7\n'),
      who: answer('0\n'),
      status: answer(
        [7, 8]
          .map(
            (pid) =>
              `/proc/${pid}/status:Name:\t${pid === 7 ? 'sleep' : 'hidden'}\n/proc/${pid}/status:PPid:\t1\n/proc/${pid}/status:Uid:\t0\n`,
          )
          .join(''),
      ),
      cmdline: answer('/proc/7/cmdline:sleep\0/proc/8/cmdline:hidden\0'),
      links: answer(
        [7, 8]
          .map(
            (pid) =>
              `/proc/${pid}/ns/net\tnet:[1]\0/proc/${pid}/ns/mnt\tmnt:[1]\0/proc/${pid}/exe\t/usr/bin/${pid === 7 ? 'sleep' : 'hidden'}\0`,
          )
          .join(''),
      ),
      fds: answer(
        '/proc/7/fd/9\t/tmp/lethe-control-0.log\0/proc/8/fd/9\t/tmp/lethe-control-0.log\0/proc/8/fd/4\t/var/log/x\0',
      ),
      kernel: answer('Linux 6.1 x86_64\n'),
      environment: answer(''),
      libraries: answer(''),
      fdinfo: answer(
        '/proc/7/fdinfo/9:flags:\t0100001\n/proc/8/fdinfo/9:flags:\t0100001\n/proc/8/fdinfo/4:flags:\t0100001\n',
      ),
    }),
  );
  const open = report.checks.flatMap((check) => check.open);
  assert.ok(open.some((reason) => /hidden \(pid 8\)/.test(reason)));
  assert.ok(!open.some((reason) => /pid 7/.test(reason)));
});

const status = fc.constantFrom('answered', 'cut-off', 'timeout', 'lost') as fc.Arbitrary<Answer['status']>;
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom(
    '/proc/1/status:Name:\t<script>alert(1)</script>\n/proc/1/status:PPid:\t1\n',
    '/proc/1/ns/net\tnet:[1]\0/proc/1/exe\t/usr/sbin/unbound\0',
    '/proc/1/cmdline:unbound\0/proc/1/cmdline:-c\0/proc/1/cmdline:/x\0',
    '{"nftables":[{"rule":{"expr":[null,{"log":null},{"set":null}]}}]}',
    '{"nftables":{}}',
    '[{"ifname":null}]',
    '[null]',
    '-1 -1 -1\n',
    './etc/x\t1\tserver:\n./etc/x\t999999999\t verbosity: 5\n./etc/x\t-1\tx\n',
    '/proc/1/fdinfo/1:flags:\t07777777777777777777\n',
  ),
);

test('hostile answers never throw, never confirm without the control, and never get into the report unescaped', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom(...IDS),
        fc.record({ shell: fc.constant('x'), status, code: fc.constantFrom(0, 1, 2, 127, null), text: hostile }),
      ),
      (answers) => {
        const report = judge(collected(answers));
        assert.equal(report.positiveControl, false);
        assert.equal(report.totals.confirmed, 0);
        assert.ok(!/<script/.test(reportHtml(report, 'x').replace(/^[\s\S]*<main>/, '')));
        assert.ok(!/\p{Cc}/u.test(reportText(report, (_, text) => text).replaceAll('\n', '')));
      },
    ),
    { numRuns: 500 },
  );
});
