#!/bin/sh
mkdir -p /var/log/atop
atop -w /var/log/atop/atop_20260101 600 >/dev/null 2>&1 </dev/null &
