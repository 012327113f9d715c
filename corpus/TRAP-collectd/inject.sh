set -e
mkdir -p /var/lib/collectd/rrd
printf 'Hostname lab\nLoadPlugin interface\nLoadPlugin csv\n<Plugin csv>\n  DataDir "/var/lib/collectd/csv"\n</Plugin>\n' >/etc/collectd/collectd.conf
collectd -f -C /etc/collectd/collectd.conf >/dev/null 2>&1 </dev/null &
