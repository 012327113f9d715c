import { check, nothing } from './check.ts';

export const storedLogs = check({
  id: 'stored-logs',
  claims: ['CL-01', 'CL-04'],
  pass: 'No shell history with peers, no log of containers, no samples of activity and no process accounting is kept.',
  why: 'Standard output of a container, activity samples and process accounting are kept by default, for days or for ever.',
  needs: ['storedLogs', 'accounting'],
  judge({ storedLogs: stored, accounting }) {
    const outcome = nothing();
    const add = (title: string, files: string[], mend: string): void => {
      if (files.length > 0) {
        outcome.contrary.push({
          title,
          where: files.length > 1 ? `${files[0]} and ${files.length - 1} more` : files[0]!,
          claims: ['CL-01', 'CL-04'],
          mend,
        });
      }
    };
    add(
      'A shell history or sudo log holds peers of users, with the time they were added',
      stored.histories,
      'Remove the lines, set HISTFILE=/dev/null, and give peers to wg by a file instead of arguments.',
    );
    add(
      'What containers print is kept on disk (json-file, k8s-file)',
      stored.containers,
      'Set the log driver to none and remove the files.',
    );
    add(
      'Samples of network activity are kept on disk (sysstat, atop)',
      stored.samples,
      'Disable the timers (systemctl disable --now sysstat) and remove the files.',
    );
    add(
      'Process accounting records every process that ends (acct)',
      accounting.filter(({ growing }) => growing).map(({ file }) => file),
      'Turn it off: `accton off`, and remove the file.',
    );
    return outcome;
  },
});
