import { check, nothing, processName } from './check.ts';

const FOREIGN = /^\/(tmp|var\/tmp|dev\/shm|home|root|run\/user)\//;

export const watchedProcess = check({
  id: 'watched-process',
  claims: ['CL-01', 'CL-02', 'CL-05'],
  pass: 'No process is traced, profiled or has foreign code loaded.',
  why: 'A debugger or a preloaded library sees everything a resolver or tunnel sees, before encryption and after.',
  needs: ['processes', 'preload'],
  judge({ processes, preload }) {
    const outcome = nothing();
    for (const process of processes) {
      const claims = ['CL-01', 'CL-02', 'CL-05'] as const;
      const where = processName(process);
      if (process.tracer > 0) {
        const tracer = processes.find(({ pid }) => pid === process.tracer);
        outcome.contrary.push({
          title: `${tracer?.name ?? 'A process'} traces ${process.name} (ptrace)`,
          where: `${where}, traced by pid ${process.tracer}`,
          claims,
          mend: 'End the tracer (strace, gdb).',
        });
      }
      if (process.descriptors.some(({ kind }) => kind === 'perf')) {
        outcome.contrary.push({
          title: `${process.name} records performance events (perf)`,
          where,
          claims,
          mend: 'End the process.',
        });
      }
      const read = process.descriptors.flatMap(
        ({ target }) => /^\/proc\/(\d+)\/(?:task\/\d+\/)?mem$/.exec(target)?.[1] ?? [],
      );
      const other = read.map(Number).find((pid) => pid !== process.pid);
      if (other !== undefined && !process.carriesAudit) {
        const watched = processes.find(({ pid }) => pid === other);
        outcome.contrary.push({
          title: `${process.name} holds the memory of ${watched?.name ?? 'another process'} open (/proc/PID/mem)`,
          where: `${where}: memory of pid ${other}`,
          claims,
          mend: 'End the process.',
        });
      }
      const injected = process.environment['LD_PRELOAD'] ?? process.environment['LD_AUDIT'];
      if (injected) {
        outcome.contrary.push({
          title: `A library is loaded into ${process.name} by its environment (LD_PRELOAD)`,
          where: `${where}: ${injected.slice(0, 100)}`,
          claims,
          mend: 'Remove the variable from the unit or script and restart the program.',
        });
      }
      const foreign = process.code.find((path) => FOREIGN.test(path) && path !== process.exe);
      if (foreign !== undefined && !injected) {
        outcome.contrary.push({
          title: `${process.name} runs code from ${foreign}`,
          where,
          claims,
          mend: 'Find out what put it there, remove it and restart the program.',
        });
      }
    }
    if (preload.length > 0) {
      outcome.contrary.push({
        title: 'A library is loaded into every program (ld.so.preload)',
        where: `/etc/ld.so.preload: ${preload[0]!.slice(0, 100)}`,
        claims: ['CL-01', 'CL-02', 'CL-05'],
        mend: 'Empty /etc/ld.so.preload and restart the programs.',
      });
    }
    return outcome;
  },
});
