import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { firewallChains, rulesetText, showsChains } from './firewall.ts';

/** Loads text in a network namespace that ends with the command, and returns what the kernel then shows. */
const load = (text: string, prepare = ':'): string =>
  execFileSync('unshare', ['--net', 'sh', '-c', `${prepare} && nft -f - && nft -j list ruleset`], {
    input: text,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });

for (const devicesMayTalk of [false, true]) {
  const chains = firewallChains(devicesMayTalk);

  test(`the kernel loads and shows the ruleset, devicesMayTalk ${devicesMayTalk}`, () => {
    assert.ok(showsChains(load(rulesetText(chains)), chains));
  });

  test(`it drops by default and records nothing, devicesMayTalk ${devicesMayTalk}`, () => {
    for (const chain of chains.filter(
      (one) => ['input', 'forward', 'output'].includes(one.hook) && one.priority === 'filter',
    )) {
      assert.equal(chain.policy, 'drop');
    }
    assert.doesNotMatch(
      rulesetText(chains),
      /\b(log|counter|quota|limit|meter|dynamic|update|queue|dup|fwd|flow|trace|nftrace)\b/,
    );
  });
}

test('it replaces the base ruleset that the init loads, and a repeated load is the same', () => {
  const chains = firewallChains(false);
  const base = new URL('../rootfs/etc/lethe/base.nft', import.meta.url).pathname;
  assert.ok(showsChains(load(rulesetText(chains), `nft -f ${base} && nft -f ${base}`), chains));
  assert.ok(showsChains(load(rulesetText(chains) + rulesetText(chains)), chains));
});

test('what the kernel shows is refused if anything is missing, other or added', () => {
  const chains = firewallChains(false);
  const shown = load(rulesetText(chains));
  assert.ok(showsChains(shown, chains));
  assert.ok(!showsChains(shown, firewallChains(true)), 'another number of rules');
  assert.ok(!showsChains(load(rulesetText(chains.slice(1))), chains), 'a chain less');
  assert.ok(!showsChains(load(`${rulesetText(chains)}add table ip other\n`), chains), 'a table more');
  const open = chains.map((chain) => (chain.name === 'forward' ? { ...chain, policy: 'accept' as const } : chain));
  assert.ok(!showsChains(load(rulesetText(open)), chains), 'another policy');
  for (const text of ['', '{}', 'null', '{"nftables":[]}']) assert.ok(!showsChains(text, chains), text);
});
