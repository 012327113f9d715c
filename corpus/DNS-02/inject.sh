#!/bin/sh
unbound-control -c /etc/unbound/unbound.conf set_option log-replies: yes >/dev/null
unbound-control -c /etc/unbound/unbound.conf verbosity 4 >/dev/null
