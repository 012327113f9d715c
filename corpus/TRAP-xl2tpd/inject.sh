set -e
mkdir -p /run/xl2tpd
xl2tpd -D -c /etc/xl2tpd/xl2tpd.conf >/dev/null 2>&1 </dev/null &
