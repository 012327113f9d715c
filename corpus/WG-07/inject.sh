set -e
LOG_LEVEL=verbose wireguard-go -f wg1 >/dev/null 2>/var/log/wg1.log </dev/null &
