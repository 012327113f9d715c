/** Alarms: there and back, and every other form refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes, INCIDENT_KINDS, importVerifyKey, type Json, signingPublicKey, toHex } from '@lethe/core';
import {
  ALARM_SUBJECT,
  type Alarm,
  addSignature,
  alarmEnvelope,
  isSignedBy,
  PREDICATE,
  parseEnvelope,
  readAlarm,
  statementJson,
} from '@lethe/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { envelope, NOW, newSigner, ORIGIN } from './fixture.ts';

const HOUR = NOW - (NOW % 3600);
const ALARM: Alarm = { origin: ORIGIN, region: 'home', kind: 'process', raisedAt: HOUR };

test('an alarm comes back as it was made, and the same one has the same bytes', async () => {
  const signer = await newSigner();
  for (const kind of INCIDENT_KINDS) {
    const alarm = { ...ALARM, kind, region: kind === 'channel_silent' ? '-' : 'home' };
    const bytes = await addSignature(alarmEnvelope(alarm), signer.seed);
    assert.deepEqual(readAlarm(parseEnvelope(bytes)), alarm);
    assert.ok(await isSignedBy(parseEnvelope(bytes), await importVerifyKey(await signingPublicKey(signer.seed))));
    assert.deepEqual(await addSignature(alarmEnvelope(alarm), signer.seed), bytes);
  }
});

test('an alarm with anything else in it is neither made nor read', async () => {
  const bad: Json[] = [
    { ...ALARM, raisedAt: HOUR + 1 },
    { ...ALARM, raisedAt: -3600 },
    { ...ALARM, raisedAt: String(HOUR) },
    { ...ALARM, kind: 'nothing known' },
    { ...ALARM, kind: 'channel_silent' },
    { ...ALARM, region: '-' },
    { ...ALARM, region: 'Home' },
    { ...ALARM, region: 'a'.repeat(33) },
    { ...ALARM, origin: '' },
    { ...ALARM, origin: 'two words' },
    { ...ALARM, server: 'ab'.repeat(16) },
    { origin: ORIGIN, region: 'home', kind: 'process' },
    null,
  ];
  for (const predicate of bad) {
    assert.throws(() => alarmEnvelope(predicate as unknown as Alarm), { code: 'bad_alarm' }, JSON.stringify(predicate));
    const digest = toHex(sha256(canonicalBytes(predicate)));
    const statement = statementJson({
      subject: { name: ALARM_SUBJECT, digest },
      predicateType: PREDICATE.alarm,
      predicate,
    });
    const open = parseEnvelope(await envelope(statement, []));
    assert.throws(() => readAlarm(open), { code: 'bad_alarm' }, JSON.stringify(predicate));
  }
});

test('the statement around it is of its own kind and about itself', async () => {
  const predicate = ALARM as unknown as Json;
  const digest = toHex(sha256(canonicalBytes(predicate)));
  const statements = [
    statementJson({ subject: { name: 'change', digest }, predicateType: PREDICATE.alarm, predicate }),
    statementJson({
      subject: { name: ALARM_SUBJECT, digest: 'ab'.repeat(32) },
      predicateType: PREDICATE.alarm,
      predicate,
    }),
    statementJson({ subject: { name: ALARM_SUBJECT, digest }, predicateType: PREDICATE.rejection, predicate }),
    { predicateType: PREDICATE.alarm },
  ];
  for (const statement of statements) {
    const open = parseEnvelope(await envelope(statement, []));
    assert.throws(() => readAlarm(open), { code: 'bad_alarm' });
  }
});
