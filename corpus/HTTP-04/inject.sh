set -e
mkdir -p /var/log/caddy
cat >/etc/caddy/Caddyfile <<'C'
:8080 {
	log {
		output file /var/log/caddy/access.log
	}
	respond "ok"
}
C
HOME=/root caddy run --config /etc/caddy/Caddyfile >/dev/null 2>&1 </dev/null &
