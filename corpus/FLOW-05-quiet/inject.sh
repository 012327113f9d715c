#!/bin/sh
grep -q 'ENABLED="false"' /etc/default/sysstat
