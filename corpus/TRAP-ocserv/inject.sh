set -e
cd /etc/ocserv
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=server >/dev/null 2>&1
printf 'user:*:!\n' >passwd
cat >ocserv.conf <<'C'
auth = "plain[passwd=/etc/ocserv/passwd]"
tcp-port = 4433
run-as-user = nobody
run-as-group = daemon
socket-file = /run/ocserv.socket
server-cert = /etc/ocserv/cert.pem
server-key = /etc/ocserv/key.pem
isolate-workers = false
max-clients = 16
log-level = 0
device = vpns
ipv4-network = 10.97.0.0/24
C
ocserv -f -c /etc/ocserv/ocserv.conf >/dev/null 2>&1 </dev/null &
