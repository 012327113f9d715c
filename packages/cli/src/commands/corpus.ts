/** `lethe corpus`: how sensitive is the auditor? */

import { LetheError } from '@lethe/core/errors';
import type { Command } from 'commander';

interface RawCorpusOptions {
  corpus?: string;
  only?: string;
  jobs: string;
  clean: string;
  own: string;
  json?: boolean;
  write?: boolean;
  resume?: string;
}

export function registerCorpus(program: Command): void {
  const corpus = program.command('corpus').description('known ways to record users on a VPN server');
  corpus
    .command('run')
    .description('do each to a server of its own, audit it, and say what was named, noticed and missed')
    .option('--corpus <dir>', 'folder of entries (default: the one of this repository)')
    .option('--only <ids>', 'these entries, separated by commas')
    .option('--jobs <n>', 'servers at a time', '2')
    .option('--clean <n>', 'runs of the server as it is: any finding is a false alarm', '2')
    .option('--own <n>', 'the same with servers of ours, of each engine: the whole service is started for it', '0')
    .option('--profile <profile>', 'of the audits: quick, or standard with a client and its traffic', 'standard')
    .argument('[file]', 'with --json: where to write the results')
    .option('--json', 'write the results as JSON, to the file or to standard output')
    .option('--resume <file>', 'take what an earlier run decided from its JSON, and run the rest')
    .option('-y, --yes', 'install missing Debian packages without asking')
    .option('--write', 'write docs/sensitivity.md, after a run of all entries')
    .addHelpText(
      'after',
      `
Needs root. The servers are made of this Debian machine's programs, with files, processes and networks of their own; packages that
entries need are fetched once and kept below /var/cache/lethe/corpus.

An audit that does not find its own positive control tells nothing, and its entry is done again, once.

Ends with status 1 if an entry was missed or not runnable, or a false alarm was raised.

Examples:
  lethe corpus run --only DNS-01,NF-01
  lethe corpus run --jobs 2 --clean 20 --own 20 --json corpus.json --write`,
    )
    .action(async (file: string | undefined, options: RawCorpusOptions, command: Command) => {
      const json = options.json ?? command.optsWithGlobals()['json'] === true;
      if (file !== undefined && !json) {
        throw new LetheError('bad_request', 'A file is written with --json only. Nothing was run.');
      }
      const [jobs, clean, own] = [options.jobs, options.clean, options.own].map(Number) as [number, number, number];
      const isCount = (value: number, least: number, most: number): boolean =>
        Number.isInteger(value) && value >= least && value <= most;
      if (!isCount(jobs, 1, 16) || !isCount(clean, 0, 1000) || !isCount(own, 0, 1000)) {
        throw new LetheError('bad_request', '--jobs takes 1 to 16, --clean and --own 0 to 1000. Nothing was run.');
      }
      // `--profile` is also a folder of keys to other verbs, and the program takes it first.
      const { profile } = command.optsWithGlobals<{ profile: string }>();
      if (profile !== 'quick' && profile !== 'standard') {
        throw new LetheError('bad_request', 'There is no such profile. Use quick or standard. Nothing was run.');
      }
      const { corpusRun } = await import('../actions/corpus.ts');
      const only = (options.only ?? '').split(',').filter((id) => id !== '');
      const ok = await corpusRun({
        only,
        jobs,
        clean,
        own,
        profile,
        write: options.write === true,
        ...(options.resume === undefined ? {} : { resume: options.resume }),
        ...(options.corpus === undefined ? {} : { directory: options.corpus }),
        ...(json ? { json: file ?? '-' } : {}),
      });
      if (!ok) process.exitCode = 1;
    });
}
