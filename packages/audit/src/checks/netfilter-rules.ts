import type { NetNamespace } from '../facts/facts.ts';
import { type Contrary, check, nothing } from './check.ts';

type Finding = Omit<Contrary, 'where'>;

/** What an expression of nft (libnftables-json(5)) does with users' packets. */
const EXPRESSIONS: Record<string, (value: unknown) => Finding | null> = {
  log: () => LOGS,
  queue: () => ({
    ...LOGS,
    title: 'A rule hands packets to a program (nft queue)',
    claims: ['CL-05'],
    mend: 'Remove the rule.',
  }),
  dup: () => COPIES,
  fwd: () => COPIES,
  meter: () => COLLECTS,
  set: (value) => (['add', 'update'].includes((value as { op?: string })?.op ?? '') ? COLLECTS : null),
  map: (value) => (['add', 'update'].includes((value as { op?: string })?.op ?? '') ? COLLECTS : null),
  tproxy: () => PROXIES,
};

const LOGS: Finding = {
  title: 'A rule logs packets (nft log)',
  claims: ['CL-01', 'CL-04', 'CL-05'],
  mend: 'Remove the rule with `log`, and clear the kernel ring buffer: its lines stay after the rule.',
};
const COPIES: Finding = {
  title: 'A rule copies or diverts packets (nft dup/fwd)',
  claims: ['CL-05', 'CL-01'],
  mend: 'Remove the rule with `dup` or `fwd`.',
};
const COLLECTS: Finding = {
  title: 'A rule collects addresses in a set (nft add/update)',
  claims: ['CL-01', 'CL-04', 'CL-07'],
  mend: 'Remove the rule and the set: the addresses stay in it.',
};
const PROXIES: Finding = {
  title: 'A rule hands connections to a local proxy (nft tproxy)',
  claims: ['CL-05'],
  mend: 'Remove the rule.',
};

/** Targets of iptables, ebtables and arptables in the output of their save programs. */
const TARGETS: [RegExp, Finding][] = [
  [/-j (LOG|ULOG)\b|--log-(level|prefix|ip)/, { ...LOGS, title: 'A rule logs packets (iptables LOG)' }],
  [/-j NFLOG\b|--nflog-/, { ...LOGS, title: 'A rule logs packets to a program (iptables NFLOG)' }],
  [/-j TEE\b/, { ...COPIES, title: 'A rule copies packets to another machine (iptables TEE)' }],
  [/-j NFQUEUE\b/, { ...LOGS, title: 'A rule hands packets to a program (iptables NFQUEUE)', claims: ['CL-05'] }],
  [
    /-m recent .*--(set|update)|-j SET --add-set/,
    { ...COLLECTS, title: 'A rule collects addresses (iptables recent or ipset)' },
  ],
  [
    /-j (TPROXY|REDIRECT)\b/,
    { ...PROXIES, title: 'A rule hands connections to a local proxy (iptables TPROXY/REDIRECT)' },
  ],
  [
    /-j (ACCOUNT|IDLETIMER)\b|-m (string|ndpi|nfacct)\b/,
    { ...LOGS, title: 'A rule inspects or accounts traffic (iptables)', claims: ['CL-04', 'CL-05', 'CL-07'] },
  ],
];

export const netfilterRules = check({
  id: 'netfilter-rules',
  claims: ['CL-01', 'CL-04', 'CL-05'],
  pass: 'No rule of any packet filter logs, copies, diverts or collects.',
  why: 'One rule is enough to keep every connection, in the kernel log or in a set that no file shows.',
  needs: ['namespaces'],
  judge({ namespaces }) {
    const outcome = nothing();
    for (const namespace of namespaces) {
      const { nft, iptables, filledSets, id } = namespace;
      if (!nft.known) outcome.open.push(`Rules of nft in ${id}: ${nft.reason}.`);
      if (!iptables.known) outcome.open.push(`Rules of iptables in ${id}: ${iptables.reason}.`);
      if (nft.known && !filledSets.known) outcome.open.push(`Sets of nft in ${id}: ${filledSets.reason}.`);
      outcome.contrary.push(...nftFindings(namespace), ...iptablesFindings(namespace));
      for (const name of filledSets.known ? filledSets.value : []) {
        outcome.contrary.push({
          ...COLLECTS,
          title: 'A set holds what a rule collected (nft dynamic set)',
          where: `nft set ${name}, in ${id}`,
          mend: 'Remove the set: what was collected stays in it after the rule.',
        });
      }
    }
    return outcome;
  },
});

function nftFindings({ nft, id }: NetNamespace): Contrary[] {
  if (!nft.known) return [];
  return nft.value.flatMap((item) => {
    const rule = item['rule'] as { family?: string; table?: string; chain?: string; expr?: unknown[] } | undefined;
    if (!rule || !Array.isArray(rule.expr)) return [];
    return rule.expr.flatMap((expression) =>
      entriesOf(expression).flatMap(([name, value]) => {
        const found = EXPRESSIONS[name]?.(value);
        return found ? [{ ...found, where: `nft ${rule.family} ${rule.table} ${rule.chain}, in ${id}` }] : [];
      }),
    );
  });
}

/** An expression that nft cannot say as JSON stands there as nft wrote it: `update @last { ip saddr : 1 }`. */
function entriesOf(expression: unknown): [string, unknown][] {
  if (typeof expression !== 'string') return Object.entries((expression ?? {}) as Record<string, unknown>);
  const [word = ''] = expression.trim().split(/\s/);
  return [/^(add|update)$/.test(word) ? ['map', { op: word }] : [word, expression]];
}

function iptablesFindings({ iptables, id }: NetNamespace): Contrary[] {
  if (!iptables.known) return [];
  return iptables.value.flatMap((line) =>
    TARGETS.flatMap(([pattern, found]) =>
      line.startsWith('-A') && pattern.test(line)
        ? [{ ...found, where: `${line.split(' ').slice(0, 2).join(' ')}, in ${id}` }]
        : [],
    ),
  );
}
