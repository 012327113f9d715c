/** What `lethe server evidence`, `lethe log evidence` and `lethe fleet status` do. */

import { resolve } from 'node:path';
import type { FleetEvidence } from '@lethe/api';
import { claimsWith, LetheError, slotLetters } from '@lethe/core';
import { verifyOpening } from '@lethe/verify';
import type { SignerFlags } from '../change/signer.ts';
import { byDay, type Day, type EpochVerdict, isClean, missingS } from '../evidence/days.ts';
import { type LoggedEvidence, readLoggedEvidence } from '../evidence/log.ts';
import { personRequest } from '../incidents/person.ts';
import type { Io } from '../io.ts';
import { duration, good, note, table } from '../output.ts';
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
  const { server, cell, fromS, openings } = await io.customer.evidence(ref, since);
  const { log, entries } = await readLog(io, `${io.service}/log`, flags);
  const waiting = openings.filter(({ entry }) => entry === null).length;
  const epochs = openings.flatMap((opening): EpochVerdict[] => {
    const { entry, content } = opening;
    if (entry === null) return [];
    const evidence = entries.get(entry);
    if (!evidence || evidence.cell !== cell)
      throw new LetheError('bad_evidence', `Entry ${entry} of the log is no evidence of this cell.`);
    verifyOpening(opening, evidence);
    const letters = slotLetters(content);
    const { begins, seconds } = evidence;
    return [{ begins, seconds, contrary: claimsWith(letters, 'n'), untested: claimsWith(letters, 't') }];
  });
  const all = byDay(epochs, fromS, nowS());
  const ok = all.length > 0 && all.every(isClean);
  if (!ok) process.exitCode = EXIT.failure;
  const text = [
    all.length === 0
      ? 'The first day of looks at this server is still to come: it is the one after it was made.'
      : dayTable(all),
    '',
    `${plain(server.name)}: each look is signed by the server, and stands in ${plain(log.origin)}.`,
    waiting > 0 ? note(`${waiting} epochs are not in the log, or not yet.`) : null,
    unsigned(log.signed),
  ];
  const data = { ok, server, cell, waiting, days: all };
  return { data, text: text.filter((line) => line !== null).join('\n') };
}

/** What a log says of each cell by day, for anybody. Status 1 unless every epoch since the first is there and clean. */
export async function logEvidence(io: Io, where: string, flags: LogFlags): Promise<Result> {
  const { log, entries, refused } = await readLog(io, /^https?:\/\//.test(where) ? where : fromCaller(where), flags);
  const cells = [...Map.groupBy(entries.values(), ({ cell }) => cell)].map(([cell, list]) => ({
    cell,
    days: byDay(list, firstOf(list), nowS()),
  }));
  const ok = cells.length > 0 && refused === 0 && cells.every(({ days }) => days.every(isClean));
  if (!ok) process.exitCode = EXIT.failure;
  const text = [
    cells.length === 0 ? 'There is no evidence in this log yet.' : null,
    ...cells.flatMap(({ cell, days }) => [plain(cell), dayTable(days), '']),
    refused > 0 ? `✗ ${refused} entries call themselves evidence and are not, or come a second time.` : null,
    `${plain(log.origin)}: ${log.size} entries fit the checkpoint. "Clean" is said of whatever servers there are: the log does not tell how many.`,
    unsigned(log.signed),
  ];
  const data = { ok, origin: log.origin, size: log.size, refused, cells };
  return { data, text: text.filter((line) => line !== null).join('\n') };
}

const firstOf = (epochs: readonly { begins: number }[]): number =>
  epochs.reduce((first, { begins }) => Math.min(first, begins), Number.POSITIVE_INFINITY);

/** Claim by server by day, for a person of the trust root. Status 1 if anything is contrary, not tested or missing, in the log or on a server. */
export async function fleetStatus(io: Io, flags: SignerFlags & { days: string }): Promise<Result> {
  const count = daysOf(flags.days);
  const ask = await personRequest(io, flags);
  const fleet = await ask<FleetEvidence>('GET', '/api/fleet/evidence', undefined, `?days=${count}`);
  const cells = fleet.cells.map(({ cell, epochs }) => {
    const logged = epochs.filter((one) => one.logged);
    return { cell, unlogged: epochs.length - logged.length, days: byDay(logged, firstOf(logged), nowS()) };
  });
  const today = new Date().toISOString().slice(0, 10);
  const unseen = fleet.servers.filter(({ days, dueFrom }) => days.length === 0 && dueFrom !== null && dueFrom < today);
  const isBad = fleet.servers.some(({ days }) => days.some(({ gaps, verdicts }) => gaps > 0 || /[nt]/.test(verdicts)));
  const ok =
    !isBad &&
    unseen.length === 0 &&
    cells.length > 0 &&
    cells.every(({ unlogged, days }) => unlogged === 0 && days.every(isClean));
  if (!ok) process.exitCode = EXIT.failure;
  const text = [
    ...cells.flatMap(({ cell, days, unlogged }) => [
      plain(cell),
      dayTable(days),
      ...(unlogged > 0 ? [note(`${unlogged} epochs are not in the log, or not yet.`)] : []),
      '',
    ]),
    cells.length === 0 ? 'No epoch has been closed yet.' : serverTable(fleet),
    ...unseen.map(({ server }) => `✗ ${server.slice(0, 8)} should have been looked at, and never was.`),
    ...(ok ? [good('Every look is there, and the log has it.')] : []),
  ];
  return { data: { ok, cells, servers: fleet.servers }, text: text.join('\n') };
}

function serverTable({ servers }: FleetEvidence): string {
  const rows = servers.flatMap(({ server, cell, days }) =>
    days.map(({ day, looks, gaps, verdicts }) => [
      server.slice(0, 8),
      cell,
      day,
      `${looks}`,
      `${gaps}`,
      ...(['c', 'n', 't'] as const).map((letter) => claimsWith(verdicts, letter).join(' ')),
    ]),
  );
  if (rows.length === 0) return 'No server is due yet: the first day of looks is the one after it was made.';
  return table(['server', 'cell', 'day', 'looks', 'gaps', 'confirmed', 'not confirmed', 'not tested'], rows);
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
      `${day.epochs}`,
      day.contrary.join(' '),
      day.untested.join(' '),
      isClean(day) ? 'clean' : missingS(day) > 0 ? `${duration(missingS(day))} missing` : 'see claims',
    ]),
  );

const unsigned = (signed: boolean): string | null =>
  signed
    ? null
    : note('The signatures of the log were not checked: name the log and witnesses you trust with --policy FILE.');
