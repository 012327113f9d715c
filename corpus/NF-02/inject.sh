#!/bin/sh
iptables-nft -A FORWARD -m conntrack --ctstate NEW -j LOG --log-prefix "f "
