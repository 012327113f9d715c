import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEARTBEAT_S } from '@lethe/core';
import { Pulse } from './pulse.ts';

const BEAT_MS = HEARTBEAT_S * 1000;

/** A pulse that has beaten `count` times, `everyMs` apart, and the time of the last beat. */
function beaten(count: number, everyMs: number): { pulse: Pulse; now: number } {
  const pulse = new Pulse(0);
  for (let beat = 1; beat <= count; beat += 1) pulse.beat(beat * everyMs);
  return { pulse, now: count * everyMs };
}

test('an agent that beats as it should, or twice late, is well', () => {
  const { pulse, now } = beaten(100, BEAT_MS);
  assert.deepEqual(pulse.kinds(now), []);
  assert.deepEqual(pulse.kinds(now + 3 * BEAT_MS - 1), []);
});

test('an agent that was never heard, or not for three beats, is silent until it beats again', () => {
  assert.deepEqual(new Pulse(0).kinds(3 * BEAT_MS), ['agent_silent']);
  const { pulse, now } = beaten(7, BEAT_MS);
  assert.deepEqual(pulse.kinds(now + 3 * BEAT_MS), ['agent_silent']);
  pulse.beat(now + 3 * BEAT_MS);
  assert.deepEqual(pulse.kinds(now + 3 * BEAT_MS), []);
});

test('an agent that ended is silent at once', () => {
  const { pulse, now } = beaten(7, BEAT_MS);
  pulse.lost();
  assert.deepEqual(pulse.kinds(now), ['agent_silent']);
});

test('beats that waited in a buffer come together; beats that come too often are somebody else’s', () => {
  const { pulse, now } = beaten(6, BEAT_MS);
  for (let late = 0; late < 3; late += 1) pulse.beat(now + 3 * BEAT_MS);
  assert.deepEqual(pulse.kinds(now + 3 * BEAT_MS), []);
  const fast = beaten(30, BEAT_MS / 3);
  assert.deepEqual(fast.pulse.kinds(fast.now), ['heartbeat_irregular']);
  fast.pulse.beat(fast.now + 6 * BEAT_MS);
  assert.deepEqual(fast.pulse.kinds(fast.now + 6 * BEAT_MS), []);
});
