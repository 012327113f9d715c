#!/bin/sh
unbound-control -c /etc/unbound/unbound.conf set_option val-log-level: 2 >/dev/null
