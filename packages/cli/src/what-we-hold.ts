/** The page "what we hold and why", made from the state inventory, so that it cannot say anything else than what is measured. */

import { INVENTORY_PLACES, type InventoryPlace, type StateEntry } from '@lethe/core';
import { duration } from './output.ts';

const PLACES: Record<InventoryPlace, [title: string, about: string]> = {
  server: [
    'On your server',
    'All of it lies in memory. A server has no disk that it can write to. Ask your server at any time: `lethe inventory`.',
  ],
  host: [
    'On the machine that your server runs on',
    'A host runs the servers of several customers, each apart from the others. `lethe seize` searches a machine and its host for everything that a device has sent: one made for it, or your own.',
  ],
  control: [
    'In the service',
    'The service knows accounts, and it knows servers. Nothing stored says which account has which server. Every column is listed in `spec/stored-fields.json`.',
  ],
  customer: ['On your own devices', 'Here nobody has access but you.'],
};

/** docs/what-we-hold.md. */
export function whatWeHoldPage(entries: readonly StateEntry[]): string {
  const sections = INVENTORY_PLACES.map((place) => {
    const [title, about] = PLACES[place];
    const here = entries.filter((entry) => entry.place === place);
    return [`## ${title}`, about, ...here.map(entryText)].join('\n\n');
  });
  return `# What we hold and why

Made from \`spec/state-inventory.json\` by \`npm run generate\`; do not edit.

Nobody can run a network without holding something for a moment. This page lists all of it: what it is, why it is there, how long at most,
and what makes it go. What is not on it is held nowhere, and if a server finds such a thing in itself, \`lethe inventory\` says so and fails.

A server forgets when no device had a handshake for 180 seconds (or a shorter silence that you choose), when you say so, with every restart,
and a day after its birth at the latest. Where we promise no time, it says so: those are [limits](limits.md).

${sections.join('\n\n')}
`;
}

function entryText(entry: StateEntry): string {
  const rows: [string, string][] = [
    ['Why', entry.why],
    ['It holds', entry.fields.join('; ')],
    ['How long', howLong(entry)],
    ['What clears it', entry.clearedBy],
    ['Where', `${entry.medium}${engines(entry)}`],
    ['Can be linked to you', entry.linkable ? 'yes, by somebody who has it' : 'no'],
    ['How we know', entry.notMeasured ?? 'Your server measures it when you ask.'],
    ['Claims', entry.claims.join(', ')],
  ];
  return `### ${entry.object}\n\n${entry.what}\n\n${rows.map(([label, text]) => `- **${label}:** ${text}`).join('\n')}`;
}

function howLong({ boundS, boundFrom, limit, place }: StateEntry): string {
  if (limit) return 'no time is promised: a stated limit';
  if (boundS !== null) return `${duration(boundS)} at most after ${boundFrom}`;
  if (place === 'control') return 'as long as your account';
  if (place === 'customer') return 'as long as you keep it';
  return 'as long as the server';
}

const engines = ({ engines: kinds }: StateEntry): string => (kinds.length === 1 ? ` (\`${kinds[0]}\` only)` : '');
