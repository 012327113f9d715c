set -e
mkdir -p /var/lib/vnstat
vnstatd -n >/dev/null 2>&1 </dev/null &
