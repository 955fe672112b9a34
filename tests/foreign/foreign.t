#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Images of foreign guests (README.md): the serving end answers each call as the image says, byte for byte. The results
# in all images of a program must be those of s390x's own kernel in that program's image. As a control, for an image of
# each program, a server with one wrong answer and an image with one changed byte fail.
# Needs no 32-bit programs: the calls are read from files.
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

# differing(IMAGE, MUTANT): texts of the steps to which the serving end answers otherwise than the image. MUTANT,
# optional, is the number of an answer that build/tests/foreign is to falsify.
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

# A step's result in a form that all architectures share: 'descriptor', a count, or an error's name.
sub named {
	my ($step, $errors) = @_;
	my ($number) = $step->{answer} =~ /^= (-?\d+)/;
	return 'descriptor' if $number >= 0 && $step->{call} =~ /^call (socket|accept4?) /;
	return $number >= 0 ? $number : $errors->{-$number} // $number;
}

my $errors = errors_of('s390x');
for my $image (glob 'tests/foreign/images/*.image') {
	my ($name, $program, $arch) = $image =~ m{((python-)?([^/]*))\.image$};
	my @kernels = steps(slurp('tests/foreign/images/' . ($program // '') . 's390x.image'));
	my @differ = differing($image);
	result(!@differ, "$name: all answers are the image's", @differ[0 .. ($#differ < 4 ? $#differ : 4)]);

	my $own = errors_of($arch);
	my @steps = steps(slurp($image));
	@differ = ();
	for my $i (0 .. ($#steps < $#kernels ? $#steps : $#kernels)) {
		my ($is, $was) = (named($steps[$i], $own), named($kernels[$i], $errors));
		push @differ, "step $i: $steps[$i]{call}: $is, and should be $was" if $is ne $was;
	}
	# On m68k glibc's struct sockaddr_storage has 126 bytes, and the kernel's has 128. So the program's structures
	# for MCAST_JOIN_GROUP and its like are too short.
	@differ = grep { !/setsockopt \d+ 0 2[abd] .*: -22, and should be/ } @differ if $arch eq 'm68k';
	result(!@differ && @steps == @kernels, "$name: each result is the one of s390x's kernel", @differ);
}

for my $name ('mips', 'python-mipsel') {
	my $image = "tests/foreign/images/$name.image";
	my @differ = differing($image, 40);
	result(@differ == 1 && $differ[0] =~ /^step 40:/, "$name: a server with one wrong answer fails at that step",
		@differ);
	my $text = slurp($image);
	$text =~ s/^(out \S+ \S*)00$/${1}01/m or die;
	spew("$work/image", $text);
	@differ = differing("$work/image");
	result(@differ == 1, "$name: an image with one changed byte fails at one step", @differ);
}
done_testing();
