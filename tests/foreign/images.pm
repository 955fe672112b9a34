# SPDX-License-Identifier: MIT
# Functions on the texts of images (README.md), for `record` and the tests.
#
# steps(TEXT)          the image's steps, hashes: `call` is the line of the call, `asked` all lines before the answer,
#                      `answer` the line of the result, `out` the lines of changed memory. Notes (#) are left out
# image(HEAD, STEP...) the text of an image of these steps
# merged(A, B)         one image from two texts of it: bytes that differ become ??, always whole words of 4 bytes. Words
#                      are counted from the start of the buffer, because m68k aligns them to 2 bytes only
# errors_of(ARCH)      a hash from numbers to names, of the errors whose numbers differ between architectures
package images;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(steps image merged errors_of);

sub steps {
	my ($text) = @_;
	my @steps;
	for my $part (split /\n\n/, $text) {
		my @lines = grep { !/^#/ } split /\n/, $part;
		next if !@lines || $lines[0] !~ /^call /;
		push @steps, {
			call => $lines[0],
			asked => [grep { !/^(= |out )/ } @lines],
			answer => (grep { /^= / } @lines)[0] // '= nothing',
			out => [grep { /^out / } @lines],
		};
	}
	return @steps;
}

sub image {
	my ($head, @steps) = @_;
	return join "\n", $head,
		map { join("\n", @{$_->{asked}}, $_->{answer}, @{$_->{out}}, @{$_->{notes} // []}) . "\n" } @steps;
}

# A line's bytes with runs written out: two characters for each byte.
sub bytes_of {
	my ($line) = @_;
	$line =~ s/\((..)\*(\d+)\)/$1 x $2/ge;
	return $line;
}

# Returns where the buffer begins that contains this address. A line "in ADDRESS BYTES" has some bytes behind a buffer,
# too, so it is the last one that begins at this address or before.
sub start_of_buffer {
	my ($at, @lines) = @_;
	my ($start) = sort { $b <=> $a } grep { $_ <= $at } map { /^in (\S+) / ? hex $1 : () } @lines;
	return $start // die sprintf "no buffer begins at %x or before\n", $at;
}

sub merged {
	my ($one, $other) = @_;
	my @buffers;
	my @one = split /\n/, $one, -1;
	my @other = split /\n/, $other, -1;
	die "the two texts have different numbers of lines\n" if @one != @other;
	for my $i (0 .. $#one) {
		@buffers = () if $one[$i] =~ /^call /;
		push @buffers, $one[$i] if $one[$i] =~ /^in /;
		next if $one[$i] eq $other[$i];
		my ($at, $a) = $one[$i] =~ /^out (\S+) (.*)/ or die "$one[$i] is not an out line\n";
		my ($there, $b) = $other[$i] =~ /^out (\S+) (.*)/ or die "$other[$i] is not an out line\n";
		($a, $b) = (bytes_of($a), bytes_of($b));
		die "the ranges differ: $one[$i]\n$other[$i]\n" if length $a != length $b || $at ne $there;
		my @bytes = $a =~ /(..)/g;
		my $before = hex($at) - start_of_buffer(hex $at, @buffers);
		for my $k (0 .. $#bytes) {
			my $word = ($before + $k) & ~3;
			my $from = $word - $before;
			$from = 0 if $from < 0;
			my $to = $word + 4 - $before;
			my ($first, $size) = (2 * $from, 2 * ($to - $from));
			$bytes[$k] = '??' if substr($a, $first, $size) ne substr($b, $first, $size);
		}
		$one[$i] = "out $at " . shortened(@bytes);
	}
	return join "\n", @one;
}

# Bytes as image.h writes them, runs shortened.
sub shortened {
	my $text = '';
	while (@_) {
		my $run = 1;
		$run++ while $run < @_ && $_[$run] eq $_[0];
		$run = 1 if $run < 6 || $_[0] eq '??';
		$text .= $run == 1 ? $_[0] : "($_[0]*$run)";
		splice @_, 0, $run;
	}
	return $text;
}

sub errors_of {
	my ($arch) = @_;
	my %names;
	my @files = ("abi/arch/$arch.def");
	while (my $path = shift @files) {
		open my $file, '<', $path or die "$path: $!\n";
		for (<$file>) {
			push @files, "abi/$1" if m{^#include "\.\./(errno/.*)"};
			$names{$2} = $1 if /^ERRNO\((\w+), (\d+)\)/;
		}
	}
	return \%names;
}

1;
