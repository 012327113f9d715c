set -e
mkdir -p /etc/shadowsocks-libev
echo '{"server": "0.0.0.0", "server_port": 8388, "password": "corpus", "timeout": 300, "method": "chacha20-ietf-poly1305"}' >/etc/shadowsocks-libev/config.json
ss-server -c /etc/shadowsocks-libev/config.json -v >/var/log/ss.out 2>&1 </dev/null &
