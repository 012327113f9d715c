#!/bin/sh
dnsmasq --user=root --port=5354 --listen-address=127.0.0.1 --bind-interfaces --pid-file=/run/dnsmasq.pid --no-resolv --server=127.0.0.1 --log-queries=extra --log-facility=/var/log/dm.log >/dev/null 2>&1
