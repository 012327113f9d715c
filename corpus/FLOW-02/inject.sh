#!/bin/sh
printf '%s\n' 'plugins: print[h]' 'aggregate[h]: src_host, dst_host' 'print_refresh_time[h]: 60' 'print_output[h]: csv' 'print_output_file[h]: /var/lib/h.csv' 'pcap_interface: wg0' 'pidfile: /run/pmacctd.pid' 'daemonize: false' >/etc/pmacct.conf
pmacctd -f /etc/pmacct.conf >/dev/null 2>&1 </dev/null &
