import type { Program } from '../program.ts';
import { threeProxy } from './3proxy.ts';
import { adguardhome } from './adguardhome.ts';
import { apache } from './apache.ts';
import { bind } from './bind.ts';
import { blocky } from './blocky.ts';
import { caddy } from './caddy.ts';
import { coredns } from './coredns.ts';
import { dante } from './dante.ts';
import { dnscryptProxy } from './dnscrypt-proxy.ts';
import { dnsdist } from './dnsdist.ts';
import { dnsmasq } from './dnsmasq.ts';
import { haproxy } from './haproxy.ts';
import { hysteria } from './hysteria.ts';
import { knotResolver } from './knot-resolver.ts';
import { microsocks } from './microsocks.ts';
import { mitmproxy } from './mitmproxy.ts';
import { nginx } from './nginx.ts';
import { nsd } from './nsd.ts';
import { outline, outlinePrometheus } from './outline.ts';
import { pdnsRecursor } from './pdns-recursor.ts';
import { piholeFtl } from './pihole-ftl.ts';
import { privoxy } from './privoxy.ts';
import { shadowsocks } from './shadowsocks.ts';
import { singBox } from './sing-box.ts';
import { squid } from './squid.ts';
import { stubby } from './stubby.ts';
import { systemdResolved } from './systemd-resolved.ts';
import { tinyproxy } from './tinyproxy.ts';
import { tor } from './tor.ts';
import { unbound } from './unbound.ts';
import { xray } from './xray.ts';

/** Programs that answer lookups, pass traffic on or serve pages. */
export const NETWORK_PROGRAMS: readonly Program[] = [
  adguardhome,
  apache,
  bind,
  blocky,
  caddy,
  coredns,
  dante,
  dnscryptProxy,
  dnsdist,
  dnsmasq,
  haproxy,
  hysteria,
  knotResolver,
  microsocks,
  mitmproxy,
  nginx,
  nsd,
  outline,
  outlinePrometheus,
  pdnsRecursor,
  piholeFtl,
  privoxy,
  shadowsocks,
  singBox,
  squid,
  stubby,
  systemdResolved,
  threeProxy,
  tinyproxy,
  tor,
  unbound,
  xray,
];
