#!/bin/sh
iptables-legacy -A INPUT -p udp --dport 51820 -m recent --set --name peers --rsource
