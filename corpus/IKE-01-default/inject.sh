set -e
/usr/lib/ipsec/charon >/dev/null 2>&1 </dev/null &
