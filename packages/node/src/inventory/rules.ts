/** What the packet filter does beyond letting through and dropping: a rule that logs, counts, copies or collects is a trace. */

import { existsSync, readFileSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { firewallChains, showsChains, TABLE } from '../firewall.ts';
import { run } from '../run.ts';

/** Statements of nft (libnftables-json(5)), by what they would make of the filter. Any other than DECLARED changes it. */
const STATEMENTS: Record<string, UndeclaredKind> = {
  log: 'rule_logs',
  counter: 'rule_counts',
  quota: 'rule_counts',
  limit: 'rule_counts',
  'ct count': 'rule_counts',
  dup: 'rule_copies',
  fwd: 'rule_copies',
  queue: 'rule_copies',
  tproxy: 'rule_copies',
  set: 'dynamic_set',
  map: 'dynamic_set',
  meter: 'dynamic_set',
};
const DECLARED = ['match', 'accept', 'drop', 'notrack', 'mangle', 'masquerade', 'meta', 'ct'];

/** Named objects of a ruleset. A server's has tables, chains and rules only. */
const OBJECTS: Record<string, UndeclaredKind> = {
  set: 'dynamic_set',
  map: 'dynamic_set',
  counter: 'rule_counts',
  quota: 'rule_counts',
  limit: 'rule_counts',
};
const LEGACY = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names', '/proc/net/arp_tables_names'];

interface Item {
  table?: { family: string; name: string };
  rule?: { expr: Record<string, unknown>[] };
}

/** Throws `ToolError` if nft cannot be asked. Elements of sets are not read: they could be addresses. */
export async function searchRules(devicesMayTalk: boolean): Promise<UndeclaredKind[]> {
  const found = undeclaredRules(await run('nft', ['-j', '-t', 'list', 'ruleset']), devicesMayTalk);
  const legacy = LEGACY.some((path) => existsSync(path) && readFileSync(path, 'utf8').trim() !== '');
  return legacy && !found.includes('foreign_table') ? [...found, 'foreign_table'] : found;
}

/** From the output of `nft -j list ruleset`. Throws if it is none. */
export function undeclaredRules(json: string, devicesMayTalk: boolean): UndeclaredKind[] {
  const { nftables } = JSON.parse(json) as { nftables: (Item & Record<string, unknown>)[] };
  const found = new Set<UndeclaredKind>();
  for (const item of nftables) {
    const [kind] = Object.keys(item);
    if (item.table && (item.table.family !== 'inet' || item.table.name !== TABLE)) found.add('foreign_table');
    for (const statement of item.rule?.expr ?? []) {
      const [name = ''] = Object.keys(statement);
      if (!DECLARED.includes(name)) found.add(STATEMENTS[name] ?? 'firewall_changed');
    }
    if (!['metainfo', 'table', 'chain', 'rule'].includes(kind!)) found.add(OBJECTS[kind!] ?? 'firewall_changed');
  }
  if (!showsChains(json, firewallChains(devicesMayTalk))) found.add('firewall_changed');
  return [...found];
}
