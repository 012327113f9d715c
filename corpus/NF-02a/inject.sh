#!/bin/sh
iptables-legacy -A FORWARD -m conntrack --ctstate NEW -j LOG
