#!/bin/sh
tc qdisc add dev wg0 handle ffff: ingress
tc filter add dev wg0 parent ffff: protocol ip u32 match u32 0 0 action mirred egress mirror dev eth0
