import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer, query, record, TYPES, wireName } from '../../tests/filter-messages.ts';
import { answersQuestion, findAlias } from './aliases.ts';

const ASKED = query('www.shop.example');
const END = ASKED.length;
const BAD = wireName('tracker.example');
const blocks = (name: Uint8Array): boolean => Buffer.compare(name.subarray(0, BAD.length), BAD) === 0;
const look = (...records: Buffer[]) => findAlias(answer(ASKED, records), END, blocks);
const address = record('tracker.example', TYPES.A, Buffer.of(192, 0, 2, 1));

test('aliases of every kind are followed to their name', () => {
  const priority = Buffer.of(0, 1);
  assert.equal(look(record('www.shop.example', TYPES.CNAME, BAD)), 'blocked');
  assert.equal(look(record('shop.example', TYPES.DNAME, BAD)), 'blocked');
  assert.equal(
    look(record('www.shop.example', TYPES.HTTPS, Buffer.concat([priority, BAD, Buffer.of(0, 1, 0, 0)]))),
    'blocked',
  );
  const chain = ['a.example', 'b.example', 'tracker.example'].map((name) =>
    record('x.example', TYPES.CNAME, wireName(name)),
  );
  assert.equal(look(...chain, address), 'blocked');
  assert.equal(look(...chain.slice(0, 2), address), 'clean', 'an owner of a record is no target');
  assert.equal(look(), 'clean');
  assert.equal(look(record('www.shop.example', TYPES.TXT, BAD)), 'clean', 'text that looks like a name');
});

test('a compressed target is read', () => {
  const names = record('tracker.example', TYPES.A, Buffer.of(192, 0, 2, 1));
  const pointer = Buffer.of(0xc0, END);
  assert.equal(look(names, record('www.shop.example', TYPES.CNAME, pointer)), 'blocked');
});

test('answers that make no sense are malformed', () => {
  const cname = record('www.shop.example', TYPES.CNAME, BAD);
  const whole = answer(ASKED, [cname]);
  for (let length = END; length < whole.length; length += 1)
    assert.equal(findAlias(whole.subarray(0, length), END, blocks), 'malformed', `cut at ${length}`);
  assert.equal(look(record('www.shop.example', TYPES.CNAME, Buffer.alloc(0))), 'malformed');
  assert.equal(look(record('www.shop.example', TYPES.HTTPS, Buffer.of(0, 1))), 'malformed');
  assert.equal(
    look(record('www.shop.example', TYPES.CNAME, BAD.subarray(0, -1)), address),
    'malformed',
    'a name past its record',
  );
});

test('an answer answers one question alone, byte by byte', () => {
  const right = answer(ASKED, [address]);
  const is = (bytes: Buffer): boolean => answersQuestion(bytes, ASKED, 12, END);
  assert.equal(is(right), true);
  assert.equal(is(ASKED), false, 'a query');
  assert.equal(is(answer(query('www.Shop.example'), [])), false, 'another case');
  assert.equal(is(answer(query('www.shop.example', { type: TYPES.AAAA }), [])), false, 'another type');
  assert.equal(is(right.subarray(0, END - 1)), false, 'cut');
});

test('random answers end in a finding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 65_535 }), (bytes, count) => {
      const message = answer(ASKED, [Buffer.from(bytes)]);
      message.writeUInt16BE(count, 6);
      assert.ok(['clean', 'blocked', 'malformed'].includes(findAlias(message, END, blocks)));
    }),
    { numRuns: 5000 },
  );
});
