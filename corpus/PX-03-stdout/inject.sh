set -e
printf 'Port 8888\nUser tinyproxy\nGroup tinyproxy\nTimeout 600\nMaxClients 100\n' >/etc/tinyproxy/tinyproxy.conf
tinyproxy -d -c /etc/tinyproxy/tinyproxy.conf >/var/log/proxy.out 2>&1 </dev/null &
