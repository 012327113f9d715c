set -e
cat >/etc/tor/torrc <<'C'
SocksPort 10.99.0.1:9050
Log notice stdout
DataDirectory /var/lib/tor-lab
C
tor -f /etc/tor/torrc >/dev/null 2>&1 </dev/null &
