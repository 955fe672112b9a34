#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Images of foreign guests (README.md): the serving end answers each call of them as it stands there, to the last byte.
# What s390x's own kernel answered, others' results must be, too: the same program has made the same calls. And a
# server that is wrong in one answer, and an image in which one byte is another, are found out.
# Needs no 32-bit programs: the guests are made up.
# Quick in a guest.
use strict;
use warnings;
use File::Basename;
use File::Temp;
use Test::More;
use lib dirname(__FILE__);
use images;
use lib dirname(__FILE__) . '/../fixtures';
use tests;

chdir $root or die;
build('build/tests/foreign');
prepared();
my $work = File::Temp->newdir;

# Steps that have another answer.
sub differing {
	my ($image, @mutant) = @_;
	my @command = ('timeout', '-s', 'KILL', '100', 'build/tests/foreign', $image, @mutant);
	my ($status, $text, $errors) = output_of("$work", @command);
	return ("status $status: $errors") if $status;
	my @wanted = steps(slurp($image));
	my @got = steps($text);
	return ('not as many steps') if @wanted != @got || @got < 100;
	my @differ;
	for my $i (0 .. $#got) {
		my $is = join "\n", @{$got[$i]{asked}}, $got[$i]{answer}, @{$got[$i]{out}};
		my $was = join "\n", @{$wanted[$i]{asked}}, $wanted[$i]{answer}, @{$wanted[$i]{out}};
		push @differ, "step $i:\n$is\nand should be\n$was\n" if $is ne $was;
	}
	return @differ;
}

# An answer that isn't a descriptor, by name.
sub named {
	my ($step, $errors) = @_;
	my ($number) = $step->{answer} =~ /^= (-?\d+)/;
	return 'descriptor' if $number >= 0 && $step->{call} =~ /^call (socket|accept4?) /;
	return $number >= 0 ? $number : $errors->{-$number} // $number;
}

my @kernels = steps(slurp('tests/foreign/images/s390x.image'));
my $errors = errors_of('s390x');
for my $image (glob 'tests/foreign/images/*.image') {
	my ($arch) = $image =~ m{([^/]*)\.image$};
	my @differ = differing($image);
	result(!@differ, "$arch: all answers are as they should be", @differ[0 .. ($#differ < 4 ? $#differ : 4)]);

	my $own = errors_of($arch);
	my @steps = steps(slurp($image));
	@differ = ();
	for my $i (0 .. ($#steps < $#kernels ? $#steps : $#kernels)) {
		my ($is, $was) = (named($steps[$i], $own), named($kernels[$i], $errors));
		push @differ, "step $i: $steps[$i]{call}: $is, and should be $was" if $is ne $was;
	}
	# glibc's struct sockaddr_storage has 126 bytes there, the kernel's 128: MCAST_JOIN_GROUP's are too short.
	@differ = grep { !/setsockopt \d+ 0 2[abd] .*: -22, and should be/ } @differ if $arch eq 'm68k';
	result(!@differ && @steps == @kernels, "$arch: each result is what s390x's kernel says", @differ);
}

my $image = 'tests/foreign/images/mips.image';
my @differ = differing($image, 40);
result(@differ == 1 && $differ[0] =~ /^step 40:/, 'a server that is wrong in one answer is found out', @differ);
my $text = slurp($image);
$text =~ s/^(out \S+ \S*)00$/${1}01/m or die;
spew("$work/image", $text);
@differ = differing("$work/image");
result(@differ == 1, 'so is one byte that is another', @differ);
done_testing();
