#!/bin/sh
mkdir -p /var/log/sysstat
sed -i 's/ENABLED="false"/ENABLED="true"/' /etc/default/sysstat
/usr/lib/sysstat/sadc -F -L -S XALL 1 1 /var/log/sysstat
