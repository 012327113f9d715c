set -e
cat >/etc/squid/squid.conf <<'C'
http_port 3128
access_log none
cache_store_log none
cache_log /dev/null
client_db off
netdb_filename none
forwarded_for delete
via off
C
squid -f /etc/squid/squid.conf >/dev/null 2>&1 </dev/null
