#!/bin/sh
fstrm_capture -t protobuf:dnstap.Dnstap -u /run/dnstap.sock -w /var/tmp/dns.fstrm >/dev/null 2>&1 </dev/null &
sleep 0.5
cat >/etc/unbound/unbound.conf.d/zz.conf <<'END'
dnstap:
  dnstap-enable: yes
  dnstap-bidirectional: yes
  dnstap-socket-path: "/run/dnstap.sock"
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
