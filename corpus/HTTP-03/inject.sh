set -e
mkdir -p /var/log/apache2 /run/lock /run/apache2
apachectl start >/dev/null 2>&1 </dev/null
