/**
 * What other tools say of the same recorders: each is done to a fresh server, then Lethe audits it and lynis, aide, debsums and rkhunter
 * are run by hand at once. They were made for other questions; this shows what an operator who has them still does not know.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CorpusEntry, readCorpus } from '@lethe/cli/corpus/entry';
import { COLLECTOR, LabServer, Layers } from '@lethe/cli/corpus/lab-server';
import { runEntry } from '@lethe/cli/corpus/run-entry';
import type { Bench, Measurement } from '../bench.ts';
import { news, PEERS, said } from '../peers/tools.ts';

const CORPUS = fileURLToPath(new URL('../../../corpus', import.meta.url));
/** One of each kind: a setting, a capture, a rule, a hook, a job, what hides, a table. `--rounds` takes so many of them. */
const ENTRIES = [
  'DNS-01',
  'CAP-01',
  'NF-01',
  'WG-01',
  'COV-08',
  'WG-03',
  'NF-05',
  'COV-15',
  'DNS-07',
  'CTL-01',
  'NF-07',
  'CAP-03',
];

type Score = 'named' | 'noticed' | 'nothing';

export const bench: Bench = {
  description: 'recorders named and noticed by Lethe, and by lynis, aide, debsums and rkhunter run at once after each',
  async run({ rounds, progress }) {
    const layers = new Layers('/var/cache/lethe/corpus');
    const layer = await layers.of(PEERS.flatMap(({ needs }) => needs));
    const entries = readCorpus(CORPUS, ENTRIES).slice(0, rounds ?? ENTRIES.length);
    const scores = new Map<string, Score[]>();
    const note = (tool: string, score: Score): void => void scores.set(tool, [...(scores.get(tool) ?? []), score]);
    for (const entry of entries) {
      progress(`${entry.id}: ${entry.title}`);
      const { outcome } = await runEntry(entry, layers);
      note('lethe', outcome === 'named' || outcome === 'noticed' ? outcome : 'nothing');
      for (const [tool, score] of await peersOn(entry, layer, progress)) note(tool, score);
      progress(`${entry.id}: ${[...scores].map(([tool, list]) => `${tool} ${list.at(-1)}`).join(', ')}`);
    }
    return [...scores].flatMap(([tool, list]): Measurement[] => [
      { metric: `${tool}_named`, value: list.filter((score) => score === 'named').length, unit: `of ${list.length}` },
      {
        metric: `${tool}_said_something`,
        value: list.filter((score) => score !== 'nothing').length,
        unit: `of ${list.length}`,
      },
    ]);
  },
};

/** One server for all four: each learns it clean, looks, and looks again when it is spoilt. */
async function peersOn(
  entry: CorpusEntry,
  layer: string | null,
  progress: (text: string) => void,
): Promise<[string, Score][]> {
  await using server = await LabServer.start(layer);
  const { lab } = server;
  const before = new Map<string, Set<string>>();
  for (const peer of PEERS) {
    progress(`  ${peer.name} looks at the clean server`);
    await lab.sh(peer.learn);
    before.set(peer.name, new Set(await said(lab, peer)));
  }
  await lab.sh(`export COLLECTOR=${COLLECTOR}\n${readFileSync(entry.inject, 'utf8')}`);
  const scores: [string, Score][] = [];
  for (const peer of PEERS) {
    progress(`  ${peer.name} looks again`);
    scores.push([peer.name, scoreOf(entry, await news(lab, peer, before.get(peer.name)!))]);
  }
  return scores;
}

/** Named: one new line has every word that our own finding must have. Noticed: there is any new line. */
function scoreOf({ expect }: CorpusEntry, lines: readonly string[]): Score {
  if (lines.length === 0) return 'nothing';
  const named = lines.some((line) => expect.every((word) => line.toLowerCase().includes(word.toLowerCase())));
  return named ? 'named' : 'noticed';
}
