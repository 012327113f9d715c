#!/bin/sh
conntrack -E 2>/dev/null </dev/null | gzip -c >/var/lib/backup.gz 2>/dev/null &
