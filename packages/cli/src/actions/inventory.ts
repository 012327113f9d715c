/** What `lethe inventory` does. */

import { type InventoryVerdict, inventoryHolds, judgeInventory, type StateEntry, type Verdict } from '@lethe/core';
import { stateEntries } from '../inventory-spec.ts';
import type { Io } from '../io.ts';
import { duration, good, note, table } from '../output.ts';
import { EXIT, type Result } from '../run.ts';

/** Asks a server what it holds and judges it. The exit status is 1 unless everything that must be measured was, and is as declared. */
export async function inventory(io: Io, ref: string | undefined): Promise<Result> {
  const entries = stateEntries();
  io.progress.step('Asking the server');
  const { server, report } = await io.customer.inventory(ref);
  io.progress.end();
  const verdicts = judgeInventory(entries, report);
  const ok = inventoryHolds(verdicts);
  if (!ok) process.exitCode = EXIT.failure;
  const data = { server, engine: report.engine, control: report.control, ok, entries: verdicts };
  const blind = report.control
    ? []
    : ['', '✗ The server did not see what it had planted for itself: what its searches did not find tells nothing.'];
  return { data, text: [inventoryText(server.name, entries, verdicts, ok), ...blind].join('\n') };
}

const WORDS: Record<Verdict, string> = {
  held: 'as declared',
  over_age: 'TOO OLD',
  undeclared: 'NOT DECLARED',
  not_measured: 'not measured',
};

/** The verdicts for people: what was measured, then what the server cannot measure, then the outcome. */
export function inventoryText(
  name: string,
  entries: readonly StateEntry[],
  verdicts: readonly InventoryVerdict[],
  ok: boolean,
): string {
  const rows = verdicts
    .filter(({ mandatory }) => mandatory)
    .map((one) => [titleOf(one, entries), presence(one), age(one.ageS), age(one.boundS), wordOf(one)]);
  const elsewhere = entries.filter(({ id }) => verdicts.some((one) => one.id === id && !one.mandatory));
  const bad = verdicts.filter(({ verdict, mandatory }) => mandatory && verdict !== 'held').length;
  return [
    note(`Server ${name}, as it measured itself just now`),
    table(['OBJECT', 'THERE', 'AGE', 'AT MOST', 'VERDICT'], rows),
    '',
    note('Not measured by the server:'),
    ...elsewhere.map(({ object, notMeasured }) => `  ${object}: ${notMeasured}`),
    '',
    ok ? good('Everything the server measures is as declared.') : `✗ ${bad} of these are not as they must be.`,
  ].join('\n');
}

const wordOf = ({ verdict }: InventoryVerdict): string =>
  verdict === 'not_measured' ? 'NOT MEASURED' : WORDS[verdict];

const titleOf = ({ id }: InventoryVerdict, entries: readonly StateEntry[]): string =>
  entries.find((entry) => entry.id === id)?.object ?? `search: ${id.replaceAll('_', ' ')}`;

const presence = ({ present }: InventoryVerdict): string | null => (present === null ? null : present ? 'yes' : 'no');
const age = (seconds: number | null): string | null => (seconds === null ? null : duration(seconds));
