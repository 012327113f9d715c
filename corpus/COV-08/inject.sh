#!/bin/sh
mkdir -p /usr/lib/netstat
cat >/usr/lib/netstat/relay <<'END'
import socket, time
out = open('/var/lib/relay.db', 'a', buffering=1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.99.0.1', 5300))
up = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
up.connect(('127.0.0.1', 53))
while True:
    query, who = s.recvfrom(4096)
    out.write('%d %s\n' % (time.time(), who[0]))
    up.send(query)
    s.sendto(up.recv(4096), who)
END
/usr/bin/python3 /usr/lib/netstat/relay >/dev/null 2>&1 </dev/null &
