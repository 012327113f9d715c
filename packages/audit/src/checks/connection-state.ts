import { check, nothing } from './check.ts';

/** Hours at most (the inventory): a day is the bound of the whole server. */
const LONGEST_ESTABLISHED_S = 24 * 3600;

/** Interfaces behind which WireGuard can be. */
const TUNNELS = new Set(['wireguard', 'tun', 'unknown']);

export const connectionState = check({
  id: 'connection-state',
  claims: ['CL-04'],
  pass: 'Connections and peers are kept for hours at most, without times and volumes.',
  why: 'By default Linux keeps the two ends of a connection for five days, and WireGuard the address of a peer until it is removed.',
  needs: ['namespaces'],
  judge({ namespaces }) {
    const outcome = nothing();
    for (const { sysctls, wireguard, links, id } of namespaces) {
      if (!sysctls.known) outcome.open.push(`Kernel settings of ${id}: ${sysctls.reason}.`);
      const values = sysctls.known ? sysctls.value : {};
      const add = (title: string, key: string, mend: string): number =>
        outcome.contrary.push({ title, where: `${key} = ${values[key]}, in ${id}`, claims: ['CL-04', 'CL-10'], mend });
      const forwards = values['net.ipv4.ip_forward'] === '1';
      if (values['net.netfilter.nf_conntrack_acct'] === '1') {
        add(
          'The connection table counts volumes (nf_conntrack_acct)',
          'net.netfilter.nf_conntrack_acct',
          'sysctl net.netfilter.nf_conntrack_acct=0',
        );
      }
      if (values['net.netfilter.nf_conntrack_timestamp'] === '1') {
        add(
          'The connection table keeps times (nf_conntrack_timestamp)',
          'net.netfilter.nf_conntrack_timestamp',
          'sysctl net.netfilter.nf_conntrack_timestamp=0',
        );
      }
      if (
        forwards &&
        Number(values['net.netfilter.nf_conntrack_tcp_timeout_established'] ?? 0) > LONGEST_ESTABLISHED_S
      ) {
        add(
          'Connections stay in the connection table for days (nf_conntrack_tcp_timeout_established)',
          'net.netfilter.nf_conntrack_tcp_timeout_established',
          'sysctl net.netfilter.nf_conntrack_tcp_timeout_established=7200',
        );
      }
      if (values['net.netfilter.nf_log_all_netns'] === '1') {
        add(
          'Namespaces may log packets (nf_log_all_netns)',
          'net.netfilter.nf_log_all_netns',
          'sysctl net.netfilter.nf_log_all_netns=0',
        );
      }
      const types = links.known ? links.value.map(({ type }) => type) : ['unknown'];
      if (types.includes('amneziawg') || (!wireguard.known && types.some((type) => TUNNELS.has(type)))) {
        outcome.open.push(
          `Peers of WireGuard in ${id}: ${wireguard.known ? 'AmneziaWG cannot be asked' : wireguard.reason}.`,
        );
      }
      if (wireguard.known && wireguard.value.stalePeers > 0) {
        outcome.contrary.push({
          title: 'WireGuard still holds the address of peers that left more than 180 s ago',
          where: `${wireguard.value.stalePeers} peers, in ${id}`,
          claims: ['CL-04', 'CL-08'],
          mend: 'Remove and add again each peer 180 s after its last handshake.',
        });
      }
    }
    return outcome;
  },
});
