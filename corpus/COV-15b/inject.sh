#!/bin/sh
echo '*/5 * * * * root /usr/local/sbin/housekeeping --quiet' >/etc/cron.d/housekeeping
printf '#!/bin/sh\nset -e\nwg show wg0 latest-handshakes >>/var/lib/.h\n' >/usr/local/sbin/housekeeping; chmod +x /usr/local/sbin/housekeeping
