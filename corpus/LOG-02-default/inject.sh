set -e
rsyslogd >/dev/null 2>&1 </dev/null
