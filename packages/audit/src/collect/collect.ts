/**
 * Reads a target, in the order of the questions: first the same for all, then what follows from the answers. The result is a file of
 * answers that anybody can judge again.
 */

import type { CanaryRecord } from '../canary/plan.ts';
import { type CanaryRun, runCanary } from '../canary/run.ts';
import { MAX_ROUNDS } from '../facts/configurations.ts';
import { readFacts } from '../facts/read-facts.ts';
import { storedQuestions } from '../stored/questions.ts';
import { type Answer, type Question, Session } from '../target/session.ts';
import type { Target } from '../target/target.ts';
import { plantWord } from '../trace/control.ts';
import {
  includeQuestions,
  integrityQuestions,
  namespaceQuestions,
  programQuestions,
  scriptQuestions,
} from './follow-up.ts';
import { type Control, plant } from './positive-control.ts';
import { FIRST_QUESTIONS } from './questions.ts';
import { withoutSecrets } from './redact.ts';

/** What `--facts` writes and `--from` reads. */
export interface Collected {
  format: 'lethe-facts/1';
  target: { kind: string; name: string };
  /** When the questions were asked, RFC 3339 in UTC. */
  collected: string;
  /** Name of the file that the positive control wrote to; the check must find it. */
  control: string;
  /** File of the word that the hunt must find. */
  traceControl?: string;
  /** The client's run, from the profile `standard` on. */
  canary?: CanaryRecord;
  /** Bytes that the target sent. */
  received: number;
  answers: Record<string, Answer>;
}

export interface CollectOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Called with what is being read. */
  onProgress?: (text: string) => void;
  /** A client that is connected through the target, for the profile `standard`; without one the audit is `quick`. */
  canary?: CanaryRun;
}

/** Throws `unreachable` if the target does not answer at all, and the signal's reason. What is planted is removed on every path. */
export async function collect(target: Target, options: CollectOptions = {}): Promise<Collected> {
  const progress = options.onProgress ?? (() => {});
  const answers = new Map<string, Answer>();
  const began = new Date();
  await using session = new Session(target, { timeoutMs: options.timeoutMs ?? 30_000, signal: options.signal });
  const ask = async (questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> => {
    for (const [id, answer] of await session.ask(questions)) {
      answers.set(id, id === 'cmdline' ? withoutSecrets(answer) : answer);
    }
    return answers;
  };
  progress('planting the positive control');
  const control = plant();
  const word = options.canary ? plantWord(options.canary.plan.words.control) : null;
  let canary: CanaryRecord | null = null;
  try {
    await ask([control.begin, ...(word ? [word.begin] : [])]);
    // The client first: what it leaves behind is there when everything else is looked at.
    if (word) canary = await runCanary(options.canary!, word, ask, progress);
    progress('reading processes and the kernel');
    await ask(FIRST_QUESTIONS);
  } finally {
    for (const planted of [control, ...(word ? [word] : [])]) {
      await remove(planted, session, target, options.signal, answers);
    }
  }
  const facts = readFacts(answers);
  if (facts.processes.known) {
    progress('reading networks');
    await ask(namespaceQuestions(facts.processes.value));
    await ask(scriptQuestions(facts.processes.value));
  }
  if (facts.programs.known) {
    progress('reading configurations');
    await ask(programQuestions(facts.programs.value));
    for (let round = 1; round < MAX_ROUNDS; round += 1) {
      const more = includeQuestions(facts.programs.value, answers, round);
      if (more.length === 0) break;
      await ask(more);
    }
    progress('reading what databases have room for');
    await ask(storedQuestions(facts.programs.value));
    progress('comparing programs with their packages');
    await ask(integrityQuestions(facts.programs.value));
  }
  return {
    format: 'lethe-facts/1',
    target: { kind: target.kind, name: target.name },
    collected: began.toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(word && canary ? { traceControl: word.file, canary } : {}),
    control: control.file,
    received: session.received,
    answers: Object.fromEntries(answers),
  };
}

/** Takes the control away: over the same shell, or with one of its own where that is lost or the audit was called off. */
async function remove(
  { end }: Pick<Control, 'end'>,
  session: Session,
  target: Target,
  signal: AbortSignal | undefined,
  answers: Map<string, Answer>,
): Promise<void> {
  try {
    if (!signal?.aborted) for (const [id, answer] of await session.ask([end])) answers.set(id, answer);
  } catch {
    // Called off meanwhile, or lost: the next shell tries.
  }
  if (answers.get(end.id)?.code === 0) return;
  try {
    await using cleaner = new Session(target, { timeoutMs: 10_000 });
    for (const [id, answer] of await cleaner.ask([end])) answers.set(id, answer);
  } catch {
    // Nobody is left to ask; what was planted ends by itself after an hour.
  }
}
