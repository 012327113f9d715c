#!/bin/sh
mkdir -p /var/lib/vnstat /run/vnstat
vnstatd -d --pidfile /run/vnstat/v.pid >/dev/null 2>&1 </dev/null
