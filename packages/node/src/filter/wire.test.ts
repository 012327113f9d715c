import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { query, readMessage, TYPES, wireName } from '../../tests/filter-messages.ts';
import { copyName, FLAG, MAX_NAME_BYTES, MAX_QUERY_BYTES, QueryView, READ, readQuery, skipName } from './wire.ts';

const view = new QueryView();
const changed = (message: Buffer, at: number, ...bytes: number[]): Buffer => {
  const copy = Buffer.from(message);
  copy.set(bytes, at);
  return copy;
};
/** 255 bytes on the wire. */
const LONGEST = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');

test('a question is found with its flags', () => {
  const message = query('Example.com', {
    type: TYPES.AAAA,
    checkingDisabled: true,
    edns: { dnssecOk: true, options: Buffer.from('000a0008aaaaaaaaaaaaaaaa', 'hex') },
  });
  assert.equal(readQuery(message, view), READ.WELL_FORMED);
  assert.equal(view.type, TYPES.AAAA);
  assert.equal(view.questionEnd, 12 + 13 + 4);
  assert.equal(view.flags, FLAG.RECURSION_DESIRED | FLAG.CHECKING_DISABLED | FLAG.EDNS | FLAG.DNSSEC_OK);
  assert.equal(readQuery(query('', { recursionDesired: false }), view), READ.WELL_FORMED);
  assert.equal(view.flags, 0);
});

test('the longest name is taken, and none beyond it', () => {
  assert.equal(wireName(LONGEST).length, MAX_NAME_BYTES);
  assert.equal(readQuery(query(LONGEST), view), READ.WELL_FORMED);
  assert.equal(readQuery(query(`${LONGEST}d`), view), READ.FORMERR);
});

test('what is no single well-formed question is refused', () => {
  const plain = query('a.example');
  const edns = query('a.example', { edns: {} });
  const opt = edns.subarray(plain.length);
  const refused: Record<string, Buffer> = {
    'truncated flag': changed(plain, 2, 0x03),
    'no question': changed(plain, 4, 0, 0),
    'two questions': Buffer.concat([changed(plain, 4, 0, 2), plain.subarray(12)]),
    'an answer in it': changed(plain, 6, 0, 1),
    'an authority in it': changed(plain, 8, 0, 1),
    'an announced record that is missing': changed(plain, 10, 0, 1),
    'two OPT records': Buffer.concat([changed(edns, 10, 0, 2), opt]),
    'another additional record': changed(edns, plain.length + 1, 0, TYPES.TXT),
    'an OPT with a name': Buffer.concat([changed(plain, 10, 0, 1), Buffer.of(1, 97), opt]),
    'an option that leaves its record': query('a.example', { edns: { options: Buffer.of(0, 1, 0, 5, 1) } }),
    'half an option': query('a.example', { edns: { options: Buffer.of(0, 1, 0) } }),
    'bytes behind it': Buffer.concat([plain, Buffer.of(0)]),
    'bytes behind OPT': Buffer.concat([edns, Buffer.of(0)]),
    'a compressed name': changed(plain, 12, 0xc0, 12),
    'a label type nobody uses': query(`${'a'.repeat(65)}.example`),
    'OPT as its type': query('a.example', { type: TYPES.OPT }),
    'too many bytes': query('a.example', {
      edns: { options: Buffer.concat([Buffer.of(0, 12, 0x10, 0), Buffer.alloc(MAX_QUERY_BYTES)]) },
    }),
  };
  for (const [why, message] of Object.entries(refused)) assert.equal(readQuery(message, view), READ.FORMERR, why);
  for (let length = 12; length < edns.length; length += 1)
    assert.equal(readQuery(edns.subarray(0, length), view), READ.FORMERR, `cut at ${length}`);
});

test('answers and what has no header are dropped, other operations are not implemented', () => {
  assert.equal(readQuery(changed(query('a.example'), 2, 0x81), view), READ.DROP);
  assert.equal(readQuery(query('a.example').subarray(0, 11), view), READ.DROP);
  assert.equal(readQuery(Buffer.alloc(0), view), READ.DROP);
  for (const opcode of [1, 2, 4, 5, 6, 15])
    assert.equal(readQuery(changed(query('a.example'), 2, opcode << 3), view), READ.NOTIMP);
});

test('a well-formed query with random bytes changed is refused or is still one', () => {
  const spots = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(spots, fc.nat({ max: 60 }), (changes, cut) => {
      const message = Buffer.from(query('www.a.example', { edns: { options: Buffer.of(0, 10, 0, 2, 1, 2) } }));
      for (const [at, value] of changes) if (at < message.length) message[at] = value;
      const shorter = message.subarray(0, message.length - (cut < 50 ? 0 : cut - 50));
      if (readQuery(shorter, view) !== READ.WELL_FORMED) return;
      const read = readMessage(shorter);
      assert.equal(read.response, false);
      assert.deepEqual([read.questions.length, read.answers.length, read.authorities.length], [1, 0, 0]);
      assert.ok(read.additionals.every(({ type, name }) => type === TYPES.OPT && name === ''));
    }),
    { numRuns: 20_000 },
  );
});

test('random bytes are never more than refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      if (readQuery(bytes, view) === READ.WELL_FORMED) assert.doesNotThrow(() => readMessage(Buffer.from(bytes)));
    }),
    { numRuns: 5000 },
  );
});

test('compressed names are copied whole, and loops end', () => {
  const out = new Uint8Array(MAX_NAME_BYTES);
  const message = Buffer.concat([
    Buffer.alloc(12),
    wireName('b.example'),
    Buffer.of(1, 97, 0xc0, 12),
    Buffer.of(0xc0, 23),
  ]);
  const length = copyName(message, 27, out);
  assert.deepEqual(Buffer.from(out.subarray(0, length)), wireName('a.b.example'));
  assert.equal(skipName(message, 27), 29);
  const loops = ['c00c', '0161c00c', 'c00e', 'c00ec00c', '0161c010c00c', 'c0', 'ff', '40', '05616161', 'c0ff'];
  for (const loop of loops) {
    const bytes = Buffer.concat([Buffer.alloc(12), Buffer.from(loop, 'hex')]);
    assert.equal(copyName(bytes, 12, out), -1, loop);
  }
});

test('names that grow past 255 bytes by pointers are refused', () => {
  const half = wireName(`${'a'.repeat(63)}.${'b'.repeat(63)}`);
  const chain = Buffer.concat([half, half.subarray(0, -1), Buffer.of(0xc0, 0)]);
  const out = new Uint8Array(MAX_NAME_BYTES);
  assert.equal(copyName(chain, half.length, out), -1);
  assert.equal(copyName(chain, half.length + 64, out), 64 + half.length);
});

test('random bytes as a name never write past the room or hang', () => {
  const out = new Uint8Array(MAX_NAME_BYTES);
  const bytes = fc.uint8Array({ maxLength: 300 });
  const pointers = fc
    .array(fc.constantFrom(0xc0, 0xc1, 0, 1, 2, 5, 63), { maxLength: 300 })
    .map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(fc.oneof(bytes, pointers), fc.nat({ max: 299 }), (message, start) => {
      const length = copyName(message, start, out);
      assert.ok(length === -1 || (length >= 1 && length <= MAX_NAME_BYTES && out[length - 1] === 0));
      const end = skipName(message, start);
      assert.ok(end === -1 || (end > start && end <= message.length));
    }),
    { numRuns: 20_000 },
  );
});
