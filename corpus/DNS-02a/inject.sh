#!/bin/sh
unbound-control -c /etc/unbound/unbound.conf set_option log-replies: yes >/dev/null
