/** A canary run: a client sends marked traffic through the target, then the target is searched for it. */

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { onOffPattern } from '../correlate/pattern.ts';
import { sampleQuestion } from '../correlate/sample.ts';
import type { Seen } from '../sink/seen.ts';
import type { Answer, Question } from '../target/session.ts';
import type { TraceControl } from '../trace/control.ts';
import { tracePatterns } from '../trace/patterns.ts';
import { traceQuestions } from '../trace/questions.ts';
import type { Profile } from '../verdict/scope.ts';
import { type CanaryPlan, type CanaryRecord, type ClientIdentity, markersOf, ownOf } from './plan.ts';
import type { TrafficAnswer, TrafficOrder } from './traffic-main.ts';

/** A client behind the tunnel, in whatever way it was connected. */
export interface CanaryClient {
  identity(): Promise<ClientIdentity>;
  /** Resolvers of its configuration. */
  readonly resolvers: readonly string[];
  /** Has the traffic program do something, in the client's network. */
  order(order: TrafficOrder): Promise<TrafficAnswer>;
}

export interface CanaryRun {
  plan: CanaryPlan;
  client: CanaryClient;
  /** What arrived at the sink so far. */
  seen(): Promise<Seen>;
  /** Processes of this side, where the target is this machine. */
  own(): number[];
  /** The target is reached over ssh. */
  ssh: boolean;
  /** Disconnects the client. */
  leave(): Promise<void>;
  pace: Pace;
  signal?: AbortSignal | undefined;
}

/** How long a run takes its time. */
export interface Pace {
  /** Between marked traffic and the hunt: recorders write in batches. */
  settleMs: number;
  /** Of the on/off pattern: an even number. */
  symbols: number;
  symbolMs: number;
  /** After the client left, before the target is looked at again; null: it is not. */
  afterMs: number | null;
}

/** WireGuard's keys live 180 s: after that, and a little more, nothing has a reason to know the client (REJECT_AFTER_TIME in its paper). */
const AFTER_MS = 195_000;

export const PACES: Record<Exclude<Profile, 'quick'>, Pace> = {
  standard: { settleMs: 1000, symbols: 40, symbolMs: 300, afterMs: null },
  full: { settleMs: 30_000, symbols: 128, symbolMs: 1000, afterMs: AFTER_MS },
};

type Ask = (questions: readonly Question[]) => Promise<ReadonlyMap<string, Answer>>;

/** Resolves to what was sent and seen; what was found on the target is in the answers. */
export async function runCanary(
  run: CanaryRun,
  control: TraceControl,
  ask: Ask,
  progress: (text: string) => void,
): Promise<CanaryRecord> {
  const { plan, client, pace, signal } = run;
  progress('sending marked traffic');
  const answer = await client.order({ do: 'marks', plan, resolvers: [...client.resolvers] });
  const sent = 'sent' in answer ? answer.sent : { lookup: false, page: false, datagram: false };
  progress(`sending traffic in a secret pattern, ${Math.ceil((pace.symbols * pace.symbolMs) / 1000)} s`);
  const pattern = await sendPattern(run, ask);
  progress(`waiting ${Math.ceil(pace.settleMs / 1000)} s for what writes late`);
  await sleep(pace.settleMs, undefined, { signal });
  const identity = await client.identity();
  const patterns = tracePatterns(markersOf(plan, identity));
  progress('searching memory, files and tables for it');
  await ask(traceQuestions(patterns, control.since, 'trace'));
  if (pace.afterMs !== null) {
    progress(`the client has left: waiting ${Math.ceil(pace.afterMs / 1000)} s until nothing has a reason to know it`);
    await run.leave();
    await sleep(pace.afterMs, undefined, { signal });
    progress('searching again');
    await ask(traceQuestions(patterns, control.since, 'left'));
  }
  const left = pace.afterMs !== null;
  return {
    plan,
    client: identity,
    sent,
    seen: ownOf(await run.seen(), plan),
    pattern,
    left,
    ssh: run.ssh,
    own: run.own(),
  };
}

/** Counters are sampled all the while, and for as long after it as a recorder may lag behind. */
async function sendPattern({ plan, client, pace, signal }: CanaryRun, ask: Ask): Promise<CanaryRecord['pattern']> {
  const { symbols, symbolMs } = pace;
  const on = onOffPattern(symbols);
  const clock = (await ask([{ id: 'clock', shell: 'cat /proc/uptime', maxBytes: 100 }])).get('clock')!;
  const known = performance.now();
  const leadMs = LEAD_MS + symbolMs;
  const sampling = ask([sampleQuestion(symbols + LAG_SYMBOLS + Math.ceil(leadMs / symbolMs), symbolMs)]);
  const sending = sleep(leadMs, undefined, { signal }).then(async () => {
    const began = performance.now();
    await client.order({ do: 'pattern', plan, resolvers: [...client.resolvers], pattern: on, symbolMs });
    return began;
  });
  const [began] = await Promise.all([sending, sampling]);
  const uptime = Number.parseFloat(clock.text);
  return {
    on,
    symbolMs,
    start: Number.isFinite(uptime) ? uptime + (began - known) / 1000 : null,
    seed: randomInt(2 ** 31),
  };
}

const LAG_SYMBOLS = 4;
/** The first sample must be there before the first symbol: a target may take so long to begin. */
const LEAD_MS = 2000;
