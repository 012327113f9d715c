#!/bin/sh
fprobe -i wg0 "$COLLECTOR:2055" >/dev/null 2>&1 </dev/null
