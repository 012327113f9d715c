#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add set inet vpn seen { type ipv4_addr . ipv4_addr; flags dynamic,timeout; timeout 30d; }; add element inet vpn seen { 10.99.0.2 . 203.0.113.9 }'
