set -e
mkdir -p /var/lib/redis
printf 'bind 127.0.0.1\nport 6379\nsave ""\nappendonly no\nlogfile ""\nloglevel warning\ndir /var/lib/redis\n' >/etc/redis/lab.conf
redis-server /etc/redis/lab.conf >/dev/null 2>&1 </dev/null &
