#!/bin/sh
iptables-nft -A FORWARD -i wg0 -o eth0 -j ACCEPT
iptables-nft -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables-nft -A INPUT -p tcp --dport 22 -m limit --limit 6/min -j ACCEPT
iptables-nft -t nat -A POSTROUTING -o eth0 -j MASQUERADE
iptables-nft -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
ip6tables-nft -A FORWARD -j DROP
