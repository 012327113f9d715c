#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add rule inet vpn passing iifname wg0 meter clients { ip saddr counter }'
