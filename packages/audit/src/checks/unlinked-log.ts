import { check, nothing, processName } from './check.ts';

/** Scratch files that databases and interpreters remove at once and write to. */
const SCRATCH = /^(mariadbd|mysqld|postgres|apt|dpkg|chromium|firefox|php-fpm)/;

export const unlinkedLog = check({
  id: 'unlinked-log',
  claims: ['CL-01'],
  pass: 'No process writes to a file without a name.',
  why: 'A file that was removed while open goes on growing, and no search by name finds it.',
  needs: ['processes', 'programs'],
  judge({ processes, programs }) {
    const outcome = nothing();
    for (const process of processes) {
      const scratch = programs.find((one) => one.process.pid === process.pid)?.program?.scratch;
      const memory = scratch === undefined ? null : new RegExp(`^(?:${scratch})(?: \\(deleted\\))?$`);
      const file = process.descriptors.find(
        ({ kind, writes, target }) => kind === 'unlinked' && writes && !memory?.test(target),
      );
      if (!file || SCRATCH.test(process.name)) continue;
      outcome.contrary.push({
        title: `${process.name} writes to a removed file (deleted, still open)`,
        where: `${processName(process)}, descriptor ${file.number}: ${file.target.slice(0, 120)}`,
        claims: ['CL-01', 'CL-04'],
        mend: 'End the process and remove what starts it.',
      });
    }
    return outcome;
  },
});
