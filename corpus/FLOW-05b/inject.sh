#!/bin/sh
mkdir -p /srv/metrics
/usr/lib/sysstat/sadc -S XALL 60 /srv/metrics/day >/dev/null 2>&1 </dev/null &
