#!/bin/sh
cp -p /usr/sbin/unbound /tmp/right; cp -p /usr/sbin/unbound /tmp/u; printf x >>/tmp/u; mv /tmp/u /usr/sbin/unbound
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
mv /tmp/right /usr/sbin/unbound
