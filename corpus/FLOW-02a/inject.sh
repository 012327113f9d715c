#!/bin/sh
mkdir -p /var/cache/nfdump
nfcapd -D -w /var/cache/nfdump -p 2055 -P /run/nfcapd.pid >/dev/null 2>&1 </dev/null
