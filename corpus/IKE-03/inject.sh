set -e
mkdir -p /run/pluto
ipsec initnss >/dev/null 2>&1 || true
/usr/libexec/ipsec/pluto --leak-detective --config /etc/ipsec.conf --nofork >/dev/null 2>&1 </dev/null &
