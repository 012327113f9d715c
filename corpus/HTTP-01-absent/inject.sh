set -e
mkdir -p /var/log/nginx /var/lib/nginx
cat >/etc/nginx/nginx.conf <<'C'
user www-data;
pid /run/nginx.pid;
events { worker_connections 64; }
http {
  server {
    listen 8080;
    location / { return 204; }
  }
}
C
nginx >/dev/null 2>&1 </dev/null
