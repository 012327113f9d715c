#!/bin/sh
nft 'add table netdev early; add chain netdev early in { type filter hook ingress device wg0 priority 0; }; add rule netdev early in udp dport 53 log prefix "d "'
