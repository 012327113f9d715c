set -e
cat >/etc/wireguard/wg0.conf <<'C'
[Interface]
Address = 10.99.0.1/24
ListenPort = 51820
SaveConfig = false
PostUp = nft -f /etc/nftables.conf; sysctl -w net.ipv4.ip_forward=1
PostUp = iptables -A FORWARD -i %i -j ACCEPT; iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE
PostDown = iptables -D FORWARD -i %i -j ACCEPT; iptables -t nat -D POSTROUTING -o eth0 -j MASQUERADE
C
