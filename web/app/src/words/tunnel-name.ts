/** Names of tunnels, as WireGuard's apps and Linux accept them: at most 15 of `A-Z a-z 0-9 _ = + . -`. */

/** The closest usable name; `lethe` if nothing is left of it. */
export function tunnelName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  const usable = plain
    .replace(/[^A-Za-z0-9_=+.-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 15)
    .replace(/[-.]+$/, '');
  return usable || 'lethe';
}
