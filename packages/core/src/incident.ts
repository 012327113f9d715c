/**
 * Incidents: what the control plane makes of drift, and of two things that only it can see. Each kind has one sentence in plain words,
 * the same in a mail, on a terminal and in a chat.
 */

import { DRIFT_KINDS, type DriftKind } from './drift.ts';

/** What the control plane sees by itself. */
export const CONTROL_KINDS = [
  /** A host with servers is not connected. */
  'host_silent',
  /** A channel for alarms cannot be reached. */
  'channel_silent',
] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];

export type IncidentKind = DriftKind | ControlKind;
export const INCIDENT_KINDS: readonly IncidentKind[] = [...DRIFT_KINDS, ...CONTROL_KINDS];

/** What a channel is told of: it begins, it is no longer seen, a person closed it. */
export const INCIDENT_EVENTS = ['opened', 'gone', 'closed'] as const;
export type IncidentEvent = (typeof INCIDENT_EVENTS)[number];

/** Where an incident lies that belongs to no region. */
export const NO_REGION = '-';

/** Each kind in plain words. */
export const INCIDENT_WORDS: Record<IncidentKind, string> = {
  process: 'A program runs on a server that its release does not name.',
  listening_socket: 'Something on a server waits for connections and should not.',
  packet_socket: 'Something on a server can read every packet.',
  raw_socket: 'Something on a server can read raw packets.',
  netlink_listener: 'Something on a server listens to what its kernel says about connections or interfaces.',
  firewall_changed: 'The firewall of a server is not the one it was started with.',
  rule_logs: 'A firewall rule on a server writes to a log.',
  rule_counts: 'A firewall rule on a server counts packets.',
  rule_copies: 'A firewall rule on a server sends packets to another place.',
  dynamic_set: 'The firewall of a server keeps a list that fills itself.',
  foreign_table: 'The firewall of a server has a table that is not ours.',
  interface: 'A server has a network interface that it should not have.',
  bpf_program: 'A program is attached to an interface of a server.',
  file: 'A server has a file that its image does not have.',
  writable_mount: 'A server has a place to write to that it should not have.',
  setting_changed: 'A kernel setting of a server is not as its release says.',
  deleted_file: 'Something on a server holds a file open that was deleted.',
  open_disk: 'Something on a server reads or writes a disk.',
  kernel_program: 'A program was loaded into the kernel of a server.',
  address_in_kernel_log: 'The kernel log of a server holds a network address.',
  swap_in_use: 'A server writes memory to a disk.',
  route_changed: 'A server sends packets by another way than the one it was started with.',
  mount_changed: 'Something on a server is mounted, or no longer mounted, that was otherwise when it came up.',
  watch_blind: 'The watch on a server could not look at something: what it does not see is not clean.',
  agent_silent: 'The agent of a server does not answer: it was ended, frozen or cut off.',
  heartbeat_irregular: "The signs of life of a server's agent come too often: they are not its own alone.",
  foreign_code:
    'A server runs code that is not of its image, seen from its host: it does not say so itself, or not yet.',
  host_silent: 'A host with servers is not connected.',
  channel_silent: 'A channel for alarms could not be reached for 15 minutes.',
};
