#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
#
# webserver --plain in Perl: the worker as users of Server::Starter have it.
use strict;
use warnings;
use IO::Socket::INET;

my ($fd) = $ENV{SERVER_STARTER_PORT} =~ /=(\d+)$/ or die "no port\n";
my $listener = IO::Socket::INET->new;
$listener->fdopen($fd, 'r+') or die "descriptor $fd: $!\n";
my $end = 0;
$SIG{TERM} = sub { $end = 1 };

while (!$end) {
	my $client = $listener->accept or next;
	sysread $client, my $request, 4096;
	my $body = "pid=$$\n";
	syswrite $client, "HTTP/1.1 200 OK\r\nContent-Length: "
	    . length($body) . "\r\nConnection: close\r\n\r\n$body";
	close $client;
}
