#!/bin/sh
mkdir -p /run/softflowd/chroot/etc
softflowd -i wg0 -n "$COLLECTOR:2055" -p /run/softflowd.pid -c /run/softflowd.ctl >/dev/null 2>&1 </dev/null
