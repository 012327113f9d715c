import { judgedBinaries } from '../facts/configurations.ts';
import { check, nothing } from './check.ts';

/** Programs that load what others wrote: foreign code in them is usual, and judged as the script it serves. */
const INTERPRETER = /\/(python|perl|ruby|node|php|java)[^/]*$/;

export const changedBinary = check({
  id: 'changed-binary',
  claims: ['CL-01', 'CL-02'],
  pass: 'The programs that handle traffic, and their libraries, are the ones their packages installed.',
  why: 'A patched daemon records whatever its configuration says.',
  needs: ['integrity', 'programs'],
  judge({ integrity, programs }) {
    const outcome = nothing();
    const summed = new Set(integrity.map(({ pid }) => pid));
    const without = judgedBinaries(programs).filter(({ pid }) => !summed.has(pid));
    if (without.length > 0) {
      const { name, pid } = without[0]!;
      outcome.open.push(
        `${name} (pid ${pid})${without.length > 1 ? ` and ${without.length - 1} more` : ''} could not be compared with a package.`,
      );
    }
    const add = (title: string, where: string, mend: string): number =>
      outcome.contrary.push({ title, where, claims: ['CL-01', 'CL-02', 'CL-05'], mend });
    const fromPackage = new Set(
      integrity.filter(({ library, packaged }) => library === null && packaged.length > 0).map(({ pid }) => pid),
    );
    for (const { exe, pid, library, running, packaged, fromDebian, deleted } of integrity) {
      const where = `pid ${pid}, MD5 ${running}`;
      if (packaged.length > 0 && !packaged.includes(running)) {
        add(
          library === null
            ? `${exe} is not what its package installed (changed binary)`
            : `${exe} runs with ${library}, which is not what its package installed (changed library)`,
          where,
          'Install the package again and restart the program: dpkg --verify names what else was changed.',
        );
      } else if (library === null) {
        if (packaged.length === 0 && fromDebian) {
          outcome.open.push(`${exe} (pid ${pid}) is of no package: what it does is not known by its name.`);
        }
        if (deleted)
          outcome.open.push(`${exe} (pid ${pid}) runs from a file that was replaced or removed: restart it.`);
      } else if (packaged.length === 0 && fromPackage.has(pid) && !INTERPRETER.test(exe)) {
        // A program of a package needs no library outside of packages: somebody put it there.
        add(
          `${exe} runs code that no package installed (${library})`,
          where,
          'Find out what loads it, remove it and restart the program.',
        );
      }
    }
    return outcome;
  },
});
