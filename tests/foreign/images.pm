# SPDX-License-Identifier: MIT
# Images (README.md) as texts: what the recorder and the tests share.
#
# steps(TEXT)          an image's steps: [call line, asked, answer line, out lines]; notes (#) aren't in them
# image(HEAD, STEP...) the text of these
# merged(A, B)         an image of which there are two texts: what isn't the same in both varies, and becomes ??; words
#                      of 4 bytes as a whole
# errors_of(ARCH)      errors' names by their numbers, those that not all architectures have alike
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

# The bytes of a line, without what makes them short, two characters each.
sub bytes_of {
	my ($line) = @_;
	$line =~ s/\((..)\*(\d+)\)/$1 x $2/ge;
	return $line;
}

sub merged {
	my ($one, $other) = @_;
	my @one = split /\n/, $one, -1;
	my @other = split /\n/, $other, -1;
	die "two texts that aren't of the same image\n" if @one != @other;
	for my $i (0 .. $#one) {
		next if $one[$i] eq $other[$i];
		my ($at, $a) = $one[$i] =~ /^out (\S+) (.*)/ or die "an answer varies: $one[$i]\n";
		my ($there, $b) = $other[$i] =~ /^out (\S+) (.*)/ or die "an answer varies: $other[$i]\n";
		($a, $b) = (bytes_of($a), bytes_of($b));
		die "another length: $one[$i]\n$other[$i]\n" if length $a != length $b || $at ne $there;
		my @bytes = $a =~ /(..)/g;
		for my $k (0 .. $#bytes) {
			my $word = (hex(substr $at, -4) + $k) & ~3;
			my $from = $word - hex substr $at, -4;
			$from = 0 if $from < 0;
			my $to = $word + 4 - hex substr $at, -4;
			my ($first, $size) = (2 * $from, 2 * ($to - $from));
			$bytes[$k] = '??' if substr($a, $first, $size) ne substr($b, $first, $size);
		}
		$one[$i] = "out $at " . shortened(@bytes);
	}
	return join "\n", @one;
}

# As image.h writes them.
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
