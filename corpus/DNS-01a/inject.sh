#!/bin/sh
mkdir -p /opt/dns
sed 's/log-queries: no/log-queries: yes/; s|logfile: ""|logfile: "/opt/dns/out"|' /etc/unbound/unbound.conf >/opt/dns/main.conf
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c/opt/dns/main.conf >/dev/null 2>&1
# The usual place stays clean, and the socket of the remote control is another.
sed -i 's|/run/unbound.ctl|/run/other.ctl|' /opt/dns/main.conf
