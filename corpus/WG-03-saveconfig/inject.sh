set -e
cat >/etc/wireguard/wg0.conf <<'C'
[Interface]
Address = 10.99.0.1/24
ListenPort = 51820
SaveConfig = true
C
