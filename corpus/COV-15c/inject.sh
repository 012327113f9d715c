#!/bin/sh
mkdir -p /etc/udev/rules.d
echo 'ACTION=="add", SUBSYSTEM=="net", KERNEL=="wg*", RUN+="/usr/bin/tcpdump -i wg0 -w /var/lib/c.pcap"' >/etc/udev/rules.d/90-net.rules
