#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
#
# webserver --plain in Perl: a worker made as Server::Starter's manual has it.
use strict;
use warnings;
use IO::Socket::INET;
use Server::Starter qw(server_ports);

my $listener = IO::Socket::INET->new(Proto => 'tcp');
$listener->fdopen((values %{ server_ports() })[0], 'w')
    or die "no listening socket: $!\n";
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
