set -e
mkdir -p /run/haproxy
printf '\nfrontend f\n\tbind 10.99.0.1:8081\n\tdefault_backend b\nbackend b\n\tserver s 127.0.0.1:8082\n' >>/etc/haproxy/haproxy.cfg
haproxy -D -f /etc/haproxy/haproxy.cfg >/dev/null 2>&1 </dev/null
