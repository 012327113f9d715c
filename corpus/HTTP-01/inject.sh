set -e
mkdir -p /var/log/nginx /var/lib/nginx
nginx >/dev/null 2>&1 </dev/null
