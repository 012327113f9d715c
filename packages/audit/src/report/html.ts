/** The report as one HTML file: no script, nothing from elsewhere, printable, light and dark. */

import type { AuditReport, CheckResult, ClaimResult, Verdict } from '../verdict/judge.ts';
import { STYLE } from './style.ts';
import { clean } from './text.ts';
import { INDEPENDENCE, PROFILE_LIMITS, VERDICT_WORDS } from './words.ts';

/** `digest` is the SHA-256 of the facts file, which anybody can judge again. Everything from the target is escaped. */
export function reportHtml(report: AuditReport, digest: string): string {
  const title = `Audit of ${text(report.target.name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${cover(report, title)}
${verdictTable(report)}
${questionTable(report)}
${findings(report)}
${open(report)}
${checkList(report)}
${method(report, digest)}
</main>
</body>
</html>
`;
}

const text = (value: string): string => clean(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const badge = (verdict: Verdict | null): string =>
  `<span class="badge ${verdict ?? 'none'}">${VERDICT_WORDS[verdict ?? 'none']}</span>`;

function cover({ target, profile, collected, totals, positiveControl, programs }: AuditReport, title: string): string {
  const { system } = target;
  const rows: [string, string][] = [
    ['Target', text(target.name)],
    ...(system ? ([['System', text(`${system.os}, ${system.kernel}`)]] as [string, string][]) : []),
    ['Profile', text(profile)],
    ['Read', text(collected.replace('T', ' ').replace('Z', ' UTC'))],
    ['Programs found', text(programs.map(({ name }) => name).join(', ') || 'none that the auditor judges')],
  ];
  return `<header>
<h1>${title}</h1>
${positiveControl ? '' : '<p class="alert"><strong>The positive control was not found.</strong> This run cannot find a recorder, so nothing in it counts.</p>'}
<ul class="totals">
<li class="not-confirmed"><b>${totals['not-confirmed']}</b> not confirmed</li>
<li class="not-tested"><b>${totals['not-tested']}</b> not tested</li>
<li class="confirmed"><b>${totals.confirmed}</b> confirmed</li>
</ul>
<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
</header>`;
}

function verdictTable({ claims }: AuditReport): string {
  const row = ({ id, text: claim, verdict, contrary, reasons }: ClaimResult): string =>
    `<tr><th scope="row">${id}</th><td>${text(claim)}${list(verdict === 'not-confirmed' ? contrary : reasons)}</td><td>${badge(verdict)}</td></tr>`;
  const decided = claims.filter(({ verdict }) => verdict !== null);
  const outside = claims.filter(({ verdict }) => verdict === null);
  return `<section><h2>Verdicts</h2>
<table><thead><tr><th>Claim</th><th>Statement</th><th>Verdict</th></tr></thead><tbody>${decided.map(row).join('')}</tbody></table>
<details><summary>${outside.length} claims are out of scope of this profile</summary>
<table><tbody>${outside.map(row).join('')}</tbody></table></details></section>`;
}

const list = (items: readonly string[]): string =>
  items.length === 0
    ? ''
    : `<ul class="small">${items
        .slice(0, 8)
        .map((item) => `<li>${text(item)}</li>`)
        .join('')}${items.length > 4 ? `<li>and ${items.length - 4} more</li>` : ''}</ul>`;

function questionTable({ questions }: AuditReport): string {
  return `<section><h2>The questions of published audits</h2>
<table><thead><tr><th>No.</th><th>Question or key area</th><th>Verdict</th></tr></thead><tbody>${questions
    .map(
      ({ id, text: question, verdict, claims }) =>
        `<tr><th scope="row">${id}</th><td>${text(question)} <span class="dim">${claims.join(', ')}</span></td><td>${badge(verdict)}</td></tr>`,
    )
    .join('')}</tbody></table>
<p class="dim">“Confirmed” means that nothing of the kind happens, as far as the claims named beside it are in scope.</p></section>`;
}

function findings({ checks }: AuditReport): string {
  const found = [
    ...Map.groupBy(
      checks.flatMap((check) => check.contrary.map((one) => ({ ...one, why: check.why }))),
      ({ title }) => title,
    ),
  ];
  if (found.length === 0) return '<section><h2>What was found</h2><p>Nothing that contradicts a claim.</p></section>';
  return `<section><h2>What was found</h2>${found
    .map(
      ([title, all]) => `<article class="finding"><h3>${text(title)}</h3>
<ul class="places">${all
        .slice(0, 10)
        .map(({ where }) => `<li><code>${text(where)}</code></li>`)
        .join('')}${all.length > 10 ? `<li>and ${all.length - 10} more places</li>` : ''}</ul>
<p>${text(all[0]!.why)}</p>
<p><strong>To mend it:</strong> ${text(all[0]!.mend)}</p>
<p class="dim">${[...new Set(all.flatMap(({ claims }) => claims))].join(', ')}</p></article>`,
    )
    .join('')}</section>`;
}

function open({ checks }: AuditReport): string {
  const reasons = [...new Set(checks.flatMap((check) => check.open))];
  return reasons.length === 0
    ? ''
    : `<section><h2>What could not be told</h2><p>Each of these makes the claims that need it “Not tested”.</p><ul>${reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul></section>`;
}

function checkList({ checks }: AuditReport): string {
  const WORDS: Record<CheckResult['outcome'], Verdict> = {
    passed: 'confirmed',
    contrary: 'not-confirmed',
    'not-tested': 'not-tested',
  };
  const LABEL: Record<CheckResult['outcome'], string> = {
    passed: 'Passed',
    contrary: 'Contrary',
    'not-tested': 'Not tested',
  };
  return `<section><h2>Checks</h2><table><thead><tr><th>Check</th><th>Passes if</th><th>Outcome</th></tr></thead><tbody>${checks
    .map(
      ({ id, pass, outcome }) =>
        `<tr><th scope="row"><code>${id}</code></th><td>${text(pass)}</td><td><span class="badge ${WORDS[outcome]}">${LABEL[outcome]}</span></td></tr>`,
    )
    .join('')}</tbody></table></section>`;
}

function method({ profile, positiveControl }: AuditReport, digest: string): string {
  return `<section><h2>Method and limits</h2>
<p>The target was read through a shell, without installing anything; nothing but the positive control was written, and that was removed. ${positiveControl ? 'The positive control, a planted recorder, was found.' : ''}</p>
<p>${text(PROFILE_LIMITS[profile] ?? '')}</p>
<p>${text(INDEPENDENCE)}</p>
<p>The facts can be judged again without the target: <code>lethe audit --from FILE</code>. SHA-256 of the file: <code class="digest">${text(digest)}</code></p></section>`;
}
