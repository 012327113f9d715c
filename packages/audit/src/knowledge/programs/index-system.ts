import type { Program } from '../program.ts';
import { boringtun } from './boringtun.ts';
import { CAPTURE } from './capture.ts';
import { CLOUD_AGENTS } from './cloud-agents.ts';
import { conmon, containerd, containerdShim, podman } from './containers.ts';
import { docker } from './docker.ts';
import { fail2ban } from './fail2ban.ts';
import { FLOW_EXPORTERS } from './flow-exporters.ts';
import { journald, journalGatewayd, journalRemote, journalUpload } from './journald.ts';
import { libreswan } from './libreswan.ts';
import { mariadb, mysql } from './mariadb.ts';
import { MONITORS } from './monitors.ts';
import { NEUTRAL } from './neutral.ts';
import { ocserv } from './ocserv.ts';
import { openvpn } from './openvpn.ts';
import { postgresql } from './postgresql.ts';
import { redis } from './redis.ts';
import { rsyslog } from './rsyslog.ts';
import { softether } from './softether.ts';
import { charonSystemd, strongswanCharon } from './strongswan.ts';
import { auditd, busyboxSyslogd, syslogd, syslogNg } from './syslog.ts';
import { headscale, tailscaled } from './tailscale.ts';
import { TELEMETRY } from './telemetry.ts';
import { pppd, xl2tpd } from './tunnels.ts';
import { ulogd } from './ulogd.ts';
import { wgEasy } from './wg-easy.ts';
import { wireguardGo } from './wireguard-go.ts';

/** VPN servers, logging, monitoring, capture, containers, databases, cloud agents and the programs of any host. */
export const SYSTEM_PROGRAMS: readonly Program[] = [
  wireguardGo,
  boringtun,
  wgEasy,
  openvpn,
  strongswanCharon,
  charonSystemd,
  libreswan,
  ocserv,
  xl2tpd,
  pppd,
  softether,
  tailscaled,
  headscale,
  journald,
  journalUpload,
  journalRemote,
  journalGatewayd,
  rsyslog,
  syslogNg,
  syslogd,
  busyboxSyslogd,
  auditd,
  fail2ban,
  ulogd,
  ...CAPTURE,
  ...FLOW_EXPORTERS,
  ...MONITORS,
  ...TELEMETRY,
  docker,
  containerd,
  containerdShim,
  conmon,
  podman,
  postgresql,
  mariadb,
  mysql,
  redis,
  ...CLOUD_AGENTS,
  ...NEUTRAL,
];
