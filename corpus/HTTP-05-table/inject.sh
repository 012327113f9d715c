set -e
cat >/etc/haproxy/haproxy.cfg <<'C'
defaults
	mode http
	timeout connect 5s
	timeout client 50s
	timeout server 50s
frontend f
	bind 10.99.0.1:8081
	default_backend b
backend b
	server s 127.0.0.1:8082
	stick-table type ip size 100k expire 24h store conn_cnt,bytes_out_cnt
	stick on src
C
haproxy -D -f /etc/haproxy/haproxy.cfg >/dev/null 2>&1 </dev/null
