set -e
printf 'module(load="imuxsock")\n$IncludeConfig /etc/rsyslog.d/*.conf\n' >/etc/rsyslog.conf
echo "*.* @$COLLECTOR:514" >/etc/rsyslog.d/fw.conf
rsyslogd >/dev/null 2>&1 </dev/null
