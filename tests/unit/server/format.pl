#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Usage: format.pl OURS STRACE'S
# Compares socketcall_format()'s lines about calls with strace's lines about the same calls. Prints those that differ
# and, at the end, how many were compared. strace gets some things from the kernel, which socketcall_format() doesn't
# ask (server/format.h). In these cases the lines are made alike, or aren't compared. socketcall_format() prints:
#   - numbers of interfaces, not names
#   - netlink's data as bytes; so lines about netlink sockets aren't compared
#   - names also of options of SOL_IP that no control message has; control data of over 4096 bytes as an address, and a
#     SO_PEERCRED that was cut as bytes
#   - addresses of X.25, AX.25 and IPX as bytes, and so the options of iptables, ICMP_FILTER and MCAST_*
use strict;
use warnings;

my ($ours, $theirs) = @ARGV;
open my $file, '<', $ours or die "$ours: $!\n";
chomp(my @ours = <$file>);
open $file, '<', $theirs or die "$theirs: $!\n";
chomp(my @theirs = <$file>);
shift @theirs while @theirs && $theirs[0] !~ /^shutdown\(-777/;
shift @theirs;
# Drops signals, calls with an invalid number, and calls whose block can't be read.
@theirs = grep { !/^(---|\+\+\+|socketcall\(|0x)/ } @theirs;

my %interfaces;
for my $path (glob '/sys/class/net/*/ifindex') {
	open my $index, '<', $path or next;
	chomp(my $number = <$index>);
	$interfaces{$1} = $number if $path =~ m{net/([^/]+)/};
}

sub not_compared {
	my ($line) = @_;
	return 1 if $line =~ /nlmsg_len=|AF_NETLINK/ || $line =~ /^(send|recv)\w*\(17, /;
	return 1 if $line =~ /AF_AX25, |AF_X25|AF_IPX|IP6?T_SO_|EBT_SO_|ARPT_SO_|MCAST_|ICMP_FILTER/;
	return 1 if $line =~ /cmsg_level=SOL_IP, cmsg_type=(SCM_SECURITY|0x)|msg_controllen=4097/;
	return 1 if $line =~ /SO_PEERCRED, \{pid=\d+\}|TXREHASH_/;
	return 1 if $line =~ /ERESTARTSYS/; # the program sees another result, which depends on the signal's handler
	return 0;
}

my ($same, $aside, $differ) = (0, 0, 0);
for my $i (0 .. ($#ours > $#theirs ? $#ours : $#theirs)) {
	my ($our, $their) = ($ours[$i] // 'nothing', $theirs[$i] // 'nothing');
	$their =~ s/\)\s+= /) = /;
	$their =~ s/if_nametoindex\("([^"]+)"\)/$interfaces{$1} \/\/ $1/ge;
	$their =~ s/^(socket(?:pair)?\(.*, )18446744073709551615([,)])/${1}4294967295$2/;
	# For a constant that this strace is too old to know, takes our name.
	while ($our ne $their && $their =~ m{^(.*?)0x[0-9a-f]+ /\* [A-Z0-9_]*\?+ \*/} && index($our, $1) == 0 &&
		substr($our, length $1) =~ /^[A-Z0-9_]{4,}/) {
		my $name = $&;
		$their =~ s{0x[0-9a-f]+ /\* [A-Z0-9_]*\?+ \*/}{$name};
	}
	if ($our eq $their) {
		$same++;
	} elsif (not_compared($their)) {
		$aside++;
	} elsif ($differ++ < 20) {
		print "ours:   $our\nstrace: $their\n";
	}
}
print "$same lines are the same, $differ differ, $aside aren't compared\n";
exit($differ || !$same || $aside > $same / 10);
