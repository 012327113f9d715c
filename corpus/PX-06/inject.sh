set -e
mkdir -p /var/log/privoxy
chown privoxy /var/log/privoxy
privoxy --no-daemon --user privoxy /etc/privoxy/config >/dev/null 2>&1 </dev/null &
