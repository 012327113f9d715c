#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add map inet vpn last { type ipv4_addr : mark; flags dynamic,timeout; timeout 1d; }; add rule inet vpn passing iifname wg0 update @last { ip saddr : 0x1 }'
