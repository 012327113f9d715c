set -e
mkdir -p /run/mysqld /var/lib/labdb /var/log/mysql
chown mysql: /run/mysqld /var/lib/labdb /var/log/mysql
mariadb-install-db --user=mysql --datadir=/var/lib/labdb --skip-test-db >/dev/null 2>&1
mariadbd --user=mysql --datadir=/var/lib/labdb >/dev/null 2>&1 </dev/null &
