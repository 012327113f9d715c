#!/bin/sh
cat >/etc/unbound/unbound.conf.d/zz.conf <<END
server:
  tls-cert-bundle: /etc/ssl/certs/ca-certificates.crt
forward-zone:
  name: "."
  forward-tls-upstream: yes
  forward-addr: $COLLECTOR@853#dns.example.net
END
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
