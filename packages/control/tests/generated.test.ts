/** What is generated and committed is what the sources say today; a running service serves the same document. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generated } from '../../../tools/generate.ts';
import { call } from './support/customer.ts';
import { testDatabase } from './support/database.ts';
import { startService } from './support/service.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const database = testDatabase();

test('the committed document and client types are current: else run `npm run generate`', async () => {
  const files = await generated();
  assert.deepEqual(Object.keys(files), [
    'spec/openapi.json',
    'packages/api/src/generated/schema.d.ts',
    'docs/cli.md',
    'docs/what-we-hold.md',
  ]);
  for (const [file, text] of Object.entries(files)) assert.equal(readFileSync(root + file, 'utf8'), text, file);
});

test('a service describes itself with that document', async (t) => {
  const service = await startService(t, database);
  const { body } = await call(service, 'GET', '/api/openapi.json');
  assert.deepEqual(body, JSON.parse(readFileSync(`${root}spec/openapi.json`, 'utf8')));
  assert.equal(body.openapi, '3.1.0');
});

test('every schema and operation has a name and a description', () => {
  const document = JSON.parse(readFileSync(`${root}spec/openapi.json`, 'utf8'));
  for (const [path, methods] of Object.entries<Record<string, { operationId?: string; summary?: string }>>(
    document.paths,
  )) {
    for (const [method, operation] of Object.entries(methods)) {
      assert.ok(operation.operationId && operation.summary, `${method} ${path}`);
    }
  }
  for (const [name, schema] of Object.entries<{ description?: string }>(document.components.schemas)) {
    assert.ok(schema.description, `schema ${name}`);
    assert.ok(!name.startsWith('def-'), name);
  }
});
