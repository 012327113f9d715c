/** The OSCAL form: of the shape OSCAL asks for, the same bytes for the same report, and never `satisfied` without a test. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { changed } from '../../tests/fixtures/changed.ts';
import { bare, hostile, mixed, recording, silent } from '../../tests/fixtures/reports.ts';
import type { AuditReport } from '../verdict/judge.ts';
import { OSCAL_NAMESPACE, oscalOf } from './oscal.ts';

const DIGEST = 'ab'.repeat(32);
const parts = new URL('../../tests/fixtures/oscal-assessment-results.parts.json', import.meta.url);
const valid = new Ajv({ strict: true, unicodeRegExp: true }).compile(JSON.parse(readFileSync(parts, 'utf8')));

interface Named {
  uuid: string;
  title: string;
  props: { name: string; ns: string; value: string }[];
  'relevant-evidence'?: { description: string }[];
}

interface Result {
  observations: Named[];
  findings?: (Named & {
    target: { 'target-id': string; status: { state: string } };
    'related-observations': { 'observation-uuid': string }[];
  })[];
  'reviewed-controls': { 'control-selections': Record<string, { 'control-id': string }[]>[] };
}

const resultOf = (report: AuditReport): Result =>
  (oscalOf(report, DIGEST) as { 'assessment-results': { results: Result[] } })['assessment-results'].results[0]!;

const value = ({ props }: Named, name: string): string | undefined => props.find((prop) => prop.name === name)?.value;

test('has the shape of assessment results, whatever the target said', () => {
  const texts = ['', ' ', '\n\0', '<b onload=x>', '{{ insert: param, x }}', '[x](javascript:x)', '\ud800'];
  for (const report of [silent(), bare(), recording(), mixed(), ...texts.map(hostile)]) {
    assert.ok(valid(oscalOf(report, DIGEST)), JSON.stringify(valid.errors));
  }
  assert.ok(valid(oscalOf({ ...bare(), collected: 'some day' }, DIGEST)));
});

test('the schema of the test refuses what OSCAL refuses', () => {
  const broken: [path: string, value: unknown][] = [
    ['import-ap', undefined],
    ['uuid', 'x'],
    ['results.0.findings.0.target.status.state', 'not-tested'],
    ['results.0.observations.0.methods', undefined],
    ['results.0.observations', []],
    ['results.0.note', 'x'],
    ['metadata.title', 'two\nlines'],
    ['metadata.props.0.value', ' '],
  ];
  for (const [path, value] of broken) {
    assert.ok(!valid(changed(oscalOf(mixed(), DIGEST), `assessment-results.${path}`, value)), path);
  }
});

test('each claim is once a finding or once an observation, and only a confirmed one is satisfied', () => {
  for (const report of [silent(), bare(), mixed()]) {
    const { observations, findings = [] } = resultOf(report);
    for (const { id, verdict } of report.claims) {
      const states = findings
        .filter(({ target }) => target['target-id'] === id)
        .map(({ target }) => target.status.state);
      const verdicts = observations.filter((one) => value(one, 'claim') === id).map((one) => value(one, 'verdict'));
      const open = verdicts.filter((one) => one !== undefined);
      if (verdict === 'confirmed') assert.deepEqual([states, open], [['satisfied'], []]);
      else if (verdict === 'not-confirmed') assert.deepEqual([states, open], [['not-satisfied'], []]);
      else assert.deepEqual([states, open], [[], [verdict ?? 'out-of-scope']]);
    }
  }
  assert.equal(resultOf(silent()).findings, undefined);
});

test('what is out of scope is not among the reviewed controls', () => {
  const [selection] = resultOf(bare())['reviewed-controls']['control-selections'];
  assert.ok(selection!['include-controls']!.some((control) => control['control-id'] === 'CL-01'));
  assert.ok(!selection!['include-controls']!.some((control) => control['control-id'] === 'CL-12'));
  assert.ok(selection!['exclude-controls']!.some((control) => control['control-id'] === 'CL-12'));
});

test('UUIDs are unique, references lead somewhere, and a finding rests on the check that found it', () => {
  const text = JSON.stringify(oscalOf(mixed(), DIGEST));
  const defined = [...text.matchAll(/"uuid":"([^"]+)"/g)].map(([, uuid]) => uuid);
  assert.equal(new Set(defined).size, defined.length);
  for (const [, uuid] of text.matchAll(/"(?:observation-uuid|subject-uuid)":"([^"]+)"|"href":"#([^"]+)"/g)) {
    if (uuid !== undefined) assert.ok(defined.includes(uuid));
  }
  assert.ok(defined.includes(/"import-ap":\{"href":"#([^"]+)"/.exec(text)![1]));
  const { observations, findings } = resultOf(mixed());
  const basis = findings!.find(({ target }) => target['target-id'] === 'CL-01')!['related-observations'];
  const found = observations.find(({ title }) => title === 'Check program-records')!;
  assert.ok(basis.some((one) => one['observation-uuid'] === found.uuid));
  assert.ok(found.props.every(({ ns }) => ns === OSCAL_NAMESPACE));
});

test('the same report gives the same bytes; another digest, profile or content gives another document', () => {
  const bytes = (report: AuditReport, digest = DIGEST): string => JSON.stringify(oscalOf(report, digest));
  const id = (text: string): string => JSON.parse(text)['assessment-results'].uuid;
  assert.equal(bytes(mixed()), bytes(mixed()));
  assert.notEqual(id(bytes(mixed())), id(bytes(mixed(), 'cd'.repeat(32))));
  assert.notEqual(id(bytes(mixed())), id(bytes(recording())));
});

test('text of the target is escaped where OSCAL has Markdown', () => {
  const document = oscalOf(hostile('<b>[a](c) {{ insert: param, d }} \u202e'), DIGEST) as {
    'assessment-results': { metadata: { title: string }; results: Result[] };
  };
  const escaped = '\\<b\\>\\[a\\](c) \\{\\{ insert: param, d \\}\\} \ufffd';
  const { metadata, results } = document['assessment-results'];
  assert.equal(metadata.title, `Audit of ${escaped}`);
  const found = results[0]!.observations.find(({ title }) => title === 'Check program-records')!;
  assert.equal(found['relevant-evidence']![0]!.description, `${escaped}\n\n${escaped}`);
});
