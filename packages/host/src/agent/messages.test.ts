import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT_FAILURES, INSIDE_KINDS, OUTSIDE_KINDS, STAGES } from '@lethe/core';
import fc from 'fast-check';
import { parseAgentMessage } from './messages.ts';

const key = `${'A'.repeat(43)}=`;
const good: object[] = [
  { type: 'hello', protocol: 1 },
  { type: 'heartbeat' },
  { type: 'keep', keys: { wireguard: key, node: key } },
  { type: 'answer', id: 1, sealed: 'AAAA' },
  { type: 'applied', counter: 5 },
  { type: 'drift', kinds: [] },
  { type: 'drift', kinds: INSIDE_KINDS },
  ...STAGES.map((stage) => ({ type: 'stage', stage })),
  ...AGENT_FAILURES.map((failure) => ({ type: 'failed', failure })),
  {
    type: 'enrol',
    enrolment: {
      server: 'a'.repeat(32),
      token: 't',
      nodeKey: 'A'.repeat(43),
      wireguardKey: key,
      signature: `${'A'.repeat(86)}==`,
    },
  },
];

test('every message of the protocol is taken as it is, and none with a field more or less', () => {
  for (const message of good) {
    assert.deepEqual(parseAgentMessage(message), message);
    assert.throws(() => parseAgentMessage({ ...message, more: 1 }), { code: 'bad_request' });
    for (const field of Object.keys(message)) {
      const { [field]: _, ...less } = message as Record<string, unknown>;
      assert.throws(() => parseAgentMessage(less), { code: 'bad_request' }, field);
    }
  }
});

test('anything else is refused with the same error, whatever it is', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      assert.throws(() => parseAgentMessage(value), { code: 'bad_request' });
    }),
  );
  const types = fc.constantFrom(...good.map((message) => (message as { type: string }).type));
  fc.assert(
    fc.property(types, fc.anything(), fc.anything(), (type, a, b) => {
      const value = { type, protocol: a, keys: a, stage: a, failure: a, counter: a, id: a, sealed: b, enrolment: a };
      assert.throws(() => parseAgentMessage(value), { code: 'bad_request' });
    }),
  );
});

test('what is too long is refused', () => {
  assert.throws(() => parseAgentMessage({ type: 'answer', id: 1, sealed: 'A'.repeat(5000) }), { code: 'bad_request' });
});

test('a watch says each word of its own at most once, in their order', () => {
  for (const kinds of [
    ['process', 'process'],
    INSIDE_KINDS.toReversed(),
    [OUTSIDE_KINDS[0]],
    ['10.66.0.2'],
    'process',
    [7],
  ])
    assert.throws(() => parseAgentMessage({ type: 'drift', kinds }), { code: 'bad_request' }, String(kinds));
});
