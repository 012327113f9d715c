#!/bin/sh
ipset create visited hash:ip,port timeout 86400
iptables-legacy -A FORWARD -i wg0 -j SET --add-set visited dst,dst --exist
