#!/bin/sh
lib=$(readlink -f /usr/lib/x86_64-linux-gnu/libevent-2.1.so.7)
cp "$lib" /tmp/l; printf x >>/tmp/l; mv /tmp/l "$lib"
kill "$(cat /run/unbound.pid)"; sleep 0.5
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1
