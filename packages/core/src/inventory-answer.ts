/** The inventory that a server measured, on its way to its owner: signed and sealed as the status is, and of the same size. */

import type { Json } from './canonical.ts';
import { ENGINE_KINDS } from './engine.ts';
import { LetheError } from './errors.ts';
import {
  type InventoryReport,
  type Measurement,
  PROBES,
  type Probe,
  SEARCHES,
  type Search,
  type SearchResult,
} from './inventory.ts';
import type { Secret } from './secret.ts';
import { openAnswer, type ServerChallenge, sealAnswer } from './signed-answer.ts';

const KIND = { info: 'lethe inventory v1', type: 'application/vnd.lethe.inventory.v1' };

/** Signs the report for a challenge with the node key and seals it to the owner's key. Returns base64 of a constant length. */
export const sealInventory = (
  report: InventoryReport,
  question: ServerChallenge,
  nodeKey: Secret<'node-sign'>,
  ownerSealTo: string,
): Promise<string> => sealAnswer(KIND, report, question, nodeKey, ownerSealTo);

/**
 * Opens a sealed report with the owner's sealing key. Throws `bad_signature` unless the node key signed it for this server and
 * challenge, and `bad_encoding` if it says something that no report can say.
 */
export async function openInventory(
  sealed: string,
  key: Secret<'owner-seal'>,
  question: ServerChallenge,
  nodeKey: string,
): Promise<InventoryReport> {
  const report = await openAnswer(KIND, sealed, key, question, nodeKey);
  if (isReport(report)) return report;
  throw new LetheError('bad_encoding', 'The server measured itself in words that this program does not know.');
}

type Fields = { [key: string]: Json };

/** True for what a report can say, and nothing else. */
export const isInventoryReport = (value: unknown): value is InventoryReport =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isReport(value as Fields);

function isReport(value: Fields): value is Fields & InventoryReport {
  const { engine, control, measurements, searches } = value;
  return (
    typeof control === 'boolean' &&
    (ENGINE_KINDS as readonly unknown[]).includes(engine) &&
    Array.isArray(measurements) &&
    measurements.every(isMeasurement) &&
    Array.isArray(searches) &&
    searches.every(isSearchResult)
  );
}

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const isMeasurement = (value: Json): value is Fields & Measurement =>
  isFields(value) &&
  PROBES.includes(value['probe'] as Probe) &&
  (value['present'] === null || typeof value['present'] === 'boolean') &&
  (value['ageS'] === null || (Number.isSafeInteger(value['ageS']) && (value['ageS'] as number) >= 0));

function isSearchResult(value: Json): value is Fields & SearchResult {
  if (!isFields(value) || !Object.hasOwn(SEARCHES, String(value['search']))) return false;
  const { kinds }: { kinds: readonly unknown[] } = SEARCHES[value['search'] as Search];
  const { found } = value;
  return found === null || (Array.isArray(found) && found.every((kind) => kinds.includes(kind)));
}
