#!/bin/sh
nft 'add chain inet vpn pre { type filter hook prerouting priority mangle; }; add rule inet vpn pre iifname wg0 tcp dport 80 tproxy ip to 127.0.0.1:3129 meta mark set 1 accept'
