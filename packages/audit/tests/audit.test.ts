/**
 * `lethe audit` on real servers: each is a lab with processes, networks and files of its own, spoilt in one way. The finding must name
 * the mechanism, and the clean server must have none.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ClaimId } from '@lethe/core';
import { Lab } from '@lethe/testkit';
import { collect, judge, parseTarget } from '../src/audit.ts';
import type { AuditReport } from '../src/verdict/judge.ts';

const options = { skip: process.getuid?.() !== 0 && 'needs root' };
const left = mkdtempSync(join(tmpdir(), 'lethe-audit-test-'));
after(() => rmSync(left, { recursive: true, force: true }));

/** A resolver that is silent, as a VPN server would have it. */
const SILENT_RESOLVER = `cat >/run/unbound.conf <<'X'
server:
  verbosity: 0
  use-syslog: no
  logfile: ""
  username: ""
  chroot: ""
  directory: "/run"
  pidfile: "/run/unbound.pid"
  do-daemonize: yes
  log-queries: no
  qname-minimisation: yes
  interface: 127.0.0.1
include: "/run/unbound.d/*.conf"
remote-control:
  control-enable: yes
  control-use-cert: no
  control-interface: /run/unbound.ctl
X
mkdir -p /run/unbound.d
sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=3600 || true
`;
const START_RESOLVER = 'unbound -c /run/unbound.conf >/dev/null 2>&1';
const TUNNEL = '\nmkdir -p /run/wireguard; LOG_LEVEL=silent wireguard-go wg0 >/dev/null 2>&1\n';

async function audit(lab: Lab): Promise<AuditReport> {
  const collected = await collect(parseTarget(`exec:${lab.enter.join(' ')}`));
  assert.equal((await lab.sh(`ls -d ${collected.control} 2>/dev/null || true`)).trim(), '', 'left in the server');
  // The file of facts says all that the verdict needs.
  return judge(JSON.parse(JSON.stringify(collected)));
}

async function spoilt(inject: string): Promise<AuditReport> {
  await using lab = await Lab.start();
  await lab.sh(SILENT_RESOLVER + START_RESOLVER + TUNNEL);
  await lab.sh(inject);
  return await audit(lab);
}

const verdictOf = (report: AuditReport, claim: ClaimId): string | null =>
  report.claims.find(({ id }) => id === claim)?.verdict ?? null;

function assertNamed(report: AuditReport, name: RegExp, ...claims: ClaimId[]): void {
  assert.equal(report.positiveControl, true, 'the positive control was not found');
  const found = report.checks.flatMap(({ contrary }) => contrary);
  const named = found.filter(({ title, where }) => name.test(`${title} ${where}`));
  assert.ok(named.length > 0, `nothing named it; found: ${found.map(({ title }) => title).join('; ') || 'nothing'}`);
  for (const claim of claims) assert.equal(verdictOf(report, claim), 'not-confirmed', claim);
}

let clean: AuditReport;
before(async () => {
  if (!options.skip) clean = await spoilt('true');
});

test('a clean server has no contrary finding, and the planted recorder was found and is gone', options, () => {
  assert.equal(clean.positiveControl, true);
  assert.deepEqual(
    clean.checks.flatMap(({ id, contrary }) => contrary.map(({ title, where }) => `${id}: ${title} (${where})`)),
    [],
  );
});

test('a clean server is confirmed, and says which claims are out of scope', options, () => {
  assert.deepEqual(
    clean.checks.flatMap(({ id, open }) => open.map((reason) => `${id}: ${reason}`)),
    [],
  );
  for (const claim of ['CL-01', 'CL-02', 'CL-03', 'CL-04', 'CL-05', 'CL-10'] as const) {
    assert.equal(verdictOf(clean, claim), 'confirmed', claim);
  }
  assert.equal(verdictOf(clean, 'CL-12'), null);
  assert.ok(clean.programs.some(({ id }) => id === 'unbound'));
});

const CASES: [what: string, inject: string, name: RegExp, ...claims: ClaimId[]][] = [
  [
    'the resolver logs lookups, by a file it includes',
    `printf 'server:\\n log-queries: yes\\n' >/run/unbound.d/zz.conf; kill $(cat /run/unbound.pid); sleep 0.3; ${START_RESOLVER}`,
    /log-queries/,
    'CL-02',
    'CL-10',
  ],
  [
    'the running resolver was told to log, and no file says so',
    'unbound-control -c /run/unbound.conf set_option log-replies: yes >/dev/null',
    /log-replies = yes, said by/,
    'CL-02',
  ],
  [
    'the resolver forwards everything to another',
    `printf 'forward-zone:\\n name: "."\\n forward-addr: 192.0.2.53\\n' >/run/unbound.d/fw.conf; kill $(cat /run/unbound.pid); sleep 0.3; ${START_RESOLVER}`,
    /forward/,
    'CL-03',
  ],
  [
    'dnsmasq logs lookups, on its command line only',
    'dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --port=5353 --log-queries=extra --log-facility=/run/dm.log >/dev/null 2>&1 & sleep 0.5',
    /dnsmasq.*log/i,
    'CL-02',
  ],
  [
    'a rule of nft logs',
    'nft \'add table inet f; add chain inet f c { type filter hook forward priority 0; }; add rule inet f c ct state new log prefix "v "\'',
    /nft log/,
    'CL-01',
  ],
  [
    'a set of nft collects addresses',
    "nft 'add table inet f; add set inet f seen { type ipv4_addr; flags dynamic; }; add chain inet f c { type filter hook forward priority 0; }; add rule inet f c add @seen { ip saddr }'",
    /collects addresses/,
    'CL-04',
  ],
  [
    'a rule of nft copies packets',
    "nft 'add table ip s; add chain ip s f { type filter hook prerouting priority 0; }; add rule ip s f iifname lo dup to 192.0.2.2'",
    /dup/,
    'CL-05',
  ],
  ['tcpdump runs', 'tcpdump -i lo -U -w /run/c.pcap >/dev/null 2>&1 & sleep 1', /tcpdump/, 'CL-01', 'CL-05'],
  [
    'a script with a packet socket and an innocent name',
    `cp /usr/bin/perl /run/kworkerd; /run/kworkerd -e 'socket(S,17,3,0x0300); sleep 600' >/dev/null 2>&1 & sleep 0.5`,
    /packet socket of kworkerd/,
    'CL-05',
  ],
  [
    'a removed file is still written',
    'perl -e \'open(F,">","/run/gone"); unlink "/run/gone"; sleep 600\' >/dev/null 2>&1 & sleep 0.5',
    /removed file/,
    'CL-01',
  ],
  ['connections are followed', 'conntrack -E >/dev/null 2>&1 & sleep 0.7', /conntrack/, 'CL-04'],
  [
    'a loop polls WireGuard',
    "cat >/run/poll.sh <<'X'\nwhile :; do wg show all dump >>/var/lib/wgpoll.tsv; sleep 5; done\nX\nsh /run/poll.sh >/dev/null 2>&1 & sleep 0.3",
    /wg-show/,
    'CL-04',
  ],
  [
    'a timer polls WireGuard',
    "echo '*/5 * * * * root wg show all dump >> /var/lib/.w' >/etc/cron.d/wgstat",
    /wg-show.*\/etc\/cron\.d\/wgstat|started by itself/,
    'CL-04',
  ],
  [
    'a hook of wg-quick runs a script',
    "printf '[Interface]\\nPrivateKey = x\\nPostUp = /usr/local/bin/log.sh %%i\\n' >/etc/wireguard/wg0.conf",
    /hook of wg-quick.*log\.sh/,
    'CL-10',
  ],
  [
    'a library is preloaded into the resolver',
    `kill $(cat /run/unbound.pid); sleep 0.3; cp $(ls /lib/x86_64-linux-gnu/libm.so.6) /run/hook.so; LD_PRELOAD=/run/hook.so ${START_RESOLVER}`,
    /LD_PRELOAD/,
    'CL-02',
  ],
  [
    'the resolver is a patched one',
    `kill $(cat /run/unbound.pid); sleep 0.3; printf '\\0' >>/usr/sbin/unbound; ${START_RESOLVER}`,
    /changed binary/,
    'CL-02',
  ],
  [
    'traffic control mirrors',
    'ip link add m0 type veth peer name m1; ip link set m0 up; ip link set m1 up; tc qdisc add dev m0 clsact; tc filter add dev m0 ingress u32 match u8 0 0 action mirred egress mirror dev m1',
    /mirred/,
    'CL-05',
  ],
  [
    'containers print to files',
    'mkdir -p /var/lib/docker/containers/abc; touch /var/lib/docker/containers/abc/abc-json.log',
    /containers print/,
    'CL-01',
  ],
];

for (const [what, inject, name, ...claims] of CASES) {
  test(`found and named: ${what}`, options, async () => assertNamed(await spoilt(inject), name, ...claims));
}

test('a program that handles traffic and is not known is named and Not tested', options, async () => {
  const report = await spoilt(
    'cp /usr/bin/perl /run/strangevpn; /run/strangevpn -MIO::Socket::INET -e \'my $s=IO::Socket::INET->new(Proto=>"udp",LocalPort=>4500); sleep 600\' >/dev/null 2>&1 & sleep 0.5',
  );
  assert.equal(verdictOf(report, 'CL-01'), 'not-tested');
  assert.ok(report.checks.some(({ open }) => open.some((reason) => /strangevpn.*udp port 4500/.test(reason))));
});

test('no key, no address of a peer is in the file of facts', options, async () => {
  await using lab = await Lab.start();
  await lab.sh(
    "printf '[Interface]\\nPrivateKey = c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=\\nPostUp = ip link\\n' >/etc/wireguard/wg0.conf",
  );
  await lab.sh(
    `${SILENT_RESOLVER}printf 'server:\\n  # password: hunter2hunter2\\n' >/run/unbound.d/x.conf; ${START_RESOLVER}`,
  );
  const collected = await collect(parseTarget(`exec:${lab.enter.join(' ')}`));
  const text = JSON.stringify(collected);
  assert.ok(text.includes('PostUp'), 'the hook was read');
  assert.ok(text.includes('qname-minimisation'), 'the configuration was read');
  assert.ok(!text.includes('c2VjcmV0'), 'a private key is in the facts');
  assert.ok(!text.includes('hunter2'), 'a password is in the facts');
});
