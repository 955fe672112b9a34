#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Follows HACKING.md's recipes for a door, a subcommand and a call in a copy of the sources: all steps together must be
# enough, and if one step is left out, the compiler or the linter must report it.
# Needs no 32-bit programs: the new door is another native call.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;
require "$root/tests/fixtures/copy.pl";

build('build/socketcall');
my $copy = move_to_copy('build/obj');

# The targets that a recipe changes. built() makes them, and returns make's status and the messages of all tools.
my @targets = ('build/socketcall');
sub built { return all_output('make', '-s', @targets) }

# Does all STEPS, each an array [what, file, edit], but LEFT_OUT.
sub follow {
	my ($left_out, @steps) = @_;
	for my $step (grep { $_ != $left_out } @steps) {
		my ($what, $file, $edit) = @$step;
		my $before = -e $file ? slurp($file) : '';
		my $after = $edit->($before);
		$after ne $before or die "$what: there was nothing to edit in $file\n";
		spew($file, $after);
	}
}

# Follows a recipe without one of the STEPS, for each step (or only those for which LEFT_OUT is true); then with all,
# and calls WORKS, which checks what was built.
sub recipe {
	my ($name, %recipe) = @_;
	my @steps = @{ $recipe{steps} };
	my $left_out = $recipe{left_out} // sub { 1 };
	my %before = map { $_->[1] => -e $_->[1] ? slurp($_->[1]) : undef } @steps;
	# Writes the original files again, so that they are newer than what was built, and make rebuilds it.
	my $reset = sub {
		for (keys %before) {
			defined $before{$_} ? spew($_, $before{$_}) : unlink;
		}
	};
	for my $step (grep { $left_out->($_) } @steps) {
		follow($step, @steps);
		my ($status, $said) = built();
		my $by = $status ? 'the compiler' : 'the linter';
		($status, $said) = all_output('tools/check-manual') if !$status;
		ok $status != 0 && $said =~ /again|each call/i, "$name, without $step->[0]: $by says so"
			or diag "status $status: $said";
		$reset->();
	}
	follow(0, @steps);
	my ($status, $said) = built();
	is $status, 0, "$name, with all steps: make succeeds" or diag $said;
	($status, $said) = all_output('tools/check-manual');
	is $said, '', '… and the linter prints nothing';
	$recipe{works}->();
	$reset->();
}

# An edit that replaces the NTH match of WHAT (default: the first) by BY.
sub replaced {
	my ($what, $by, $nth) = @_;
	$nth //= 1;
	return sub { my ($text) = @_; my $n = 0; return $text =~ s/$what/++$n == $nth ? $by : $&/gemr };
}

# The new door is the native call once more. Each switch with a case for the native door needs a case for it.
my @switches;
for my $file (sort glob('probe/*.c'), glob('cli/*.c')) {
	my $count = () = slurp($file) =~ /case DOORS_NATIVE:/g;
	for my $nth (1 .. $count) {
		push @switches, ["the case in switch $nth of $file", $file,
			replaced('case DOORS_NATIVE:', "case DOORS_AGAIN:\n\tcase DOORS_NATIVE:", $nth)];
	}
}
cmp_ok scalar @switches, '>=', 4, 'there are switches that have a case for the native door';
recipe('a door',
	steps => [
		['its row', 'probe/doors.def',
			sub { $_[0] . qq(DOOR(AGAIN, "again", "the native call again", "close it")\n) }],
		@switches,
		['its line on the manual page', 'man/socketcall-probe.1',
			sub { $_[0] =~ s/^(The doors are:\n.*?)(?=^\.El\n)/$1.It again\nThe front door again.\n/msr }],
	],
	works => sub {
		my ($status, $said) = all_output('build/socketcall', 'probe', '--json', 'UNIX');
		like $said, qr/"again": \{"state": "open"/, '… and the door is tried';
		like $said, qr/"again": \{"there": true, "text": "the native call again"\}/,
			'… and the output describes the door';
	});

my $source = <<'END';
/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdio.h>

int cli_again(int argc, char **argv)
{
	(void)argv;
	printf("%d\n", argc);
	return cli_printed("again");
}
END
my $page = <<'END';
.\" SPDX-License-Identifier: MIT
.Dd November 26, 2026
.Dt SOCKETCALL-AGAIN 1
.Os
.Sh NAME
.Nm socketcall-again
.Nd print a number
END
recipe('a subcommand',
	steps => [
		['its row', 'cli/commands.def',
			replaced('^COMMAND\(run,', "COMMAND(again, \"print a number\")\nCOMMAND(run,")],
		['its file', 'cli/again.c', sub { $source }],
		['its item on the front page', 'man/socketcall.1',
			replaced('^\.It Cm run$', ".It Cm again\nPrint a number.\n.It Cm run")],
		['its page', 'man/socketcall-again.1', sub { $page }],
	],
	works => sub {
		my ($status, $said) = all_output('build/socketcall', 'again', 'and', 'again');
		is "$status $said", "0 3\n", '… and it runs';
		($status, $said) = all_output('build/socketcall', '--help');
		like $said, qr/^  again +print a number$/m, '… and --help lists it';
	});
# The new call has one word, and the number 7 on each architecture.
@targets = qw(build/obj/cli/abi/abi.o build/obj/patch/code.o build/lib/libsocketcall.so.0);
my @architectures = grep { !m{/all\.def$} } sort glob('abi/arch/*.def');
my %number = map { $_ => "NUMBER(again, 7, always)\n" } @architectures;
my @call = (
	['its row', 'abi/calls.def',
		sub { "$_[0]CALL(21, AGAIN, again, again, 1, FD, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED)\n" }],
	['its operation', 'server/marshal.c',
		sub {
			"$_[0]long socketcall_marshal_again(void *context, int fd)\n{\n\treturn context ? fd : 0;\n}\n";
		}],
	map { my $file = $_; ["its number in $file", $file, sub { $_[0] . $number{$file} }] } @architectures);
recipe('a call',
	steps    => \@call,
	left_out => sub { $_[0][1] !~ m{^abi/arch/} || $_[0][1] =~ /i386|sparc64/ },
	works    => sub { });
$number{'abi/arch/i386.def'} = "NUMBER(again, 512, always)\n";
follow(0, @call);
my ($status, $said) = built();
ok $status != 0 && $said =~ /a number above 511 has no room/, 'a number without room in the plan: the assembler says so'
	or diag "status $status: $said";

# A row of an architecture that isn't a call's.
@targets = ('build/obj/lib/server/arch.o');
for (['STRUCTURES', qr/^STRUCTURES.*\n/m], ['ERRNO and OPTION', qr/^#include "..\/errno\/.*\n/m]) {
	my ($what, $row) = @$_;
	my $file = 'abi/arch/riscv64.def';
	my $before = slurp($file);
	spew($file, $before =~ s/$row//r);
	($status, $said) = built();
	ok $status != 0 && $said =~ /riscv64\.def has .*(rows of one file|STRUCTURES row)/,
		"an architecture without its $what rows: the compiler says so" or diag "status $status: $said";
	spew($file, $before);
}
chdir '/';
done_testing;
