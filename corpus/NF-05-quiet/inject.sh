#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add set inet vpn blocked { type ipv4_addr; flags interval; elements = { 198.51.100.0/24, 203.0.113.7 }; }; add rule inet vpn passing ip daddr @blocked counter drop; add rule inet vpn passing tcp flags syn tcp option maxseg size set rt mtu; add rule inet vpn passing ct state established,related accept'
