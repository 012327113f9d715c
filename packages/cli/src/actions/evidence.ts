/** What `lethe server evidence`, `lethe log evidence` and `lethe fleet status` do. */

import { resolve } from 'node:path';
import { claimsWith, LetheError, NOT_LOOKED, worse } from '@lethe/core';
import { type Evidence, verifyOpening } from '@lethe/verify';
import type { SignerFlags } from '../change/signer.ts';
import { byDay, type Day, type EpochVerdict, isClean } from '../evidence/days.ts';
import { type LoggedEvidence, readLoggedEvidence } from '../evidence/log.ts';
import { personRequest } from '../incidents/person.ts';
import type { Io } from '../io.ts';
import { good, note, table } from '../output.ts';
import { readPolicyFile } from '../proof/policy-file.ts';
import { EXIT, plain, type Result } from '../run.ts';

interface LogFlags {
  policy?: string;
}

const DAY_S = 86_400;
const nowS = (): number => Date.now() / 1000;
const fromCaller = (path: string): string => resolve(process.env['LETHE_CALLED_FROM'] ?? process.cwd(), path);

/** Each look at a server of one's own, held against the server's key and the log. Status 1 unless every epoch is there and clean. */
export async function serverEvidence(
  io: Io,
  ref: string | undefined,
  { days, ...flags }: LogFlags & { days: string },
): Promise<Result> {
  const count = daysOf(days);
  io.progress.step('Openings of the server');
  const since = Math.floor(nowS() / DAY_S) * DAY_S - (count - 1) * DAY_S;
  const { server, cell, seconds, openings } = await io.customer.evidence(ref, since);
  const { log, entries } = await readLog(io, `${io.service}/log`, flags);
  const waiting = openings.filter(({ entry }) => entry === null).length;
  const epochs = openings.flatMap((opening): EpochVerdict[] => {
    const { entry, content } = opening;
    if (entry === null) return [];
    const evidence = entries.get(entry);
    if (!evidence || evidence.cell !== cell)
      throw new LetheError('bad_evidence', `Entry ${entry} of the log is no evidence of this cell.`);
    verifyOpening(opening, evidence);
    const letters =
      content.inside === null || content.outside === null ? NOT_LOOKED : worse(content.inside, content.outside);
    return [{ begins: content.begins, contrary: claimsWith(letters, 'n'), untested: claimsWith(letters, 't') }];
  });
  const all = byDay(epochs, seconds, nowS());
  const ok = all.length > 0 && all.every(isClean);
  if (!ok) process.exitCode = EXIT.failure;
  const text = [
    all.length === 0
      ? 'No look at this server is in the log yet. The first epoch after it was made is the first that counts.'
      : dayTable(all),
    '',
    `${plain(server.name)}: each look is signed by the server and stands in ${plain(log.origin)}, epochs of ${seconds} s.`,
    ...(waiting > 0 ? [note(`${waiting} are not in the log yet.`)] : []),
    unsigned(log.signed),
  ];
  return {
    data: { ok, server, cell, seconds, waiting, days: all },
    text: text.filter((line) => line !== null).join('\n'),
  };
}

/** What a log says of each cell by day, for anybody. Status 1 unless every epoch since the first is there and clean. */
export async function logEvidence(io: Io, where: string, flags: LogFlags): Promise<Result> {
  const { log, entries, refused } = await readLog(io, /^https?:\/\//.test(where) ? where : fromCaller(where), flags);
  const cells = [...Map.groupBy(entries.values(), ({ cell }) => cell)].map(([cell, list]) => ({
    cell,
    seconds: list.at(-1)!.seconds,
    // Where the length of epochs was changed, each stretch counts by its own.
    days: merged(Map.groupBy(list, ({ seconds }) => seconds)),
  }));
  const ok = cells.length > 0 && refused === 0 && cells.every(({ days }) => days.every(isClean));
  if (!ok) process.exitCode = EXIT.failure;
  const text = [
    ...(cells.length === 0 ? ['There is no evidence in this log yet.'] : []),
    ...cells.flatMap(({ cell, seconds, days }) => [`${plain(cell)}, epochs of ${seconds} s`, dayTable(days), '']),
    ...(refused > 0 ? [`✗ ${refused} entries call themselves evidence and are not, or come a second time.`] : []),
    `${plain(log.origin)}: ${log.size} entries fit the checkpoint. "Clean" is said of whatever servers there are: the log does not tell how many.`,
    unsigned(log.signed),
  ];
  return {
    data: { ok, origin: log.origin, size: log.size, refused, cells },
    text: text.filter((line) => line !== null).join('\n'),
  };
}

/** Days of stretches with epochs of different lengths. Only the last stretch goes on until now. */
function merged(stretches: Map<number, Evidence[]>): Day[] {
  const all = [...stretches].flatMap(([seconds, list], place) => {
    const last = Math.max(...list.map(({ begins }) => begins)) + seconds;
    return byDay(list, seconds, place === stretches.size - 1 ? nowS() : last);
  });
  return [...Map.groupBy(all, ({ day }) => day)].map(([, parts]) =>
    parts.reduce((one, other) => ({
      day: one.day,
      epochs: one.epochs + other.epochs,
      expected: one.expected + other.expected,
      contrary: [...new Set([...one.contrary, ...other.contrary])],
      untested: [...new Set([...one.untested, ...other.untested])],
    })),
  );
}

interface FleetEvidence {
  seconds: number;
  cells: {
    cell: string;
    days: { day: string; epochs: number; unlogged: number; contrary: string[]; untested: string[] }[];
  }[];
  servers: { server: string; cell: string; days: { day: string; looks: number; gaps: number; verdicts: string }[] }[];
}

/** Claim by server by day, for a person of the trust root. Status 1 if anything is contrary, not tested or missing. */
export async function fleetStatus(io: Io, flags: SignerFlags & { days: string }): Promise<Result> {
  const count = daysOf(flags.days);
  const ask = await personRequest(io, flags);
  const fleet = await ask<FleetEvidence>('GET', '/api/fleet/evidence', undefined, `?days=${count}`);
  const rows = fleet.servers.flatMap(({ server, cell, days }) =>
    days.map(({ day, looks, gaps, verdicts }) => [
      server.slice(0, 8),
      cell,
      day,
      `${looks}`,
      `${gaps}`,
      claimsWith(verdicts, 'c').join(' '),
      claimsWith(verdicts, 'n').join(' '),
      claimsWith(verdicts, 't').join(' '),
    ]),
  );
  const unseen = fleet.servers.filter(({ days }) => days.length === 0).length;
  const bad = fleet.servers.some(({ days }) => days.some(({ gaps, verdicts }) => gaps > 0 || /[nt]/.test(verdicts)));
  const unlogged = fleet.cells.flatMap(({ days }) => days).reduce((sum, day) => sum + day.unlogged, 0);
  const ok = !bad;
  if (!ok) process.exitCode = EXIT.failure;
  const header = ['server', 'cell', 'day', 'looks', 'gaps', 'confirmed', 'not confirmed', 'not tested'];
  const text = [
    rows.length > 0 ? table(header, rows) : 'No look at a server has been committed yet.',
    ...(unseen > 0 ? [note(`${unseen} servers have no look that counts yet: they are new.`)] : []),
    ...(unlogged > 0 ? [note(`${unlogged} epochs are not in the log yet.`)] : []),
    ...(ok && rows.length > 0 ? [good(`Every look is there, in epochs of ${fleet.seconds} s.`)] : []),
  ];
  return { data: { ok, ...fleet }, text: text.join('\n') };
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!/^\d{1,2}$/.test(text) || days < 1 || days > 31)
    throw new LetheError('bad_request', '--days takes a number from 1 to 31. Nothing was asked.');
  return days;
}

async function readLog(io: Io, where: string, { policy }: LogFlags): Promise<LoggedEvidence> {
  const ready = policy === undefined ? undefined : await readPolicyFile(fromCaller(policy));
  io.progress.step('Rebuilding the log from its entries');
  const read = await readLoggedEvidence(where, ready, (done, size) => {
    if (done < size) io.progress.step(`Rebuilding the log from its entries: ${done} of ${size}`);
  });
  io.progress.end();
  return read;
}

const dayTable = (days: readonly Day[]): string =>
  table(
    ['day', 'epochs', 'not confirmed', 'not tested', ''],
    days.map((day) => [
      day.day,
      `${day.epochs} of ${day.expected}`,
      day.contrary.join(' '),
      day.untested.join(' '),
      isClean(day) ? 'clean' : day.epochs < day.expected ? `${day.expected - day.epochs} missing` : 'see claims',
    ]),
  );

const unsigned = (signed: boolean): string | null =>
  signed
    ? null
    : note('The signatures of the log were not checked: name the log and witnesses you trust with --policy FILE.');
