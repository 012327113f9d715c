set -e
kill "$(cat /run/unbound.pid)"
sleep 0.5
ulimit -c 0
unbound -c /etc/unbound/unbound.conf >/dev/null 2>&1 </dev/null
