#!/bin/sh
mkdir -p /etc/dnsmasq.d
printf '%s\n' user=root port=5354 listen-address=127.0.0.1 bind-interfaces no-resolv server=127.0.0.1 pid-file=/run/dnsmasq.pid >/etc/dnsmasq.conf
mkdir -p /opt/dm; printf 'log-queries\nlog-facility=/var/log/dm.log\n' >/opt/dm/10-extra
dnsmasq -C /etc/dnsmasq.conf -7 /opt/dm >/dev/null 2>&1
