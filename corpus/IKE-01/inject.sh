set -e
cat >/etc/strongswan.d/zz-log.conf <<'C'
charon {
  filelog {
    f {
      path = /var/log/charon.log
      default = 2
      ike_name = yes
    }
  }
}
C
/usr/lib/ipsec/charon >/dev/null 2>&1 </dev/null &
