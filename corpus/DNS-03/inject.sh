#!/bin/sh
printf '%s\n' '$ORIGIN rpz.local.' '@ 60 IN SOA localhost. root.localhost. 1 60 60 60 60' '@ 60 IN NS localhost.' '*.example 60 IN CNAME .' >/etc/unbound/rpz.zone
cat >/etc/unbound/unbound.conf.d/zz.conf <<'END'
server:
  module-config: "respip validator iterator"
  logfile: "/var/log/resolver.log"
rpz:
  name: "rpz.local"
  zonefile: "/etc/unbound/rpz.zone"
  rpz-log: yes
  rpz-log-name: "family filter"
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
