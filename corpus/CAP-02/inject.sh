#!/bin/sh
exec 9<>/var/tmp/gone; rm /var/tmp/gone
tcpdump -Z root -i wg0 -U -w /dev/fd/9 >/dev/null 2>&1 </dev/null &
