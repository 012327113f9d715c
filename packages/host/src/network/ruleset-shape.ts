/**
 * Whether the table in the kernel is the one that was loaded: its chains with their hooks and policies, and how many rules each has.
 * Enough to notice that another program flushed or removed it (a reload of the machine's own firewall does), and cheap to look at.
 */

interface Chain {
  name: string;
  type?: string;
  hook?: string;
  policy?: string;
}
interface Listed {
  table?: { flags?: unknown };
  chain?: Chain;
  rule?: { chain: string };
}

/** The shape of a ruleset's text. */
export function shapeOfText(text: string): string {
  const chains = [...text.matchAll(/^ {2}chain (\w+) \{\n(.*?)\n {2}\}$/gms)].map(([, name, body]) => {
    const lines = body!.split('\n').map((line) => line.trim());
    const base = /^type (\w+) hook (\w+) priority [^;]+; policy (\w+);$/.exec(lines[0]!);
    const chain = { name: name!, ...(base ? { type: base[1]!, hook: base[2]!, policy: base[3]! } : {}) };
    return describe(chain, lines.length - (base ? 1 : 0));
  });
  return chains.toSorted().join('\n');
}

/** The shape of what `nft --json list table` says. Throws for anything else. */
export function shapeInKernel(json: string): string {
  const { nftables } = JSON.parse(json) as { nftables: Listed[] };
  const rules = nftables.flatMap(({ rule }) => rule?.chain ?? []);
  const chains = nftables.flatMap(({ chain }) => chain ?? []);
  const flags = nftables.flatMap(({ table }) => table?.flags ?? []);
  const list = chains.map((chain) => describe(chain, rules.filter((name) => name === chain.name).length));
  // A table that sleeps is as good as none.
  return [...list, ...flags.map(String)].toSorted().join('\n');
}

const describe = ({ name, type, hook, policy }: Chain, rules: number): string =>
  [name, type, hook, policy, rules].filter((part) => part !== undefined).join(' ');
