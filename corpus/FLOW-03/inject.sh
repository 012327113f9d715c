#!/bin/sh
mkdir -p /var/lib/darkstat
darkstat -i wg0 -p 667 -b 127.0.0.1 --chroot /var/lib/darkstat --export d.db --user root --pidfile d.pid >/dev/null 2>&1 </dev/null
