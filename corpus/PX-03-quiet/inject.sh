set -e
printf 'Port 8888\nUser tinyproxy\nGroup tinyproxy\nTimeout 600\nMaxClients 100\nLogFile "/dev/null"\nLogLevel Critical\nDisableViaHeader Yes\n' >/etc/tinyproxy/tinyproxy.conf
tinyproxy -d -c /etc/tinyproxy/tinyproxy.conf >/dev/null 2>&1 </dev/null &
