import { check, nothing } from './check.ts';

/** Programs that take a dump and keep nothing. */
const KEEPS_NOTHING = /^\|\/(usr\/)?bin\/(false|true)\b/;

export const memoryOnDisk = check({
  id: 'memory-on-disk',
  claims: ['CL-01', 'CL-04'],
  pass: 'No memory reaches a disk: no swap, no core dumps.',
  why: 'Memory of a resolver or a tunnel holds names, addresses and content; swap and core dumps write it to disk.',
  needs: ['swaps', 'coreDumps', 'programs'],
  judge({ swaps, coreDumps, programs }) {
    const outcome = nothing();
    for (const swap of swaps) {
      outcome.contrary.push({
        title: 'Memory is written to swap',
        where: swap,
        claims: ['CL-01', 'CL-04'],
        mend: 'swapoff -a, and remove it from fstab.',
      });
    }
    const { pattern, allowed } = coreDumps;
    const traffic = programs.filter(
      ({ program }) => program !== null && ['dns', 'vpn', 'proxy', 'web'].includes(program.role),
    );
    const dumping = traffic.filter(({ process }) => allowed.includes(process.pid));
    if (pattern !== '' && !KEEPS_NOTHING.test(pattern) && dumping.length > 0) {
      outcome.contrary.push({
        title: 'A program that crashes leaves its memory on disk (core dump)',
        where: `kernel.core_pattern = ${pattern.slice(0, 80)}, and ${dumping[0]!.process.name} may leave one`,
        claims: ['CL-01', 'CL-04'],
        mend: "sysctl kernel.core_pattern='|/bin/false', and LimitCORE=0 in the units.",
      });
    }
    return outcome;
  },
});
