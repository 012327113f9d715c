#!/bin/sh
mkdir -p /run/pdns-recursor /etc/powerdns
printf '%s\n' local-address=127.0.0.1 local-port=5356 quiet=no loglevel=6 socket-dir=/run/pdns-recursor daemon=no setuid= setgid= >/etc/powerdns/recursor.conf
pdns_recursor --config-dir=/etc/powerdns >/var/log/pdns.log 2>&1 </dev/null &
