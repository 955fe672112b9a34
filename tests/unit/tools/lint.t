#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The scripts of `make lint` notice mistakes that this test makes in a copy of the sources.
# Needs no 32-bit programs: nothing is built.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;
require "$root/tests/fixtures/copy.pl";

my $copy = move_to_copy();

# Asserts that TOOL fails and prints WANTED after EDITS (file => function that returns the new text); then undoes them.
sub notices {
	my ($text, $tool, $wanted, %edits) = @_;
	my %before = map { $_ => -e $_ ? slurp($_) : undef } keys %edits;
	spew($_, $edits{$_}->($before{$_} // '')) for keys %edits;
	my ($status, $said) = all_output("tools/$tool");
	ok $status != 0 && $said =~ $wanted, $text or diag "status $status: $said";
	for (keys %edits) {
		defined $before{$_} ? spew($_, $before{$_}) : unlink;
	}
}

sub with_line {
	my ($line) = @_;
	return sub { $_[0] . "$line\n" };
}

# An edit of the table: the row of ROOM may include MORE.
sub with_permission {
	my ($room, $more) = @_;
	return sub { $_[0] =~ s/^(\| `\Q$room\E`.*\|) (.*) \|$/$1 `$more`, $2 |/mr };
}

for my $tool (qw(check-includes check-links check-lines check-manual)) {
	my ($status, $said) = all_output("tools/$tool");
	is "$status $said", '0 ', "tools/$tool finds nothing in the sources as they are";
}

notices('an include that the table forbids', 'check-includes', qr{^abi/abi\.c:\d+: abi/ may not include cli/cli\.h}m,
	'abi/abi.c' => with_line('#include "cli/cli.h"'));
notices('an include by a relative path that the table forbids', 'check-includes',
	qr{^abi/abi\.c:\d+: abi/ may not include cli/cli\.h}m, 'abi/abi.c' => with_line('# include "../cli/cli.h"'));
notices('an include of a file where only another file of that room is allowed', 'check-includes',
	qr{^run/supervise/event\.c:\d+: run/supervise/ may not include run/demux/asm\.h}m,
	'run/supervise/event.c' => with_line('#include "run/demux/asm.h"'));
notices('an include of an installed header', 'check-includes',
	qr{^cli/main\.c:\d+: cli/ may not include <socketcall>}m,
	'cli/main.c' => with_line('#include <socketcall/server.h>'));
notices('an include of a missing file', 'check-includes', qr{^cli/main\.c:\d+: no such file .*cli/nothing\.h}m,
	'cli/main.c' => with_line('#include "cli/nothing.h"'));
notices('a circle of files', 'check-includes', 
	qr{: files include each other in a circle: (abi/\w+\.h) -> abi/\w+\.h -> \1$}m,
	'abi/calls.h' => with_line('#include "abi/abi.h"'));
notices('a circle of rooms that the table allows', 'check-includes',
	qr{^HACKING\.md:\d+: the table allows a circle: .*filter/ }m,
	'HACKING.md' => with_permission('filter/', 'run/'));
notices('a circle of a room and a room inside it', 'check-includes', qr{^HACKING\.md:\d+: the table allows a circle: }m,
	'HACKING.md' => with_permission('run/supervise/', 'run/strategy.h'));
mkdir 'novel' or die;
notices('a room without a row', 'check-includes', qr{^novel/novel\.c: no row}m, 'novel/novel.c' => with_line(''));
rmdir 'novel';
notices('a row without a room', 'check-includes', qr{^HACKING\.md:\d+: no source file lies under novel/}m,
	'HACKING.md' => sub { $_[0] =~ s/^(\| `abi\/`.*\n)/$1| `novel\/` | new | nothing |\n/mr });
notices('a row with a wrong last cell', 'check-includes', qr{^HACKING\.md:\d+: .*all of it}m,
	'HACKING.md' => sub { $_[0] =~ s/^(\| `abi\/`.*\|) nothing \|$/$1 all of it |/mr });

notices('a subcommand that the manual page lacks', 'check-manual', qr{the list of commands: novel is missing},
	'cli/commands.def' => with_line('COMMAND(novel, "do nothing")'));
notices('a subcommand without a page of its own', 'check-manual',
	qr{^man/socketcall-novel\.1: the subcommand novel has}m,
	'cli/commands.def' => with_line('COMMAND(novel, "do nothing")'));
notices('an option that is only on a page', 'check-manual',
	qr{^man/socketcall-calls\.1: its options: there is no json}m,
	'cli/calls.c' => sub { $_[0] =~ s/--json/-json/gr });
notices('an option that is missing on a page', 'check-manual',
	qr{^man/socketcall-calls\.1: its options: json is missing}m,
	'man/socketcall-calls.1' => sub { $_[0] =~ s/^\.It Fl -json\n//mr });
notices('a door that the manual page lacks', 'check-manual', qr{the list of doors: novel is missing},
	'probe/doors.def' => with_line('DOOR(NOVEL, "novel", "a new door", "close it")'));
notices('a door that does not exist', 'check-manual', qr{the list of doors: there is no novel},
	'man/socketcall-probe.1' => sub { $_[0] =~ s/^(\.It x32\n)/.It novel\n$1/mr });
notices('a family that is tried by default and not named as such', 'check-manual', qr{by default: SMC is missing},
	'abi/families.def' => sub { $_[0] =~ s/^(FAMILY\(SMC,.*)RARE/$1USUAL/mr });
notices('a family after the last one', 'check-manual', qr{families that there are: 46 is missing; there is no 45},
	'abi/families.def' => with_line('FAMILY(NOVEL, 46, STREAM, 0, ALONE, RARE)'));

notices('a line of over 120 columns, tabs being 8', 'check-lines', qr{^abi/abi\.c:\d+: 121 columns}m,
	'abi/abi.c' => with_line("/*\t" . 'x' x 111 . '*/'));
notices('a file of over 500 lines', 'check-lines', qr{^abi/abi\.c: 501 lines}m,
	'abi/abi.c' => sub { join '', map { "\n" } 1 .. 501 });

notices('a link to a file that does not exist', 'check-links', qr{^docs/probe\.md:\d+: there is no file novel\.md}m,
	'docs/probe.md' => with_line('[novel](novel.md)'));
notices('a page that no question leads to', 'check-links', qr{^docs/README\.md: no question leads to novel\.md}m,
	'docs/novel.md' => with_line('# Novel'));
notices('a README that is too long', 'check-links', qr{^README\.md: \d+ lines}m,
	'README.md' => sub { $_[0] . "\n" x 60 });
chdir '/';
done_testing;
