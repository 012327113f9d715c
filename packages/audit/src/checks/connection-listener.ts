import { check, nothing, processName } from './check.ts';

const NETFILTER = 12;

export const connectionListener = check({
  id: 'connection-listener',
  claims: ['CL-01', 'CL-04'],
  pass: 'Nobody listens to the events of the connection table or to a netfilter log.',
  why: 'The events name both ends of every connection as it begins and ends.',
  needs: ['namespaces', 'processes'],
  judge({ namespaces, processes }) {
    const outcome = nothing();
    for (const { netlink, nflogGroups, id } of namespaces) {
      if (!netlink.known) outcome.open.push(`Netlink sockets of ${id}: ${netlink.reason}.`);
      for (const { protocol, groups, pid, port } of netlink.known ? netlink.value : []) {
        // Groups 1 to 3 are new, updated and ended connections (nfnetlink_compat.h); nft monitor listens to rules only.
        if (protocol !== NETFILTER || (groups & 0x7) === 0) continue;
        const owner = processes.find((process) => process.pid === (pid ?? port));
        outcome.contrary.push({
          title: `${owner?.name ?? 'A process'} follows every connection (conntrack events)`,
          where: `${owner ? processName(owner) : `netlink port ${port}`}, in ${id}`,
          claims: ['CL-01', 'CL-04', 'CL-08'],
          mend: 'End the process and remove what starts it.',
        });
      }
      if (!nflogGroups.known) outcome.open.push(`Netfilter log readers of ${id}: ${nflogGroups.reason}.`);
      for (const group of nflogGroups.known ? nflogGroups.value : []) {
        outcome.contrary.push({
          title: `A process reads the netfilter log (NFLOG group ${group})`,
          where: `nfnetlink_log in ${id}`,
          claims: ['CL-01', 'CL-04', 'CL-05'],
          mend: 'End the reader (ulogd2 and the like) and remove the rules with NFLOG or `log group`.',
        });
      }
    }
    return outcome;
  },
});
