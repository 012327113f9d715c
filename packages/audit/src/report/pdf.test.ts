/** The PDF: the same bytes for the same report, every claim in it, and nothing that a target says breaks or steers it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { AUDIT_QUESTIONS, CLAIMS } from '@lethe/core';
import { bare, hostile, mixed, silent } from '../../tests/fixtures/reports.ts';
import { reportPdf } from './pdf.ts';
import { pdfData } from './pdf-data.ts';
import { INDEPENDENCE } from './words.ts';

const DIGEST = 'ab'.repeat(32);
const POPPLER = spawnSync('pdftotext', ['-v']).error === undefined;

const latin = (pdf: Uint8Array): string => Buffer.from(pdf).toString('latin1');

/** Text of the pages, in one line. */
function textOf(pdf: Uint8Array): string {
  const { status, stdout } = spawnSync('pdftotext', ['-', '-'], { input: pdf, encoding: 'utf8' });
  assert.equal(status, 0);
  return stdout.replace(/\s+/g, ' ');
}

/** Objects that are compressed, in clear. */
const inflated = (pdf: Uint8Array): string =>
  [...latin(pdf).matchAll(/\bstream\n([\s\S]*?)\nendstream/g)]
    .map(([, data]) => {
      try {
        return inflateSync(Buffer.from(data!, 'latin1')).toString('latin1');
      } catch {
        return '';
      }
    })
    .join('\n');

test('is a tagged PDF, dated when the target was read', async () => {
  const pdf = await reportPdf(mixed(), DIGEST);
  assert.ok(latin(pdf).startsWith('%PDF-1.'));
  const clear = latin(pdf) + inflated(pdf);
  assert.match(clear, /\/MarkInfo\s*<<\s*\/Marked true/);
  assert.match(clear, /<pdfuaid:part>1<\/pdfuaid:part>/);
  assert.match(clear, /<xmp:CreateDate>2026-01-01T10:20:30/);
});

test('its outline has a heading for each claim and question', async () => {
  const pdf = latin(await reportPdf(mixed(), DIGEST));
  const headings = [
    ...Object.entries(CLAIMS).map(([id, { text }]) => `${id} ${text}`),
    ...Object.entries(AUDIT_QUESTIONS).map((one) => one.join(' ')),
  ];
  for (const heading of headings) assert.ok(pdf.includes(`/Title (${heading})`), heading);
});

test('the same report gives the same bytes, another one others', async () => {
  const first = Buffer.from(await reportPdf(mixed(), DIGEST));
  assert.ok(first.equals(await reportPdf(mixed(), DIGEST)));
  assert.ok(!first.equals(await reportPdf(bare(), DIGEST)));
  assert.ok(!first.equals(await reportPdf(mixed(), 'cd'.repeat(32))));
});

test('the data has each claim and question, what was found, how to mend it, and the digest', () => {
  const data = pdfData(mixed(), DIGEST);
  assert.equal(data.claims.length, 19);
  assert.equal(data.questions.length, 16);
  const [first] = data.claims;
  assert.equal(first!.found[0]!.title, 'tcpdump copies packets off the network');
  assert.deepEqual(first!.found[0]!.places, ['tcpdump (pid 8)']);
  assert.match(first!.found[0]!.mend, /^Stop it/);
  assert.deepEqual(
    data.questions.filter(({ found }) => found.length > 0).map(({ id }) => id),
    mixed()
      .questions.filter(({ verdict }) => verdict === 'not-confirmed')
      .map(({ id }) => id),
  );
  assert.ok(JSON.stringify(data.cover).replaceAll('\u200b', '').includes(DIGEST));
  assert.equal(data.alarm, null);
  assert.match(pdfData(silent(), DIGEST).alarm!, /nothing in it counts/);
});

test('a reader finds the claims, the verdicts, the digest and the statement of independence', {
  skip: POPPLER ? false : 'pdftotext is not installed',
}, async () => {
  const text = textOf(await reportPdf(mixed(), DIGEST));
  for (const { text: claim } of Object.values(CLAIMS)) assert.ok(text.includes(claim), claim);
  for (const part of [
    'Not confirmed',
    'Not tested',
    'Out of scope',
    'To mend it: Stop it',
    INDEPENDENCE,
    'Page 1 of',
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(text.replaceAll(' ', '').includes(DIGEST));
});

/** All letters from `first` to `last`. */
const range = (first: number, last: number): string =>
  String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, index) => first + index));

const HOSTILE: Record<string, string> = {
  'code of Typst': '#panic("x")',
  'an open bracket': '[#',
  'a closed bracket': '] #eval("1") #[',
  'a backslash': 'a\\',
  'quotes and dollars': '"$x$" `raw` <label> @ref // comment /* ',
  'a text turned round': '\u202egnp.exe\u2066\u200b',
  'control characters': '\0\x1b[31m\r\n',
  'half a letter': '\ud800',
  'letters that no font has': '漢字 مرحبا 🦊 \ue000',
  'a long word': 'A'.repeat(100_000),
  'European letters': range(0x20, 0x180),
  'Greek, Cyrillic and other letters': `${range(0x370, 0x400)} ${range(0x400, 0x460)} ${range(0x2010, 0x2030)}`,
  nothing: '',
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`from a target: ${name}`, async () => {
    const report = hostile(text);
    const pdf = Buffer.from(await reportPdf(report, DIGEST));
    assert.ok(latin(pdf).startsWith('%PDF-1.'));
    assert.ok(pdf.length < 1_000_000);
    assert.ok(pdf.equals(await reportPdf(report, DIGEST)));
  });
}

test('what a target says is shown as it is, and what hides is shown by its number', {
  skip: POPPLER ? false : 'pdftotext is not installed',
}, async () => {
  const text = textOf(await reportPdf(hostile('#panic() \\ ] \u202e\u200b漢'), DIGEST));
  assert.ok(text.includes('Audit of #panic() \\ ] [U+202E][U+200B][U+6F22]'));
});

test('a long word stays on the page and can be copied whole', {
  skip: POPPLER ? false : 'pdftotext is not installed',
}, async () => {
  const path = `/var/log/${'a'.repeat(150)}`;
  const { stdout } = spawnSync('pdftotext', ['-bbox', '-', '-'], {
    input: await reportPdf(hostile(path), DIGEST),
    encoding: 'utf8',
  });
  const edges = [...stdout.matchAll(/<word .*xMax="([\d.]+)"/g)].map(([, edge]) => Number(edge));
  assert.ok(edges.length > 100);
  assert.ok(Math.max(...edges) < 595 - 60);
  assert.ok(!stdout.includes('\u200b'));
});

test('a date that cannot be read, and very many findings', async () => {
  const report = mixed();
  const [first] = report.checks.flatMap(({ contrary }) => contrary);
  const many = Array.from({ length: 500 }, (_, index) => ({ ...first!, title: `finding ${index}` }));
  const checks = report.checks.map((check) => (check.contrary.length > 0 ? { ...check, contrary: many } : check));
  const claims = report.claims.map((claim) => ({ ...claim, contrary: many.map(({ title }) => title) }));
  const data = pdfData({ ...report, checks, claims, collected: 'some day' }, DIGEST);
  assert.equal(data.claims[0]!.found.length + data.claims[0]!.moreFound, 500);
  assert.ok(data.claims[0]!.found.length < 50);
  assert.ok(latin(await reportPdf({ ...report, checks, claims, collected: 'some day' }, DIGEST)).startsWith('%PDF'));
});
