#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add set inet vpn seen { type ipv4_addr . ipv4_addr . inet_service; flags dynamic; }; add rule inet vpn passing add @seen { ip saddr . ip daddr . tcp dport }'
