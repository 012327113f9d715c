import { check, nothing } from './check.ts';

export const changedBinary = check({
  id: 'changed-binary',
  claims: ['CL-01', 'CL-02'],
  pass: 'The programs that handle traffic are the ones their packages installed.',
  why: 'A patched daemon records whatever its configuration says.',
  needs: ['integrity'],
  judge({ integrity }) {
    const outcome = nothing();
    for (const { exe, pid, running, packaged, deleted } of integrity) {
      if (packaged.length > 0 && !packaged.includes(running)) {
        outcome.contrary.push({
          title: `${exe} is not what its package installed (changed binary)`,
          where: `pid ${pid}, MD5 ${running}`,
          claims: ['CL-01', 'CL-02', 'CL-05'],
          mend: `Install the package again and restart the program: dpkg --verify names what else was changed.`,
        });
      } else if (deleted) {
        outcome.open.push(`${exe} (pid ${pid}) runs from a file that was replaced or removed: restart it.`);
      }
    }
    return outcome;
  },
});
