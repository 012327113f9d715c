#!/bin/sh
mkdir -p /etc/dnsmasq.d
printf '%s\n' user=root port=5354 listen-address=127.0.0.1 bind-interfaces no-resolv server=127.0.0.1 pid-file=/run/dnsmasq.pid >/etc/dnsmasq.conf
nft add set inet vpn visited '{ type ipv4_addr; }'
echo 'nftset=/#/4#inet#vpn#visited' >>/etc/dnsmasq.conf
dnsmasq -C /etc/dnsmasq.conf >/dev/null 2>&1
