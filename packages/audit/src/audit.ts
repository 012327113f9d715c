/** The auditor: reads any Linux VPN server through a shell, judges offline, reports. */

export {
  type CanaryPlan,
  type CanaryRecord,
  type ClientIdentity,
  isCanaryRecord,
  newPlan,
  type SinkPlace,
} from './canary/plan.ts';
export { type CanaryClient, type CanaryRun, PACES, type Pace } from './canary/run.ts';
export type { TrafficAnswer, TrafficOrder } from './canary/traffic-main.ts';
export { type Collected, type CollectOptions, collect } from './collect/collect.ts';
export { PROGRAMS } from './knowledge/index.ts';
export { type CollectedServer, judgeServer } from './own-server/judge-server.ts';
export { type AuditDiff, diffReports } from './report/diff.ts';
export { reportHtml } from './report/html.ts';
export { oscalOf } from './report/oscal.ts';
export { reportPdf } from './report/pdf.ts';
export { type Paint, reportText } from './report/text.ts';
export { VERDICT_WORDS } from './report/words.ts';
export type { Seen } from './sink/seen.ts';
export { startSink } from './sink/sink.ts';
export { parseTarget, type Target } from './target/target.ts';
export { type AuditReport, exitCodeOf, judge, type Verdict } from './verdict/judge.ts';
export { PROFILES, type Profile } from './verdict/scope.ts';
