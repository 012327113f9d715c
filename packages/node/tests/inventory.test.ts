/**
 * A server measures itself when its owner asks: what it holds is within its bounds, and what was planted is reported. Its watch says the
 * same by itself.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  type Birth,
  type InventoryReport,
  type InventoryVerdict,
  judgeInventory,
  newChallenge,
  openInventory,
  type StateEntry,
} from '@lethe/core';
import { openServerKeys } from '../src/keys.ts';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { dial, INTERNET, type Lab, LINK, startLab } from './lab.ts';
import { until } from './until.ts';

const SPEC = new URL('../../../spec/state-inventory.json', import.meta.url);
const { entries } = JSON.parse(readFileSync(SPEC, 'utf8')) as { entries: StateEntry[] };

let lab: Lab;
let customer: Customer;
let phone: TestDevice;
let nodeKey: string;
let asked = 0;
/** The birth that the server had, with the keys it made. */
let again: Birth;

before(async () => {
  [lab, customer, phone] = await Promise.all([startLab(), Customer.create(), newDevice(2)]);
  await lab.host.expect('hello');
  await closeTheLab();
  const birth = customer.birth(await customer.list([phone]), { enrolmentToken: 't' });
  const { keys } = await lab.host.ask(birth, 'keep');
  again = { ...birth, keys, enrolmentToken: null };
  const serverKey = (await openServerKeys(keys)).wireguardKey;
  lab.host.send({ type: 'kept' });
  nodeKey = (await lab.host.expect('enrol')).enrolment.nodeKey;
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  await dial(lab.phone, phone.privateKey, 2, serverKey, `${LINK.serverIpv4}:51820`);
  await until('the tunnel carries traffic', async () => (await lab.phone.fetch(INTERNET.ipv4)) !== null);
});
after(() => lab?.stop());

/** The lab's server sees the disks of this machine, and has a file for its output. An engine shows it neither. */
const closeTheLab = (): Promise<string> =>
  lab.server.run(
    [
      'rm -r /run/output',
      'for point in $(cut -d" " -f5 /proc/self/mountinfo | sort -u); do',
      '  case $point in /run|/proc*) continue;; esac',
      '  mount -o remount,bind,ro "$point" 2>/dev/null || umount -l "$point" 2>/dev/null || true',
      'done',
    ].join('\n'),
  );

async function report(): Promise<InventoryReport> {
  asked += 1;
  const challenge = newChallenge();
  const question = { type: 'ask', id: asked, question: 'inventory', challenge, body: null } as const;
  const { sealed } = await lab.host.ask(question, 'answer');
  return openInventory(sealed, customer.owner.seal, { server: customer.server, challenge }, nodeKey);
}

/** The verdicts that are neither held nor declared as not measurable. */
const findings = async (): Promise<string[]> =>
  judgeInventory(entries, await report())
    .filter(({ verdict, mandatory }) => mandatory && verdict !== 'held')
    .map(({ id, verdict }: InventoryVerdict) => `${id} ${verdict}`);

/** What the watch said last. */
const drift = (): string[] | undefined => lab.host.heard.findLast((message) => message.type === 'drift')?.kinds;

test('the watch of a server in use says once that it sees nothing, and then no word', async () => {
  await until('the watch speaks', () => drift() !== undefined);
  // A table of which the first part is still to come.
  await lab.host.ask({ type: 'table', digest: '0'.repeat(64), size: 10 }, 'table_want');
  // From outside: a program of the test's on the server would be seen.
  assert.ok(existsSync(`/proc/${lab.server.pid}/root/run/lethe/filter/table.bin.new`));
  for (let lookup = 0; lookup < 5; lookup += 1) await lab.phone.try('dig +time=2 +tries=1 @10.66.0.1 localhost A');
  await report();
  assert.deepEqual(
    lab.host.heard.filter(({ type }) => type === 'drift'),
    [{ type: 'drift', kinds: [] }],
  );
});

test('a server in use holds what it declares, within its bounds, and nothing else', async () => {
  await lab.phone.try('dig +time=2 +tries=1 @10.66.0.1 localhost A');
  const { engine, control, measurements } = await report();
  assert.equal(engine, 'container');
  assert.equal(control, true, 'the searches see what is planted');
  await lab.server.run('! test -e /run/lethe/agent/control');
  const of = (probe: string) => measurements.find((one) => one.probe === probe);
  for (const probe of ['wireguard-peers', 'connections', 'resolver-memory', 'filter-memory', 'agent-memory']) {
    const { present, ageS } = of(probe)!;
    assert.ok(present === true && ageS !== null && ageS < 600, `${probe} ${present} ${ageS}`);
  }
  assert.equal(of('tcp-metrics')?.present, false);
  assert.deepEqual(await findings(), []);
});

test('nothing in a report is an address, a name or an amount', async () => {
  const text = JSON.stringify(await report());
  for (const secret of [INTERNET.ipv4, '203.0.113.2', '10.66.0', phone.key, 'localhost'])
    assert.ok(!text.includes(secret), secret);
  assert.ok(!/bytes|received|count/i.test(text));
});

/** What is planted, what takes it away again, and what the server must say meanwhile. */
const PLANTS: [what: string, plant: string, undo: string, finding: string][] = [
  [
    'a rule that logs',
    'nft insert rule inet lethe forward ip daddr 192.0.2.1 log',
    'nft delete rule inet lethe forward handle $(nft -a list chain inet lethe forward | sed -n "s/.* log .*handle //p")',
    'rule_logs undeclared',
  ],
  [
    'a rule that counts',
    'nft insert rule inet lethe forward counter',
    'nft delete rule inet lethe forward handle $(nft -a list chain inet lethe forward | sed -n "s/.*counter.*handle //p")',
    'rule_counts undeclared',
  ],
  [
    'a set that packets add to',
    'nft add set inet lethe seen "{ type ipv4_addr; flags dynamic; }" && nft insert rule inet lethe forward add @seen "{ ip daddr }"',
    'nft delete rule inet lethe forward handle $(nft -a list chain inet lethe forward | sed -n "s/.*@seen.*handle //p") && nft delete set inet lethe seen',
    'dynamic_set undeclared',
  ],
  ['another table', 'nft add table ip spy', 'nft delete table ip spy', 'foreign_table undeclared'],
  ['a file', 'echo x >/run/lethe/agent/history', 'rm /run/lethe/agent/history', 'file undeclared'],
  [
    'a place to write to',
    'mkdir /run/wireguard/d && mount -t tmpfs tmpfs /run/wireguard/d',
    'umount /run/wireguard/d && rmdir /run/wireguard/d',
    'writable_mount undeclared',
  ],
  [
    'a setting',
    'echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct',
    'echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct',
    'setting_changed undeclared',
  ],
  ['an interface', 'ip link add spy0 type veth peer name spy1', 'ip link delete spy0', 'interface undeclared'],
  [
    'a route',
    `ip route add 192.0.2.0/24 via ${LINK.hostIpv4} dev eth0`,
    'ip route delete 192.0.2.0/24',
    'route_changed undeclared',
  ],
  [
    'a routing rule',
    'ip rule add from 192.0.2.1 lookup 7',
    'ip rule delete from 192.0.2.1',
    'route_changed undeclared',
  ],
  ['a process', 'setsid sh -c "exec tail -f /dev/null" & echo', 'pkill -x tail', 'process undeclared'],
  [
    'a packet socket',
    'setsid python3 -c "import socket, time; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3); time.sleep(600)" & echo',
    'pkill -x python3',
    'packet_socket undeclared',
  ],
  [
    'a raw socket',
    'setsid python3 -c "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 6); time.sleep(600)" & echo',
    'pkill -x python3',
    'raw_socket undeclared',
  ],
  [
    'somebody who listens',
    'setsid python3 -c "import socket, time; s = socket.socket(); s.bind((\'0.0.0.0\', 8080)); s.listen(); time.sleep(600)" & echo',
    'pkill -x python3',
    'listening_socket undeclared',
  ],
  [
    'somebody who follows connections',
    'setsid conntrack -E >/dev/null & echo',
    'pkill -x conntrack',
    'netlink_listener undeclared',
  ],
  [
    'a connection kept for days',
    'conntrack -I -p tcp -s 10.66.0.9 -d 192.0.2.9 --sport 5 --dport 6 --state ESTABLISHED --timeout 400000',
    'conntrack -D -s 10.66.0.9',
    'connections over_age',
  ],
];

for (const [what, plant, undo, finding] of PLANTS) {
  test(`${what} is reported, and gone with it`, async () => {
    const kind = finding.split(' ')[0]!;
    await lab.server.run(`exec >/dev/null 2>&1; ${plant}`);
    try {
      if (kind !== 'connections') await until(`the watch sees ${what}`, () => drift()!.includes(kind));
      await until(`the server reports ${what}`, async () => (await findings()).includes(finding));
    } finally {
      await lab.server.run(`exec >/dev/null 2>&1; ${undo}`);
    }
    await until(`${what} is gone`, async () => (await findings()).length === 0);
    await until('the watch sees nothing', () => drift()!.length === 0);
  });
}

test('what is mounted over something is seen, also if nothing can be written there', async () => {
  await lab.server.run('mount --bind -o ro /usr/bin /opt && mount -o remount,bind,ro /opt');
  await until('the watch sees the mount', () => drift()!.includes('mount_changed'));
  await lab.server.run('umount /opt');
  await until('the watch sees nothing', () => drift()!.length === 0);
});

test('a mount and the file on it, of which no directory tells, are seen and gone with it', async () => {
  await lab.server.run('mount -t tmpfs tmpfs /tmp && touch /tmp/notes');
  await until('the watch sees mount and file', () =>
    ['mount_changed', 'file'].every((kind) => drift()!.includes(kind)),
  );
  await lab.server.run('umount /tmp');
  await until('the watch sees nothing', () => drift()!.length === 0);
});

for (const [tool, what] of [
  ['ip', 'of interfaces'],
  ['nft', 'of rules'],
] as const) {
  test(`a watch whose monitor ${what} is stopped, or killed, says that it is blind, and no more when it hears again`, async () => {
    const signal = (name: string): Promise<string> => lab.server.run(`pkill -${name} -f "^${tool} monitor"`);
    await signal('STOP');
    await until('the watch is blind', () => drift()!.includes('watch_blind'));
    await signal('CONT');
    await until('the watch sees nothing', () => drift()!.length === 0);
    await signal('KILL');
    await until('the watch is blind', () => drift()!.includes('watch_blind'));
    await until('the watch sees nothing', () => drift()!.length === 0);
  });
}

test('an agent that was killed leaves no monitor behind, and the next one sees what the first one saw', async () => {
  const pids = (): Promise<string> => lab.server.run('pgrep -f "^(nft|ip) monitor"');
  const before = await pids();
  await lab.server.run('ip link add spy0 type veth peer name spy1');
  await until('the watch sees the interface', () => drift()!.includes('interface'));
  const { connections } = lab.host;
  await lab.server.run("pkill -9 -n -f '[n]ode/src/main.ts'");
  await until('another agent dials', () => lab.host.connections > connections);
  await lab.host.expect('hello');
  lab.host.send(again);
  await until('the next watch sees it too', () => drift()?.includes('interface') === true);
  await lab.server.run('ip link delete spy0');
  await until('the watch sees nothing', () => drift()!.length === 0);
  assert.equal((await pids()).trim().split('\n').length, before.trim().split('\n').length);
});
