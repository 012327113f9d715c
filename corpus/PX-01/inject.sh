set -e
mkdir -p /var/log/squid /var/spool/squid
chown proxy: /var/log/squid /var/spool/squid
squid -f /etc/squid/squid.conf >/dev/null 2>&1 </dev/null
