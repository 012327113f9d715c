set -e
mkdir -p /var/log/squid /var/spool/squid
chown proxy: /var/log/squid /var/spool/squid
cat >/etc/squid/squid.conf <<'C'
http_port 3128
access_log none
cache_log /dev/null
client_db off
cache_dir ufs /var/spool/squid 100 16 256
C
squid -z -N -f /etc/squid/squid.conf >/dev/null 2>&1 </dev/null
squid -f /etc/squid/squid.conf >/dev/null 2>&1 </dev/null
