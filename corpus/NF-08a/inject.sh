#!/bin/sh
sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=432000
