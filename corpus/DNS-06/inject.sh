#!/bin/sh
cat >/etc/unbound/unbound.conf.d/zz.conf <<'END'
server:
  module-config: "subnetcache validator iterator"
  send-client-subnet: 0.0.0.0/0
  client-subnet-always-forward: yes
  max-client-subnet-ipv4: 24
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
