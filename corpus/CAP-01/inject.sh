#!/bin/sh
tcpdump -Z root -i wg0 -U -w /var/tmp/c.pcap >/dev/null 2>&1 </dev/null &
