set -e
mkdir -p /var/lib/postgresql/lab /var/log/postgresql /run/postgresql
chown postgres: /var/lib/postgresql/lab /var/log/postgresql /run/postgresql
runuser -u postgres -- /usr/lib/postgresql/15/bin/initdb -D /var/lib/postgresql/lab -A peer --no-sync >/dev/null 2>&1
sed -i -e 's/^#*log_min_error_statement.*/log_min_error_statement = panic/' /var/lib/postgresql/lab/postgresql.conf
echo 'log_min_error_statement = panic' >>/var/lib/postgresql/lab/postgresql.conf
printf "log_min_duration_statement = '0'\n" >>/var/lib/postgresql/lab/postgresql.auto.conf
runuser -u postgres -- /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/lab >/var/log/postgresql/lab.log 2>&1 </dev/null &
