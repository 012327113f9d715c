import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isTrustAnchor, unboundConfig } from './resolver.ts';

const options = {
  pidFile: '/run/unbound.pid',
  rootAnchors: null,
  anchorFile: '/usr/share/dns/root.key',
  hintsFile: null,
};
const DS = '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D';

/** What Unbound itself reads from a configuration for an option. */
function effective(config: string, option: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-unbound-'));
  try {
    writeFileSync(join(directory, 'unbound.conf'), config);
    return execFileSync('unbound-checkconf', ['-o', option, join(directory, 'unbound.conf')], {
      encoding: 'utf8',
    }).trim();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('Unbound accepts the configuration, with public and with given trust anchors', () => {
  assert.equal(effective(unboundConfig(options), 'trust-anchor-file'), options.anchorFile);
  const given = unboundConfig({ ...options, rootAnchors: [DS], hintsFile: '/usr/share/dns/root.hints' });
  assert.equal(effective(given, 'trust-anchor'), DS);
  assert.equal(effective(given, 'trust-anchor-file'), '');
});

test('nothing is logged, counted, prefetched or told upstream, as Unbound itself understands it', () => {
  const config = unboundConfig(options);
  const expected: Record<string, string> = {
    verbosity: '0',
    'use-syslog': 'no',
    logfile: '',
    'log-queries': 'no',
    'log-replies': 'no',
    'log-local-actions': 'no',
    'log-servfail': 'no',
    'statistics-interval': '0',
    'extended-statistics': 'no',
    prefetch: 'no',
    'serve-expired': 'no',
    'qname-minimisation': 'yes',
    'module-config': 'validator iterator',
    'control-enable': 'no',
    username: 'unbound',
    'cache-max-ttl': '3600',
    dnstap: 'no',
  };
  for (const [option, value] of Object.entries(expected)) {
    if (option === 'dnstap') assert.doesNotMatch(config, /dnstap/);
    else assert.equal(effective(config, option), value, option);
  }
});

test("a name may not resolve to a network that is nobody's, nor to a detour to one", () => {
  const refused = effective(unboundConfig(options), 'private-address').split('\n');
  for (const range of [
    '168.63.129.16/32',
    '192.0.0.0/24',
    '198.18.0.0/15',
    '64:ff9b::/96',
    '2002::/16',
    '10.0.0.0/8',
  ]) {
    assert.ok(refused.includes(range), range);
  }
});

test('every public trust anchor of Debian is a trust anchor, and text that could add an option is none', () => {
  const anchors = readFileSync('/usr/share/dns/root.ds', 'utf8').split('\n').filter(Boolean);
  assert.ok(anchors.length > 0 && anchors.every(isTrustAnchor));
  const keys = readFileSync('/usr/share/dns/root.key', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ;')[0]);
  assert.ok(keys.every(isTrustAnchor));
  for (const bad of ['', 'nonsense', `${DS}"`, `${DS}\n\tverbosity: 5`, `${DS} ; note`, `. IN A 192.0.2.1`, 7, null]) {
    assert.ok(!isTrustAnchor(bad), String(bad));
    if (typeof bad === 'string') assert.throws(() => unboundConfig({ ...options, rootAnchors: [bad] }), TypeError);
  }
});
