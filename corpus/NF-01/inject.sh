#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add rule inet vpn passing ct state new log prefix "v "'
