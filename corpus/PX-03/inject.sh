set -e
mkdir -p /var/log/tinyproxy /run/tinyproxy
chown tinyproxy: /var/log/tinyproxy /run/tinyproxy
tinyproxy -c /etc/tinyproxy/tinyproxy.conf >/dev/null 2>&1 </dev/null
