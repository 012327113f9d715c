/** Tables with the names of their columns, from the answers. Pure; hostile answers give odd names only. */

import type { Fact, RunningProgram } from '../facts/facts.ts';
import { type Answers, factOf, lines } from '../facts/parse.ts';
import { databaseServers, SQLITE_ID, serverId } from './questions.ts';

export interface StoredTable {
  /** `postgresql`, `mariadb`, or the path of an SQLite file. */
  place: string;
  name: string;
  columns: string[];
}

export interface StoredTables {
  tables: StoredTable[];
  /** Databases that run and could not be asked. */
  unread: string[];
}

const WORDS = { postgresql: 'PostgreSQL', mariadb: 'MariaDB' } as const;

export function readStoredTables(programs: readonly RunningProgram[], answers: Answers): Fact<StoredTables> {
  const tables = new Map<string, StoredTable>();
  const unread: string[] = [];
  for (const { kind, pid } of databaseServers(programs)) {
    const fact = factOf(answers, serverId(kind, pid), lines);
    if (!fact.known) unread.push(`Tables of ${WORDS[kind]} (pid ${pid}): ${fact.reason}.`);
    else for (const line of fact.value) addColumn(tables, line);
  }
  const sqlite = factOf(answers, SQLITE_ID, lines);
  if (!sqlite.known) return sqlite;
  for (const line of sqlite.value) addSqlite(tables, line);
  return { known: true, value: { tables: [...tables.values()], unread }, source: sqlite.source };
}

/** `PLACE<TAB>TABLE<TAB>COLUMN`. */
function addColumn(tables: Map<string, StoredTable>, line: string): void {
  const [place, name, column] = line.split('\t');
  if (!place || !name || !column) return;
  const key = `${place} ${name}`;
  const table = tables.get(key) ?? { place, name, columns: [] };
  table.columns.push(column);
  tables.set(key, table);
}

/** `sqlite<TAB>CREATE TABLE …<TAB>FILE`. */
function addSqlite(tables: Map<string, StoredTable>, line: string): void {
  const [, statement = '', file = ''] = line.split('\t');
  const match = /^CREATE TABLE (?:IF NOT EXISTS )?\s*["'`[]?([^"'`[\](]+?)["'`\]]?\s*\((.*)\)$/is.exec(statement);
  if (!match) return;
  const place = file.replace(/^\/proc\/\d+\/root(?=\/)/, '');
  const name = match[1]!.trim();
  tables.set(`${place} ${name}`, { place, name, columns: columnsOf(match[2]!) });
}

/** First words of the parts between commas that are in no parentheses. */
export function columnsOf(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of body) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += letter;
  }
  return [...parts, part].flatMap((one) => {
    const [, double, back, square, single, bare] =
      /^\s*(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|'([^']+)'|([\w$]+))/.exec(one) ?? [];
    const quoted = double ?? back ?? square ?? single;
    if (quoted !== undefined) return [quoted];
    return bare === undefined || /^(primary|unique|check|foreign|constraint|key|index)$/i.test(bare) ? [] : [bare];
  });
}
