/** The published schema of the JSON report: what `judge` makes is valid, and anything else is not. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLAIM_IDS, QUESTION_IDS } from '@lethe/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { changed } from '../../tests/fixtures/changed.ts';
import { bare, hostile, mixed, recording, silent } from '../../tests/fixtures/reports.ts';
import type { AuditReport } from '../verdict/judge.ts';

const schema = JSON.parse(readFileSync(new URL('../../../../spec/audit-report.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ strict: true, strictRequired: true }).compile(schema);

/** As a reader of the printed report has it. */
const printed = (report: AuditReport): AuditReport => JSON.parse(JSON.stringify(report));

test('reports are valid', () => {
  for (const report of [silent(), bare(), recording(), mixed(), hostile('\0\u202e"]')]) {
    assert.ok(valid(printed(report)), JSON.stringify(valid.errors));
  }
});

test('every profile is allowed, and no other', () => {
  for (const profile of ['quick', 'standard', 'full']) assert.ok(valid({ ...printed(bare()), profile }));
  assert.ok(!valid({ ...printed(bare()), profile: 'deep' }));
});

test('the schema names exactly the claims and questions that there are', () => {
  assert.deepEqual(schema.$defs.claimId.enum, CLAIM_IDS);
  assert.deepEqual(schema.$defs.questionId.enum, QUESTION_IDS);
  assert.equal(schema.properties.claims.maxItems, CLAIM_IDS.length);
  assert.equal(schema.properties.questions.maxItems, QUESTION_IDS.length);
});

const CONTRARY = recording().checks.findIndex(({ contrary }) => contrary.length > 0);

/** What each changes in a valid report; undefined takes it away. */
const BROKEN: Record<string, [path: string, value: unknown]> = {
  'another format': ['format', 'lethe-audit/2'],
  'no word on the control': ['positiveControl', undefined],
  'something unknown': ['signed', true],
  'something unknown in a claim': ['claims.0.note', 'x'],
  'something unknown in the target': ['target.address', '192.0.2.1'],
  'an unknown claim': ['claims.0.id', 'CL-20'],
  'a missing claim': ['claims', recording().claims.slice(1)],
  'an unknown question': ['questions.0.id', 'P11'],
  'an unknown verdict': ['claims.0.verdict', 'passed'],
  'a finding without a place': [`checks.${CONTRARY}.contrary.0.where`, undefined],
  'a negative total': ['totals.confirmed', -1],
  'a time without a zone': ['collected', '2026-01-01T00:00:00'],
  'a system without root': ['target.system.root', undefined],
};

for (const [name, [path, value]] of Object.entries(BROKEN)) {
  test(`not valid: ${name}`, () => assert.ok(!valid(changed(recording(), path, value))));
}
