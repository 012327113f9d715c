set -e
prometheus-node-exporter >/dev/null 2>&1 </dev/null &
