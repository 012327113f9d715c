#!/bin/sh
iptables-legacy -A FORWARD -i wg0 -j NFQUEUE --queue-num 2 --queue-bypass
