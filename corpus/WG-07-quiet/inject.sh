set -e
LOG_LEVEL=error wireguard-go -f wg1 >/dev/null 2>&1 </dev/null &
