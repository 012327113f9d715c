set -e
cat >/etc/danted.conf <<'C'
logoutput: /var/log/danted.log
internal: wg0 port = 1080
external: eth0
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {
  from: 10.99.0.0/24 to: 0.0.0.0/0
  log: connect disconnect error
}
socks pass {
  from: 10.99.0.0/24 to: 0.0.0.0/0
  log: connect disconnect error
}
C
danted -D -f /etc/danted.conf >/dev/null 2>&1 </dev/null
