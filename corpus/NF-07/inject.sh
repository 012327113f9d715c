#!/bin/sh
conntrack -E -o timestamp >/var/tmp/ct.log 2>/dev/null </dev/null &
