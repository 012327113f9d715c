#!/bin/sh
iftop -t -i wg0 >/var/lib/iftop.txt 2>/dev/null </dev/null &
