set -e
mkdir -p /var/log/tor
cat >/etc/tor/torrc <<'C'
SocksPort 10.99.0.1:9050
SafeLogging 0
Log info file /var/log/tor/info.log
DataDirectory /var/lib/tor-lab
C
tor -f /etc/tor/torrc >/dev/null 2>&1 </dev/null &
