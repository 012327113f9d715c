set -e
mkdir -p /etc/openvpn/server /run/openvpn-server /var/log/openvpn
cd /etc/openvpn/server
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=server >/dev/null 2>&1
cat >server.conf <<C
port 1194
proto udp
dev tun1
server 10.98.0.0 255.255.255.0
topology subnet
ca cert.pem
cert cert.pem
key key.pem
dh none
keepalive 10 60
verb 0
C
openvpn --status /run/openvpn-server/status-server.log --status-version 2 --suppress-timestamps --cd /etc/openvpn/server --config server.conf >/dev/null 2>&1 </dev/null &
