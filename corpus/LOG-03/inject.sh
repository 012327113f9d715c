set -e
syslogd >/dev/null 2>&1 </dev/null
