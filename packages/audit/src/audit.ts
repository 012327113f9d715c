/** The auditor: reads any Linux VPN server through a shell, judges offline, reports. */

export { type Collected, type CollectOptions, collect } from './collect/collect.ts';
export { PROGRAMS } from './knowledge/index.ts';
export { type AuditDiff, diffReports } from './report/diff.ts';
export { reportHtml } from './report/html.ts';
export { type Paint, reportText } from './report/text.ts';
export { VERDICT_WORDS } from './report/words.ts';
export { parseTarget, type Target } from './target/target.ts';
export { type AuditReport, exitCodeOf, judge, type Verdict } from './verdict/judge.ts';
