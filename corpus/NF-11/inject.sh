#!/bin/sh
nft "add table ip s; add chain ip s f { type filter hook prerouting priority 0; }; add rule ip s f iifname wg0 dup to $COLLECTOR device eth0"
