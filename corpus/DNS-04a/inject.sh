#!/bin/sh
cat >/etc/unbound/unbound.conf.d/zz.conf <<END
dnstap:
  dnstap-enable: yes
  dnstap-ip: "$COLLECTOR@6000"
  dnstap-tls: no
  dnstap-log-client-query-messages: yes
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
