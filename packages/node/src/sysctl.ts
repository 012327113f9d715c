/**
 * Kernel settings of a server, as data: what the kernel must not keep or must not do. Applied and read back at birth.
 *
 * Threats: the connection table and the TCP metrics cache hold destinations (Linux keeps an established TCP entry for five days), a
 * "martian" line in the kernel log holds an address, a redirect or a router advertisement can move traffic.
 */

export interface Sysctl {
  /** Path below /proc/sys. */
  path: string;
  value: string;
  /** 'machine' settings are the whole kernel's: a container may not write them and skips them. */
  scope: 'network' | 'machine';
  /** True if a kernel without this setting is acceptable. */
  optional?: true;
}

const network = (path: string, value: number): Sysctl => ({
  path: `net/${path}`,
  value: String(value),
  scope: 'network',
});
const ifPresent = (sysctl: Sysctl): Sysctl => ({ ...sysctl, optional: true });
const machine = (path: string, value: string): Sysctl => ({ path, value, scope: 'machine', optional: true });

/** Every interface made from now on, and the uplink, which exists already. */
const perInterface = (family: 'ipv4' | 'ipv6', name: string, value: number): Sysctl[] =>
  ['all', 'default', 'eth0'].map((scope) => network(`${family}/conf/${scope}/${name}`, value));

/** Seconds. RFC 5382 REQ-5: a NAT keeps an idle established TCP connection for at least 2 hours 4 minutes. */
export const TCP_ESTABLISHED_S = 7440;

export const SYSCTLS: readonly Sysctl[] = [
  network('ipv4/tcp_no_metrics_save', 1),
  // One lookup more for every packet, for nothing: WireGuard lets a device use its own address alone, and the packet filter accepts a
  // first packet from the tunnel's addresses only.
  ...perInterface('ipv4', 'rp_filter', 0),
  ...perInterface('ipv4', 'log_martians', 0),
  ...perInterface('ipv4', 'accept_redirects', 0),
  ...perInterface('ipv4', 'secure_redirects', 0),
  ...perInterface('ipv4', 'send_redirects', 0),
  ...perInterface('ipv4', 'accept_source_route', 0),
  ...perInterface('ipv6', 'accept_redirects', 0),
  ...perInterface('ipv6', 'accept_source_route', 0),
  ...perInterface('ipv6', 'accept_ra', 0),
  ...perInterface('ipv6', 'autoconf', 0),
  // No duplicate address detection on a link of two: until it ends, no neighbour is asked for and the first packets wait a second.
  ...perInterface('ipv6', 'accept_dad', 0),
  // The filter answers port 53 as a user of its own, without a capability.
  network('ipv4/ip_unprivileged_port_start', 53),
  network('netfilter/nf_conntrack_acct', 0),
  network('netfilter/nf_conntrack_timestamp', 0),
  network('netfilter/nf_conntrack_events', 0),
  network('netfilter/nf_conntrack_log_invalid', 0),
  ifPresent(network('netfilter/nf_conntrack_helper', 0)),
  network('netfilter/nf_conntrack_tcp_timeout_established', TCP_ESTABLISHED_S),
  network('netfilter/nf_conntrack_tcp_timeout_unacknowledged', 300),
  network('netfilter/nf_conntrack_tcp_timeout_max_retrans', 300),
  network('netfilter/nf_conntrack_tcp_timeout_close_wait', 60),
  network('netfilter/nf_conntrack_tcp_timeout_fin_wait', 120),
  network('netfilter/nf_conntrack_tcp_timeout_time_wait', 120),
  network('netfilter/nf_conntrack_udp_timeout', 30),
  network('netfilter/nf_conntrack_udp_timeout_stream', 180),
  network('netfilter/nf_conntrack_generic_timeout', 600),
  ifPresent(network('netfilter/nf_conntrack_sctp_timeout_established', TCP_ESTABLISHED_S)),
  ifPresent(network('netfilter/nf_conntrack_dccp_timeout_open', TCP_ESTABLISHED_S)),
  ifPresent(network('netfilter/nf_conntrack_gre_timeout_stream', 180)),
  // A crash leaves no file with a process's memory in it.
  machine('kernel/core_pattern', '|/nonexistent'),
  machine('fs/suid_dumpable', '0'),
  machine('kernel/dmesg_restrict', '1'),
  machine('kernel/kptr_restrict', '2'),
  machine('kernel/sysrq', '0'),
  machine('kernel/unprivileged_bpf_disabled', '1'),
  machine('kernel/kexec_load_disabled', '1'),
];

/** Once a server works, its kernel takes no module any more, until it ends. */
export const LOCK: Sysctl = machine('kernel/modules_disabled', '1');

/** Off until the packet filter is loaded and verified. */
export const FORWARDING: readonly string[] = ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'];
