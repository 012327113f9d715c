#!/bin/sh
ip6tables-legacy -t raw -A PREROUTING -i wg0 -j NFLOG --nflog-group 3
