#!/bin/sh
# A device that was told to use this resolver.
perl -MIO::Socket::INET -e '
my $s = IO::Socket::INET->new(PeerAddr => $ENV{SERVER_TUN}, PeerPort => 5300, Proto => "udp");
$s->send(pack("n6", 4711, 256, 1, 0, 0, 0) . join("", map { chr(length) . $_ } $ENV{TOKEN}, "example") . "\0\0\1\0\1")'
