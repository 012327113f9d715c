import type { Descriptor, Process } from '../facts/facts.ts';
import { check, nothing, processName } from './check.ts';

/** What programs write that says nothing of users. */
const HARMLESS =
  /\.(pid|lock|lck|sock|socket|cookie)$|^\/(run|var\/run)\/.*\.(pid|lock)$|\/\.?lock$|^\/var\/lib\/(apt|dpkg|systemd|chrony|ntp|dhcp|NetworkManager)\//;
/** Roles judged by their settings: their files are theirs to write. */
const JUDGED = new Set(['dns', 'vpn', 'proxy', 'web', 'log', 'database', 'container', 'monitor', 'capture', 'cloud']);

/** A process that no setting judges and that keeps a file open for writing: the shape of every home-made logger. */
export const fileWriter = check({
  id: 'file-writer',
  claims: ['CL-01', 'CL-04'],
  pass: 'No program outside of the known ones keeps a file open for writing.',
  why: 'Home-made loggers are scripts that append to a file.',
  needs: ['programs'],
  judge({ programs }) {
    const outcome = nothing();
    for (const { process, program } of programs) {
      if (process.carriesAudit || (program !== null && JUDGED.has(program.role))) continue;
      const files = process.descriptors.filter((one) => isLog(one) || writesKernelLog(one, process));
      if (files.length === 0) continue;
      const names = [...new Set(files.map(({ target }) => target))];
      const where = `${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''}`;
      outcome.open.push(`${processName(process)} has ${where} open for writing, and it is not known what is written.`);
    }
    return outcome;
  },
});

/** The kernel log as a place to write to; what starts and logs for a whole system does that. */
const writesKernelLog = ({ target, writes }: Descriptor, { name }: Process): boolean =>
  target === '/dev/kmsg' && writes && !/^(systemd|init|rsyslogd|syslog-ng|klogd|dracut|plymouthd)/.test(name);

const isLog = ({ kind, writes, target }: Descriptor): boolean => kind === 'file' && writes && !HARMLESS.test(target);

/** True if the process with this file is among the writers: what the positive control asks. */
export const writes = (processes: readonly Process[], file: string): boolean =>
  processes.some(({ descriptors }) => descriptors.some((one) => isLog(one) && one.target === file));
