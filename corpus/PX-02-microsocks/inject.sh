set -e
microsocks -i 10.99.0.1 -p 1080 >/dev/null 2>/var/log/microsocks.log </dev/null &
