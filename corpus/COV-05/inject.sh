#!/bin/sh
printf 'server:\n  log-queries: yes\n  logfile: "/var/log/resolver.log"\n' >/etc/unbound/unbound.conf.d/zz.conf
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
sleep 0.5; rm /etc/unbound/unbound.conf.d/zz.conf
