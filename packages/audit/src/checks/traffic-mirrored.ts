import { check, nothing } from './check.ts';

export const trafficMirrored = check({
  id: 'traffic-mirrored',
  claims: ['CL-05'],
  pass: 'No filter of traffic control mirrors, samples or inspects packets.',
  why: 'Traffic control can send a copy of every packet elsewhere, and no firewall listing shows it.',
  needs: ['namespaces'],
  judge({ namespaces }) {
    const outcome = nothing();
    for (const { trafficControl, links, id } of namespaces) {
      if (!trafficControl.known) outcome.open.push(`Traffic control of ${id}: ${trafficControl.reason}.`);
      else if (/\b(mirred|sample|bpf)\b/.test(trafficControl.value)) {
        outcome.contrary.push({
          title: `Traffic control ${/mirred/.test(trafficControl.value) ? 'mirrors packets (tc mirred)' : 'samples packets or runs a program on them (tc)'}`,
          where: `tc filter, in ${id}`,
          claims: ['CL-05', 'CL-01'],
          mend: 'Remove the filter: `tc filter del`.',
        });
      }
      if (!links.known) outcome.open.push(`Interfaces of ${id}: ${links.reason}.`);
      for (const { name, xdp, promiscuous } of links.known ? links.value : []) {
        if (xdp) {
          outcome.contrary.push({
            title: 'A program is attached to an interface and sees every packet (XDP)',
            where: `${name}, in ${id}`,
            claims: ['CL-01', 'CL-05'],
            mend: 'Detach it: `ip link set dev NAME xdp off`.',
          });
        }
        if (promiscuous > 0 && name !== 'lo') {
          outcome.open.push(`${name} in ${id} takes in every packet (promiscuous): by a capture or a bridge.`);
        }
      }
    }
    return outcome;
  },
});
