#!/bin/sh
iptables-legacy -t mangle -A PREROUTING -i wg0 -j TEE --gateway "$COLLECTOR"
