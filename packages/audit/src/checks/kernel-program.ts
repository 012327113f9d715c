import { check, nothing } from './check.ts';

/** Attached by systemd to its units: devices, and addresses that a unit may use. They hold no traffic. */
const OF_UNITS = new Set(['cgroup_device', 'cgroup_sysctl']);
/** Its address filters and file system restrictions, by name and type together. */
const isSystemd = (type: string, name: string): boolean =>
  (type === 'cgroup_skb' && /^sd_fw_(in|e)gress$/.test(name)) || (type === 'lsm' && name.startsWith('restrict_file'));

export const kernelProgram = check({
  id: 'kernel-program',
  claims: ['CL-01', 'CL-05'],
  pass: 'No program in the kernel (BPF) watches traffic or calls, and no kernel probe is set.',
  why: 'A BPF program can record everything without a file or a process.',
  needs: ['bpf', 'tracing'],
  judge({ bpf, tracing }) {
    const outcome = nothing();
    for (const { type, name, pids } of bpf) {
      if (OF_UNITS.has(type) || isSystemd(type, name)) continue;
      outcome.contrary.push({
        title: `A BPF program of type ${type} watches the kernel${name ? `: ${name}` : ''}`,
        where: pids.length > 0 ? `held by pid ${pids.join(', ')}` : 'attached or pinned, held by no process',
        claims: ['CL-01', 'CL-05'],
        mend: 'End what loaded it; see `bpftool prog` and `bpftool net`.',
      });
    }
    if (tracing.kprobes + tracing.uprobes > 0) {
      outcome.contrary.push({
        title: 'A kernel or user probe is set',
        where: `${tracing.kprobes} kprobes, ${tracing.uprobes} uprobes in tracefs`,
        claims: ['CL-01'],
        mend: 'Clear kprobe_events and uprobe_events.',
      });
    }
    if (tracing.tracer !== 'nop' || tracing.events > 0) {
      outcome.contrary.push({
        title: 'Kernel tracing is on',
        where: `tracer ${tracing.tracer}, ${tracing.events} events`,
        claims: ['CL-01'],
        mend: 'Set current_tracer to nop and clear set_event.',
      });
    }
    return outcome;
  },
});
