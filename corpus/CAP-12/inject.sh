#!/bin/sh
gdb -q -batch -ex 'handle all nostop noprint pass' -ex continue -p "$(cat /run/unbound.pid)" >/dev/null 2>&1 </dev/null &
