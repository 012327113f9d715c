#!/bin/sh
nft 'add table netdev early; add chain netdev early in { type filter hook ingress device wg0 priority 0; }; add rule netdev early in ip saddr 10.99.0.2 fwd to eth0'
