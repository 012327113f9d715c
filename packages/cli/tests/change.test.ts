/** `lethe change` as a process, against a real proof plane: from one-person mode to two persons, and every way a signature must be refused. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeKey, readKeyFile, unlockKey } from '@lethe/cli/change/key-file';
import { fromUtf8, newSigningSeed, type Secret } from '@lethe/core';
import {
  addSignature,
  openRelease,
  parseEnvelope,
  type ReleaseDocument,
  releaseEnvelope,
  trustRootEnvelope,
} from '@lethe/verify';
import { type ChangeService, CONTENT, startChangeService } from './change-service.ts';
import { lethe, type Ran } from './harness.ts';

const PHRASE = 'three blind mice run';
const NAMES = ['ada', 'grace', 'radia'] as const;

let service: ChangeService;
let home: string;
const publicKeys: Record<string, string> = {};

before(async () => {
  service = await startChangeService();
  home = join(service.directory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'phrase'), `${PHRASE}\n`, { mode: 0o600 });
  for (const name of [...NAMES, 'eve']) {
    const { text, publicKey } = await makeKey(name, PHRASE, { N: 1024, r: 8, p: 1 });
    writeFileSync(join(home, `${name}.key`), text, { mode: 0o600 });
    publicKeys[name] = publicKey;
  }
});
after(() => service?.[Symbol.asyncDispose]());

/** Runs a verb with a profile that is only this person's. */
const as = (person: string, ...args: string[]): Promise<Ran> =>
  lethe(['change', ...args, '--service', service.url, '--profile', join(home, `profile-${person}`)], { cwd: home });
const signing = (person: string): string[] => ['--key', `${person}.key`, '--passphrase-file', 'phrase', '--yes'];

interface Shown {
  id: string;
  index: number | null;
  signers: { signed: string[]; needed: number }[];
  sections: { title: string; lines: { sign: string; text: string; marked: boolean }[] }[];
}
const done = (ran: Ran): Shown => {
  assert.equal(ran.code, 0, ran.out + ran.err);
  return ran.json() as unknown as Shown;
};
const refused = (ran: Ran, code: string, message?: RegExp): void => {
  const { error } = ran.json() as unknown as { error: { code: string; message: string } };
  assert.equal(error?.code, code, ran.out);
  if (message) assert.match(error.message, message);
  assert.match(error.message, /Nothing was (signed|changed)|No key was made/);
};

const seedOf = (name: string): Promise<Secret> =>
  unlockKey(readKeyFile(readFileSync(join(home, `${name}.key`))), PHRASE);
/** The next release, as someone makes it who does not use this program. */
async function nextRelease(change: Partial<ReleaseDocument>): Promise<Uint8Array> {
  const last = service.proof.releases.at(-1)!;
  const { digest, ...document } = last;
  const now = Math.floor(Date.now() / 1000);
  const times = { notBefore: now, expires: now + 3600 };
  const next = { ...document, ...times, version: last.version + 1, previous: digest, trustRoot: 2, author: 'ada' };
  return releaseEnvelope({ ...next, ...change });
}
const idOf = (envelope: Uint8Array): string => parseEnvelope(envelope).digest;
/** Makes the service say that these changes wait. */
const pretend = (...envelopes: Uint8Array[]): void => {
  const changes = envelopes.map((bytes) => ({ envelope: fromUtf8(bytes), signedBy: ['ada', 'grace', 'radia'] }));
  service.lies.set('/api/changes', JSON.stringify({ changes }));
};

test('a key is made once, in a file of its own, and never over another', async () => {
  const made = await as('ada', 'key', '--out', 'new.key', '--passphrase-file', 'phrase', '--json');
  assert.equal(made.code, 0, made.out);
  const { publicKey } = made.json() as { publicKey: string };
  const bytes = readFileSync(join(home, 'new.key'));
  assert.equal(statSync(join(home, 'new.key')).mode & 0o777, 0o600);
  assert.equal(readKeyFile(bytes).publicKey, publicKey);
  refused(await as('ada', 'key', '--out', 'new.key', '--passphrase-file', 'phrase', '--json'), 'already_exists');
  assert.deepEqual(readFileSync(join(home, 'new.key')), bytes);
  writeFileSync(join(home, 'short'), 'mice\n', { mode: 0o600 });
  refused(await as('ada', 'key', '--out', 'b.key', '--passphrase-file', 'short', '--json'), 'bad_request', /fewer/);
  writeFileSync(join(home, 'open'), `${PHRASE}\n`, { mode: 0o644 });
  refused(await as('ada', 'key', '--out', 'b.key', '--passphrase-file', 'open', '--json'), 'bad_request', /open to/);
  refused(await as('ada', 'key', '--out', 'b.key', '--json'), 'bad_request', /no terminal|--passphrase-file/i);
  assert.ok(!readdirSync(home).includes('b.key'));
});

test('a home server hands over to two persons, and only the machine and both of them together can', async () => {
  const persons = NAMES.map((id) => ({ id, keys: [publicKeys[id]!], roles: ['release', 'root', 'audit'] }));
  const thresholds = { release: 2, root: 2, audit: 1 };
  writeFileSync(join(home, 'persons.json'), JSON.stringify({ persons, thresholds }));
  const root = ['persons', '--root', 'persons.json', '--json'];
  refused(await as('ada', ...root, ...signing('ada')), 'too_few_approvals', /--machine-key/);
  const first = await as('grace', 'list');
  assert.match(first.err, /First use: .* the service's own was taken on trust and is kept/);
  assert.match(first.out, /Trust root 1: one-person/);
  assert.doesNotMatch((await as('grace', 'list')).err, /First use/);
  const proposed = done(await as('ada', ...root, '--machine-key', service.data, '--yes'));
  assert.deepEqual(
    proposed.signers.map(({ signed, needed }) => [signed, needed]),
    [
      [['this machine'], 1],
      [[], 2],
    ],
  );
  const approve = ['approve', proposed.id.slice(0, 16), '--json'];
  refused(await as('eve', ...approve, ...signing('eve')), 'too_few_approvals');
  assert.equal(done(await as('ada', ...approve, ...signing('ada'))).index, null);
  refused(await as('ada', ...approve, ...signing('ada')), 'same_person', /counts once/);
  assert.equal(done(await as('grace', ...approve, ...signing('grace'))).index, 2);
  assert.equal(service.proof.status.mode, 'two-person');
});

test('a release needs two persons, each of whom sees what it would change', async () => {
  const text = CONTENT.files[0]!.text.replace('verbosity: 0', 'verbosity: 2').replace('port: 53', 'port: 54');
  const content = { ...CONTENT, files: [{ ...CONTENT.files[0]!, text }], egress: ['udp 53 any', 'tcp 443 any'] };
  writeFileSync(join(home, 'release.json'), JSON.stringify(content));
  const proposal = ['propose', '--release', 'release.json', '--reason', 'a test', '--json', ...signing('ada')];
  const { id, index } = done(await as('ada', ...proposal));
  assert.equal(index, null);

  const shown = await as('grace', 'show', id);
  assert.equal(shown.code, 0, shown.err);
  assert.match(shown.out, /^Release 2\n/);
  assert.match(shown.out, /Signed +ada \(1 of 2 needed; may sign: ada, grace, radia\)/);
  assert.match(shown.out, /After +release 1, entry 1\n/);
  assert.match(shown.out, /\nReason\n {2}\| a test\n/);
  assert.match(
    shown.out,
    /\n {2}- {3}port: 53\n! - {3}verbosity: 0\n {2}\+ {3}port: 54\n! \+ {3}verbosity: 2\n {6}use-syslog: no\n/,
  );
  assert.match(shown.out, /\n! \+ tcp 443 any\n/);
  assert.match(shown.out, /\n3 changed lines marked !/);

  const list = await as('grace', 'list');
  assert.match(list.out, new RegExp(`release 2 +${id.slice(0, 16)} +ada \\(1 of 2`));
  assert.match(list.out, /\n1 +1 +this machine /);

  refused(await as('ada', 'approve', id, '--json', ...signing('ada')), 'same_person');
  refused(await as('eve', 'approve', id, '--json', ...signing('eve')), 'too_few_approvals', /not one of the persons/);
  const noYes = ['approve', id, '--json', '--key', 'grace.key', '--passphrase-file', 'phrase'];
  refused(await as('grace', ...noYes), 'bad_request', /--yes/);
  writeFileSync(join(home, 'wrong'), 'three blind mice ran\n', { mode: 0o600 });
  refused(await as('grace', ...noYes, '--yes', '--passphrase-file', 'wrong'), 'wrong_code');
  assert.deepEqual(
    (await service.proof.changes()).map(({ signedBy }) => signedBy),
    [['ada']],
  );

  service.asked.clear();
  const approved = await as('grace', 'approve', id, ...signing('grace'));
  assert.equal(approved.code, 0, approved.err);
  assert.match(approved.err, /! \+ {3}verbosity: 2\n/, 'it is shown before it is signed');
  assert.match(approved.out, /in the log as entry 3/);
  assert.equal(service.asked.get('/api/changes'), 2, 'read once, handed in once');
  assert.equal(service.proof.releases.at(-1)?.files[0]?.text, text);
  refused(await as('radia', 'approve', id, '--json', ...signing('radia')), 'not_found');

  const renewed = done(await as('ada', 'propose', '--reason', 'longer', '--days', '60', '--json', ...signing('ada')));
  assert.deepEqual(renewed.sections, [], 'a renewal changes nothing');
  const gone = ['reject', renewed.id, '--reason', 'not now', '--json'];
  refused(await as('eve', ...gone, ...signing('eve')), 'too_few_approvals');
  assert.equal((await as('radia', ...gone, ...signing('radia'))).code, 0);
  assert.deepEqual(await service.proof.changes(), []);
});

test('no text of a change can steer or deceive the terminal of who reads it', async () => {
  const evil = '\u001b[1A\u001b[2K\r\u009b2J\u202e\u200b';
  const bytes = await addSignature(
    await nextRelease({
      reason: `fine${evil}\nSigned       ada, grace (2 of 2 needed)`,
      scope: ['*'],
      files: [{ path: '/etc/x.conf', text: `log-queries: yes${evil}\nport: 53\n` }],
      sysctls: [{ name: 'net/x', value: `1${evil}` }],
    }),
    await seedOf('ada'),
  );
  writeFileSync(join(home, 'evil.json'), bytes);
  pretend(bytes);
  try {
    for (const args of [['show', 'evil.json'], ['show', idOf(bytes)], ['list'], ['show', 'evil.json', '--json']]) {
      const { code, out } = await as('grace', ...args);
      assert.equal(code, 0, out);
      assert.doesNotMatch(out, /[^\n\P{C}]/u, args.join(' '));
      assert.match(out, /\\u\{1b\}\[1A/);
    }
    const { out } = await as('grace', 'show', 'evil.json');
    assert.match(out, /\n! \+ log-queries: yes\\u\{1b\}\[1A\\u\{1b\}\[2K\\r\\u\{9b\}2J\\u\{202e\}\\u\{200b\}\n/);
    assert.match(out, /\n {2}\| Signed {7}ada, grace/, 'a line of the reason is no line of its own');
  } finally {
    service.lies.clear();
  }
});

test('nobody signs what cannot be compared, has been changed, or can never be logged', async () => {
  const ada = await seedOf('ada');
  const attempt = async (bytes: Uint8Array): Promise<Ran> => {
    pretend(bytes);
    return as('grace', 'approve', idOf(bytes), '--json', ...signing('grace'));
  };
  const size = service.proof.status.size;
  try {
    const next = await addSignature(await nextRelease({}), ada);

    // The service's word for who signed counts nothing.
    pretend(await nextRelease({}));
    const unsigned = done(await as('grace', 'show', idOf(await nextRelease({})), '--json'));
    assert.deepEqual(unsigned.signers[0]?.signed, []);

    refused(await attempt(await nextRelease({ previous: 'cd'.repeat(32) })), 'broken_chain', /another document/);
    refused(await attempt(await nextRelease({ trustRoot: 1 })), 'broken_chain', /another trust root/);
    refused(await attempt(await nextRelease({ notBefore: 1, expires: 2 })), 'expired');
    refused(await attempt(await nextRelease({ origin: 'other.example/log' })), 'broken_chain', /another log/);
    const first = openRelease(await service.file('release/1.json')).release;
    const old = await nextRelease({ version: 2, previous: first.digest });
    refused(await attempt(old), 'broken_chain', /does not follow the newest/);

    // A base that is another document than the log's, that nobody approved, or that is gone.
    const base = await addSignature(await nextRelease({ version: 2, previous: first.digest, reason: 'made up' }), ada);
    service.lies.set('/log/release/2.json', base);
    refused(await attempt(await nextRelease({ previous: idOf(base) })), 'not_included', /nobody can see/);
    service.lies.set('/log/release/2.json', await service.file('release/1.json'));
    service.lies.set('/log/release/2.json.tlog-proof', await service.file('release/1.json.tlog-proof'));
    refused(await attempt(next), 'broken_chain', /another release/);
    service.lies.set('/log/release/2.json', '{}');
    refused(await attempt(next), 'not_included', /nobody can see/);
    service.lies.clear();
    assert.equal(service.proof.status.size, size, 'nothing was logged');
  } finally {
    service.lies.clear();
  }
});

test('a log that is not the one this profile knows is refused', async () => {
  // A chain of roots of someone else, correct in itself.
  const other = await startChangeService();
  try {
    const documents = ['root/1.json', 'release/1.json'].flatMap((path) => [path, `${path}.tlog-proof`]);
    for (const path of ['newest.json', 'policy', ...documents])
      service.lies.set(`/log/${path}`, await other.file(path));
    const seed = newSigningSeed('approver');
    const fake = await addSignature(await nextRelease({}), seed);
    pretend(fake);
    refused(await as('grace', 'approve', idOf(fake), '--json', ...signing('grace')), 'unknown_log');
    assert.equal((await as('stranger', 'list')).code, 0, 'who knows no log cannot tell');

    service.lies.clear();
    service.lies.set('/log/newest.json', JSON.stringify({ root: 1, release: 2 }));
    refused(await as('grace', 'show', 'evil.json', '--json'), 'rolled_back', /older trust root/);

    service.lies.clear();
    writeFileSync(join(home, 'other-policy'), await other.file('policy'));
    writeFileSync(join(home, 'policy'), await service.file('policy'));
    const given = ['show', 'evil.json', '--json', '--policy'];
    refused(await as('new', ...given, 'other-policy'), 'unknown_log', /--policy/);
    const ran = await as('new', ...given, 'policy');
    assert.equal(ran.code, 0, ran.out);
    assert.doesNotMatch(ran.err, /First use/);
    refused(await as('new', ...given, 'nowhere'), 'bad_request');
    // Another trust root under a number that was seen, even if a given policy vouches for it.
    const kept = join(home, 'profile-new', new URL(service.url).host.replace(':', '_'), 'log.json');
    const text = readFileSync(kept, 'utf8');
    writeFileSync(kept, text.replace(/"digest":"../, '"digest":"zz'));
    refused(await as('new', ...given, 'policy'), 'inconsistent', /another trust root/);
    writeFileSync(kept, text.slice(0, 20));
    refused(await as('new', ...given, 'policy'), 'bad_request', /damaged/);
  } finally {
    service.lies.clear();
    await other[Symbol.asyncDispose]();
  }
});

test('a list of persons that would lock everybody out, or count one twice, is not signed', async () => {
  const attempt = async (root: object): Promise<Ran> => {
    writeFileSync(join(home, 'next.json'), JSON.stringify(root));
    return as('ada', 'persons', '--root', 'next.json', '--json', ...signing('ada'));
  };
  const person = (id: string, key = publicKeys[id]!) => ({ id, keys: [key], roles: ['release', 'root'] });
  const two = { persons: [person('ada'), person('grace')], thresholds: { release: 2, root: 2, audit: 1 } };
  for (const root of [
    { ...two, thresholds: { release: 3, root: 2, audit: 1 } },
    { ...two, persons: [person('ada'), person('grace', publicKeys['ada'])] },
    { ...two, version: 7 },
    { ...two, policy: 'quorum none\n' },
    { ...two, thresholds: null },
    {},
  ]) {
    const ran = await attempt(root);
    assert.equal(ran.code === 0, false, JSON.stringify(root));
    assert.match(ran.out, /bad_trust_root/);
  }
  assert.deepEqual(await service.proof.changes(), []);
  // The same persons for longer: the mode follows from the thresholds.
  const fewer = done(await attempt({ ...two, thresholds: { release: 1, root: 2, audit: 1 } }));
  const mode = fewer.sections.find(({ title }) => title === 'Mode');
  assert.deepEqual(
    mode?.lines.map(({ sign, text, marked }) => [sign, text, marked]),
    [
      ['-', 'two-person', true],
      ['+', 'one-person', true],
    ],
  );
  assert.equal((await as('ada', 'reject', fewer.id, '--reason', 'a test', ...signing('ada'))).code, 0);
});

test('an envelope in a file is only that: unknown kinds and other bytes are refused', async () => {
  writeFileSync(join(home, 'nothing.json'), '{"a":1}');
  assert.match((await as('grace', 'show', 'nothing.json', '--json')).out, /bad_envelope/);
  assert.match((await as('grace', 'show', 'missing.json', '--json')).out, /bad_request/);
  const root = trustRootEnvelope({
    version: 1,
    previous: null,
    origin: service.proof.status.origin,
    mode: 'one-person',
    maxAgeS: 60,
    expires: 9,
    persons: [{ id: 'eve', keys: [publicKeys['eve']!], roles: ['root', 'release'] }],
    thresholds: { release: 1, root: 1, audit: 1 },
    policy: fromUtf8(await service.file('policy')),
  });
  // Another first root: it can be looked at, and never be signed.
  writeFileSync(join(home, 'root.json'), root);
  assert.match((await as('grace', 'show', 'root.json')).out, /^Trust root 1\n/);
  pretend(root);
  try {
    refused(await as('eve', 'approve', idOf(root), '--json', ...signing('eve')), 'broken_chain');
  } finally {
    service.lies.clear();
  }
});
