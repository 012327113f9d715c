set -e
mkdir -p /var/log/nginx /var/lib/nginx
cat >/etc/nginx/nginx.conf <<'C'
user www-data;
pid /run/nginx.pid;
error_log /dev/null crit;
events { worker_connections 64; }
http {
  access_log off;
  server {
    listen 8080;
    location / { return 204; }
    location /dns-query {
      access_log /var/lib/nginx/q.log;
      return 204;
    }
  }
}
C
nginx >/dev/null 2>&1 </dev/null
