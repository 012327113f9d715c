/** A plain resolver with its built-in hints finds and validates names of the test internet from the root down. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { PLACES, type ResolveResult, requireTools, SITE, TestInternet, until } from '../src/index.ts';
import { findTool } from '../src/tools.ts';

suite('the signed DNS of the test internet', () => {
  let net: TestInternet;
  const ask = (name: string, type = 'A', timeoutMs = 8000): Promise<ResolveResult> =>
    net.resolve('client1', name, PLACES.host.ipv4, type, timeoutMs);

  before(async () => {
    requireTools('unbound');
    net = await TestInternet.create();
    await startResolver(net, 'host', net.rootAnchors);
    await until('the resolver answers', async () => (await ask(SITE.web)).rcode === 'NOERROR');
  });
  after(() => net?.[Symbol.asyncDispose]());

  test('both families of a name, validated', async () => {
    const [four, six] = await Promise.all([ask(SITE.web), ask(SITE.web, 'AAAA')]);
    assert.deepEqual([four.authentic, six.authentic], [true, true]);
    assert.equal(four.answers?.[0]?.data, PLACES.web.ipv4);
    assert.equal(six.answers?.[0]?.data, PLACES.web.ipv6);
  });

  test('an alias, any name under a wildcard, and an answer too large for UDP', async () => {
    const [alias, wild, large] = await Promise.all([
      ask(SITE.alias),
      ask(`marker-${net.id}.${SITE.wildcard}`),
      ask(SITE.large, 'TXT'),
    ]);
    assert.deepEqual(
      alias.answers?.map((record) => record.type),
      ['CNAME', 'A'],
    );
    assert.equal(wild.answers?.[0]?.data, PLACES.web.ipv4);
    assert.equal(wild.authentic, true);
    assert.ok(large.answers![0]!.data.length > 2000);
  });

  test('a name that does not exist is denied with proof', async () => {
    const answer = await ask(SITE.missing);
    assert.deepEqual([answer.rcode, answer.authentic], ['NXDOMAIN', true]);
  });

  test('an unsigned zone is answered without a claim of validity; a forged one is refused', async () => {
    const [plain, forged] = await Promise.all([ask(SITE.unsigned), ask(SITE.forged)]);
    assert.deepEqual([plain.rcode, plain.authentic], ['NOERROR', false]);
    assert.equal(plain.answers?.[0]?.data, PLACES.web.ipv4);
    assert.equal(forged.rcode, 'SERVFAIL');
  });

  test('a zone whose servers refuse fails; one whose servers are silent gives no address', async () => {
    const [refused, silent] = await Promise.all([ask(SITE.refused), ask(SITE.silent, 'A', 1000)]);
    assert.equal(refused.rcode, 'SERVFAIL');
    assert.deepEqual(silent.answers ?? [], []);
  });

  test('long and short lifetimes arrive as they are in the zone', async () => {
    const [long, short] = await Promise.all([ask(SITE.longLived), ask(SITE.shortLived)]);
    assert.ok(long.answers![0]!.ttl > 86000, `${long.answers![0]!.ttl}`);
    assert.ok(short.answers![0]!.ttl <= 1);
  });

  test('a resolver with the anchor of another root refuses everything', async () => {
    const other = net.rootAnchors.map((line) => line.replace(/[0-9a-f]{64}$/, 'ab'.repeat(32)));
    await startResolver(net, 'isp', other);
    const answer = await until('the resolver with the wrong anchor answers', async () => {
      const { rcode } = await net.resolve('client1', SITE.web, net.place('client1').ipv4Gateway, 'A', 8000);
      return rcode;
    });
    assert.equal(answer, 'SERVFAIL');
  });

  test('a watch at the TLD sees no more of a name than the resolver must tell it', async () => {
    await using watch = await net.watch('tld', 'dst port 53');
    const name = `private-${net.id}.plain.example`;
    await ask(name);
    const direct = `direct-${net.id}.example`;
    await net.resolve('client1', direct, PLACES.tld.ipv4);
    await until('the watch has seen the direct question', () => watch.questions().some((q) => q.name === direct));
    assert.equal(
      watch.questions().some((question) => question.name === name),
      false,
    );
  });
});

/** A plain Unbound from Debian in the namespace of a place. Run from a copy, since Debian's AppArmor profile goes by the path. */
async function startResolver(net: TestInternet, place: 'host' | 'isp', anchors: string[]): Promise<void> {
  const home = join(net.directory, `resolver-${place}`);
  mkdirSync(home);
  copyFileSync(findTool('unbound')!, join(home, 'resolver'));
  const lines = [
    'server:',
    `  directory: "${home}"`,
    '  username: ""',
    '  chroot: ""',
    `  pidfile: "${home}/pid"`,
    '  use-syslog: no',
    '  num-threads: 1',
    '  interface: 0.0.0.0',
    '  access-control: 0.0.0.0/0 allow',
    '  qname-minimisation: yes',
    ...anchors.map((anchor) => `  trust-anchor: "${anchor}"`),
    'remote-control:',
    '  control-enable: no',
  ];
  writeFileSync(join(home, 'unbound.conf'), `${lines.join('\n')}\n`);
  const child = net.spawn(place, join(home, 'resolver'), ['-d', '-c', join(home, 'unbound.conf')]);
  child.stdout!.resume();
  child.stderr!.resume();
}
