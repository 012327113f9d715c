/** Changes that wait, and the last releases, verified here. */

import { note, table } from '../output.ts';
import type { Result } from '../run.ts';
import type { Context } from './context.ts';
import { type LoggedRelease, loggedRelease } from './logged-release.ts';
import { signedText, timeText } from './render.ts';
import { type Review, review } from './review.ts';
import { visibleProse } from './visible.ts';

/** How many releases are listed, newest first. */
const LAST = 5;

export async function listChanges({ client, trust }: Context): Promise<Result> {
  const bytes = await client.waiting();
  const reviews = await Promise.all(bytes.map((one) => review(one, client, trust).catch(() => undefined)));
  const waiting = reviews.filter((one) => one !== undefined);
  const unread = reviews.length - waiting.length;
  const releases: LoggedRelease[] = [];
  for (let version = trust.release; version > Math.max(0, trust.release - LAST); version -= 1)
    releases.push(await loggedRelease(client, trust, version));
  const { mode, version } = trust.root;
  return {
    data: { mode, trustRoot: version, waiting: waiting.map(waitingData), unread, releases: releases.map(releaseData) },
    text: [
      `Trust root ${version}: ${mode}${mode === 'one-person' ? ', nobody else has to agree to what runs' : ''}.`,
      '',
      waiting.length === 0
        ? 'No change waits.'
        : table(['WAITING', 'ID', 'SIGNED', 'EXPIRES', 'REASON'], waiting.map(waitingRow)),
      ...(unread === 0 ? [] : [note(`${unread} more cannot be verified, and are not shown.`)]),
      '',
      releases.length === 0
        ? 'No release yet.'
        : table(['RELEASE', 'ENTRY', 'SIGNED BY', 'EXPIRES', 'REASON'], releases.map(releaseRow)),
    ].join('\n'),
  };
}

const reasonOf = ({ document }: Review): string =>
  document.kind === 'release' ? visibleProse(document.release.reason) : '';

const waitingData = (one: Review) => ({
  kind: one.document.kind,
  version: one.version,
  id: one.digest,
  signedBy: [...new Set(one.groups.flatMap(({ signed }) => signed))],
  expires: one.expires,
  reason: reasonOf(one),
});

const waitingRow = (one: Review): string[] => [
  `${one.document.kind} ${one.version}`,
  one.digest.slice(0, 16),
  one.groups.map(signedText).join('; '),
  timeText(one.expires),
  reasonOf(one),
];

const releaseData = ({ release, index, approvedBy }: LoggedRelease) => ({
  version: release.version,
  id: release.digest,
  index,
  signedBy: approvedBy,
  expires: release.expires,
  reason: visibleProse(release.reason),
});

const releaseRow = ({ release, index, approvedBy }: LoggedRelease): string[] => [
  String(release.version),
  String(index),
  approvedBy.map(visibleProse).join(', '),
  timeText(release.expires),
  visibleProse(release.reason),
];
