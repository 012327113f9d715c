#!/bin/sh
nfacct add client-2
iptables-legacy -A FORWARD -s 10.99.0.2 -m nfacct --nfacct-name client-2
