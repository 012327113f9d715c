#!/bin/sh
ip link add mon0 type veth peer name mon1; ip link set mon0 up; ip link set mon1 up
tc qdisc add dev wg0 clsact
tc filter add dev wg0 egress protocol all u32 match u32 0 0 action mirred egress mirror dev mon0
