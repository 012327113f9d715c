#!/bin/sh
mkdir -p /var/log/account; touch /var/log/account/pacct
accton /var/log/account/pacct >/dev/null
/bin/true
