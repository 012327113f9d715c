import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { INCIDENT_KINDS, INCIDENT_WORDS } from './incident.ts';

test('docs/alarms.md has every kind with its sentence, and no other', () => {
  const page = readFileSync(new URL('../../../docs/alarms.md', import.meta.url), 'utf8');
  const section = page.split('## What the kinds mean')[1]!.split('\n## ')[0]!;
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, kind, words]) => [kind, words]);
  const wanted = INCIDENT_KINDS.map((kind) => [kind, INCIDENT_WORDS[kind]]);
  assert.deepEqual(rows.toSorted(), wanted.toSorted());
});
