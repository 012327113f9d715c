/**
 * What the control plane should know about each server: said when it changes, and said again in full at each new connection. Bounded
 * by the number of servers, whatever their agents send.
 */

import {
  contraryOf,
  type DriftKind,
  type Enrolment,
  type HostFailure,
  type HostStage,
  type HostToControl,
  type InsideKind,
  inOrder,
  type Letters,
  type Look,
  OUT_OF_SCOPE,
  type OutsideKind,
  STAGES,
  worse,
} from '@lethe/core';
import { mayPass } from '../server/failure.ts';

/** Stages in the order of a birth. */
const ORDER: readonly HostStage[] = ['machine', 'booting', ...STAGES];

interface Report {
  stage: HostStage | null;
  failure: HostFailure | null;
  applied: number | null;
  /** An enrolment that has not been answered yet. */
  enrolment: Enrolment | null;
  /** What the server's own watch sees, null before it has spoken; and what is seen from outside of it. */
  inside: InsideKind[] | null;
  outside: OutsideKind[];
  /** What was seen before the server forgot, and the day until whose end it stays. */
  held: { kinds: InsideKind[]; day: number } | null;
  /** What the control plane knows of the two; null before it was told anything. */
  drift: DriftKind[] | null;
  /** The last look at the server. */
  evidence: Extract<HostToControl, { type: 'evidence' }> | null;
  /** What was contrary today. */
  contrary: { day: number; letters: Letters };
}

export class Reports {
  readonly #send: (message: HostToControl) => void;
  readonly #reports = new Map<string, Report>();

  constructor(send: (message: HostToControl) => void) {
    this.#send = send;
  }

  /** A birth begins: the stages start anew. */
  begin(server: string): void {
    this.#of(server).stage = null;
    this.stage(server, 'machine');
  }

  /**
   * A stage was reached. Stages only go up within a birth; after a failure the same stage is news again. A server that kept failing
   * is tried again quietly: it counts as failed until it is ready.
   */
  stage(server: string, stage: HostStage): void {
    const report = this.#of(server);
    const further = report.stage === null || ORDER.indexOf(stage) > ORDER.indexOf(report.stage);
    if (!further && report.failure === null) return;
    if (further) report.stage = stage;
    if (report.failure !== null && mayPass(report.failure) && stage !== 'ready') return;
    report.failure = null;
    this.#send({ type: 'stage', server, stage: report.stage ?? stage });
  }

  failed(server: string, failure: HostFailure): void {
    const report = this.#of(server);
    if (report.failure === failure) return;
    report.failure = failure;
    this.#send({ type: 'failed', server, failure });
  }

  /** What had failed works: the stage that was reached holds again. */
  mended(server: string): void {
    const report = this.#of(server);
    if (report.failure === null) return;
    report.failure = null;
    if (report.stage) this.#send({ type: 'stage', server, stage: report.stage });
  }

  /** A list is in force. Counters only go up. */
  applied(server: string, counter: number): void {
    const report = this.#of(server);
    if (report.applied !== null && report.applied >= counter) return;
    report.applied = counter;
    this.#send({ type: 'applied', server, counter });
  }

  enrol(enrolment: Enrolment): void {
    const report = this.#of(enrolment.server);
    if (report.enrolment?.signature === enrolment.signature) return;
    report.enrolment = enrolment;
    this.#send({ type: 'enrol', enrolment });
  }

  /** The enrolment has been answered. */
  enrolled(server: string): void {
    this.#of(server).enrolment = null;
  }

  /** What the watch on the server sees now. */
  inside(server: string, kinds: InsideKind[]): void {
    this.#of(server).inside = kinds;
    this.#drift(server);
  }

  /** What is seen of the server from outside now. */
  outside(server: string, kinds: OutsideKind[]): void {
    this.#of(server).outside = kinds;
    this.#drift(server);
  }

  /**
   * The server is about to forget, which may mend what is wrong with it. That it is mended would tell when its devices left: what is seen
   * now stays said until the day ends (UTC).
   */
  hold(server: string): void {
    const report = this.#of(server);
    const kinds = inOrder([...(report.inside ?? []), ...(report.held?.kinds ?? [])]);
    report.held = kinds.length === 0 ? null : { kinds, day: today() };
  }

  #drift(server: string): void {
    const report = this.#of(server);
    if (report.held && report.held.day !== today()) report.held = null;
    const kinds = inOrder<DriftKind>([...(report.inside ?? []), ...(report.held?.kinds ?? []), ...report.outside]);
    if (report.drift?.join() === kinds.join()) return;
    report.drift = kinds;
    this.#send({ type: 'drift', server, kinds });
  }

  /** What is not as it should be, as it was said last; null before the watch on the server has spoken. */
  driftOf(server: string): readonly DriftKind[] | null {
    const report = this.#reports.get(server);
    return report?.inside ? report.drift : null;
  }

  /**
   * One look at a server. That something contrary is mended would tell when the server forgot, and so when its devices left: it stays said
   * until the day ends (UTC). A server that is gone has no looks.
   */
  looked(look: Look, signature: string, outside: Letters): void {
    const report = this.#reports.get(look.server);
    if (!report) return;
    if (report.contrary.day !== today()) report.contrary = { day: today(), letters: OUT_OF_SCOPE };
    const said = worse(outside, report.contrary.letters);
    report.contrary.letters = contraryOf(worse(said, look.inside));
    report.evidence = { type: 'evidence', look, signature, outside: said };
    this.#send(report.evidence);
  }

  isReady(server: string): boolean {
    return this.#reports.get(server)?.stage === 'ready';
  }

  gone(server: string): void {
    this.#reports.delete(server);
    this.#send({ type: 'gone', server });
  }

  /** Says everything again, after a new connection. */
  sayAgain(): void {
    for (const [server, { stage, failure, applied, enrolment, drift, evidence }] of this.#reports) {
      if (enrolment) this.#send({ type: 'enrol', enrolment });
      if (applied !== null) this.#send({ type: 'applied', server, counter: applied });
      if (failure) this.#send({ type: 'failed', server, failure });
      else if (stage) this.#send({ type: 'stage', server, stage });
      if (drift) this.#send({ type: 'drift', server, kinds: drift });
      if (evidence) this.#send(evidence);
    }
  }

  #of(server: string): Report {
    const report = this.#reports.get(server) ?? {
      stage: null,
      failure: null,
      applied: null,
      enrolment: null,
      inside: null,
      outside: [],
      held: null,
      drift: null,
      evidence: null,
      contrary: { day: today(), letters: OUT_OF_SCOPE },
    };
    this.#reports.set(server, report);
    return report;
  }
}

const DAY_MS = 86_400_000;
const today = (): number => Math.floor(Date.now() / DAY_MS);
