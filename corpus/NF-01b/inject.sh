#!/bin/sh
nft 'add chain inet vpn passing { type filter hook forward priority filter; }'
nft 'add chain inet vpn stats; add rule inet vpn passing jump stats; add rule inet vpn stats meta l4proto tcp limit rate 5/second log level debug flags all'
