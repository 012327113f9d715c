#!/bin/sh
unbound-control -c /etc/unbound/unbound.conf verbosity 4 >/dev/null
