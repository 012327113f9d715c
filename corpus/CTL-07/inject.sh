set -e
mkdir -p /var/log/redis /var/lib/redis /run/redis
chown redis: /var/log/redis /var/lib/redis /run/redis
runuser -u redis -- redis-server /etc/redis/redis.conf --daemonize yes >/dev/null 2>&1 </dev/null
