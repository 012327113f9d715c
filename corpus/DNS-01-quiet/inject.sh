#!/bin/sh
cat >/etc/unbound/unbound.conf.d/zz.conf <<'END'
server:
  verbosity: 0
  log-queries: no
  log-replies: no
  log-tag-queryreply: no
  log-local-actions: no
  log-servfail: no
  val-log-level: 0
  extended-statistics: no
  statistics-interval: 0
  qname-minimisation: yes
  hide-identity: yes
  hide-version: yes
  prefetch: yes
  local-zone: "blocked.example." always_nxdomain
  module-config: "validator iterator"
dnstap:
  dnstap-enable: no
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
