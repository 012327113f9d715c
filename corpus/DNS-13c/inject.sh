#!/bin/sh
mkdir -p /etc/bind /var/cache/bind /run/named /var/log/named; chown bind:bind /run/named /var/cache/bind /var/log/named
[ -e /etc/bind/rndc.key ] || rndc-confgen -a >/dev/null 2>&1
cat >/etc/bind/named.conf <<'END'
options {
  directory "/var/cache/bind";
  listen-on port 5355 { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion yes;
  allow-recursion { 127.0.0.1; };
  qname-minimization relaxed;
  querylog no;
  coresize 0;
};
logging { channel d { file "/var/log/named/d"; severity dynamic; }; category default { d; }; };
END
named -u bind -c /etc/bind/named.conf >/dev/null 2>&1; sleep 1
rndc trace 5
