/** The drill with a subject whose memory is a file: what it must notice, and what it must not hold against a server. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StateEntry } from '@lethe/core/inventory';
import { Hunter } from '../hunt/hunter.ts';
import { encodings } from '../markers/encodings.ts';
import { merge, searchDirectory } from '../sources/index.ts';
import { controlFound } from './control.ts';
import { declaredBy, declaringEntries, notShown } from './declared.ts';
import { type DrillReport, type DrillSubject, drill } from './drill.ts';

const WORD = 'Quaxolith7Bz';
const hunter = new Hunter(encodings({ id: 'word', kind: 'dns', text: WORD }));
const spec = readFileSync(new URL('../../../../spec/state-inventory.json', import.meta.url), 'utf8');
const { entries } = JSON.parse(spec) as { entries: StateEntry[] };

/** Runs a drill whose machine is a file and whose host is a directory; each step of its life may write to them. */
async function play(
  life: Partial<Record<'before' | 'connect' | 'forget' | 'end', (machine: string, host: string) => void>>,
): Promise<DrillReport> {
  const base = mkdtempSync(join(tmpdir(), 'lethe-drill-'));
  const [memory, host] = [join(base, 'memory'), mkdtempSync(join(base, 'host-'))];
  const act = async (step: keyof typeof life): Promise<void> => life[step]?.(memory, host);
  writeFileSync(memory, Buffer.alloc(5000));
  const subject: DrillSubject = {
    engine: 'microvm',
    freeze: async () => {},
    thaw: async () => {},
    memory: async () =>
      existsSync(memory) ? [{ kind: 'file', path: memory, size: statSync(memory).size, what: 'guest memory' }] : [],
    connect: () => act('connect'),
    leave: async () => {},
    forget: () => act('forget'),
    async end() {
      rmSync(memory);
      await act('end');
    },
    searchHost: async (by) =>
      merge([
        searchDirectory(by, host),
        { found: [{ source: 'table x', holder: 'table x', area: '', hits: [], bytes: 1 }], unread: [] },
      ]),
  };
  try {
    await act('before');
    return await drill(subject, { hunter, entries });
  } finally {
    rmSync(base, { recursive: true });
  }
}

const plant = (path: string): void => writeFileSync(path, `..${WORD}..`);

test('what was there while connected and is gone after forgetting passes', async () => {
  const report = await play({
    connect: (machine) => plant(machine),
    forget: (machine) => writeFileSync(machine, Buffer.alloc(9000)),
  });
  assert.deepEqual(report.failures, []);
  assert.equal(report.stages.find(({ stage }) => stage === 'connected')!.where[0]!.declared, 'guest-memory');
});

test('a machine that keeps it fails', async () => {
  const report = await play({ connect: (machine) => plant(machine) });
  assert.match(report.failures.join(), /forgotten: \d+ hits above/);
});

test('a file of the host fails as soon as it is there, and after the end', async () => {
  const report = await play({
    connect(machine, host) {
      plant(machine);
      plant(join(host, 'log'));
    },
    forget: (machine) => writeFileSync(machine, Buffer.alloc(9000)),
  });
  assert.match(report.failures.join(), /connected: \d+ traces where the inventory declares none/);
  assert.match(report.failures.join(), /host: \d+ hits above/);
});

test('a file that had it before is not held against the host, but one more in it is', async () => {
  const steps = {
    connect: (machine: string) => plant(machine),
    forget: (machine: string) => writeFileSync(machine, Buffer.alloc(9000)),
  };
  const before = (_: string, host: string): void => plant(join(host, 'known'));
  assert.deepEqual((await play({ ...steps, before })).failures, []);
  const twice = await play({
    ...steps,
    before,
    connect(machine, host) {
      plant(machine);
      writeFileSync(join(host, 'known'), `${WORD} ${WORD}`);
    },
  });
  assert.match(twice.failures.join(), /connected: \d+ traces where the inventory declares none.*known/);
});

test('what was there by chance before is not held against the server, but one more of it is', async () => {
  const clean = { connect: (machine: string) => writeFileSync(machine, `${WORD} ${WORD}`) };
  const same = await play({ ...clean, before: (machine) => plant(machine), forget: (machine) => plant(machine) });
  assert.deepEqual(same.failures, []);
  const more = await play({ ...clean, before: (machine) => plant(machine) });
  assert.match(more.failures.join(), /forgotten: /);
  // A hit in the machine does not excuse one on the host.
  const host = await play({
    ...clean,
    before: (machine) => plant(machine),
    forget: (machine) => plant(machine),
    end: (_, directory) => plant(join(directory, 'x')),
  });
  assert.match(host.failures.join(), /host: \d+ hits above/);
});

test('a machine without memory, and one in which nothing was ever found, are not tested', async () => {
  assert.match((await play({})).failures.join(), /not tested: nothing was found/);
  assert.match(
    (
      await play({ before: (machine) => rmSync(machine), connect: () => {}, forget: (machine) => plant(machine) })
    ).failures.join(),
    /no memory was found|could not be read/,
  );
});

test('the positive control finds what is planted, and says so if a search is blind', async () => {
  assert.equal(await controlFound(hunter), true);
  const blind = new Hunter(hunter.patterns);
  blind.search = () => [];
  assert.equal(await controlFound(blind), false);
});

test('every place is declared by an entry that the inventory has, of something devices do', () => {
  for (const id of declaringEntries()) assert.ok(entries.find((entry) => entry.id === id)?.activity, id);
  assert.equal(declaredBy(entries, 'unbound', 'container'), 'resolver-memory');
  assert.equal(declaredBy(entries, 'qemu', 'container'), null, 'an entry of another engine');
  assert.equal(declaredBy(entries, 'file', 'container'), null);
  assert.equal(declaredBy(entries, 'constructor', 'container'), null);
  assert.ok(notShown(entries, 'container').includes('shared-kernel'));
  assert.ok(!notShown(entries, 'microvm').includes('shared-kernel'));
});
