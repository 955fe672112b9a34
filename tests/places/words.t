#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# where.pl reads the right results, above all faults, from the output in a place; the rows of a table that it writes
# stand for the places that they were made of; and runner.c prints the right rows.
# Needs no 32-bit programs: the test makes up what is said, and scripts stand in for programs.
use strict;
use warnings;
use utf8;
use Cwd 'abs_path';
use File::Basename;
use File::Temp 'tempdir';
use Test::More;

my $here = abs_path(dirname($0));
require "$here/where.pl";
our ($root, @kinds, @results);
my $work = tempdir(CLEANUP => 1);
my $left = 'socketcall run: a (b): only the preload is left, for dynamic 32-bit programs that keep'
	. " their environment\n";
my $closed = 'socket: Function not implemented';

sub is_word {
	my ($kind, $said, $word, $fault, $what) = @_;
	my $words = where_words($said);
	is $words->{$kind}, $word, $what;
	is !!where_is_fault($words->{$kind}), !!$fault, "$what: " . ($fault ? 'is a fault' : 'is no fault');
}

is_word('static', "socketcall run: 7 static: vdso, stub\nwhere static 7: works\n", 'vdso, stub', 0,
	'what run says of a program');
is_word('static', "socketcall run: 7 daemon: vdso\nwhere static 7: works\n", 'works unserved', 1,
	'nobody says anything of a program that works');
is_word('daemon-exec',
	"socketcall run: 7 daemon-exec: vdso\nsocketcall run: 9 daemon-exec: vdso\nwhere daemon-exec 7: works\n",
	'vdso', 0, 'run says the same of two programs');
is_word('daemon-exec', "socketcall run: 7 daemon-exec: vdso\nwhere daemon-exec 7: $closed\n", 'NOT REACHED SILENTLY', 1,
	'the second of two programs is not reached, and run is silent');
is_word('daemon-exec',
	"socketcall run: 7 daemon-exec: vdso\nsocketcall run: 9 daemon-exec: left alone: x\n"
	. "where daemon-exec 7: $closed\n",
	'left alone: x', 0, 'the second of two programs is not reached, and run says so');
is_word('static', "${left}socketcall run: 7 static: left alone: x\nwhere static 7: $closed\n", 'not reached (said)', 0,
	'run says of a program and of its kind that it is not reached');
is_word('threads', "${left}socketcall run: 7 threads: left alone: x\nwhere threads 7: $closed\n", 'left alone: x', 0,
	'run leaves a program alone whose kind is reached');
my $hooked = "socketcall-preload[7]: %gs:0x10 hooked; glibc 2.41: cancellation stub patched\n";
is_word('threads', "$left${hooked}where threads 7: works\n", 'preload, stub', 0, 'what the preload says');
is_word('threads', "socketcall run: 7 threads: vdso\n${hooked}where threads 7: works\n", 'vdso + preload, stub', 0,
	'what both say');
is_word('threads', "socketcall run: 7 threads: left alone: x\n${hooked}where threads 7: works\n", 'preload, stub', 0,
	'run leaves a program alone that the preload serves');
is_word('threads', "${hooked}where threads 8: works\n", 'works unserved', 1,
	"the preload says in another process that it is loaded");
is_word('threads', "${left}where threads 7: $closed\n", 'NOT REACHED SILENTLY', 1,
	'a dynamic program is not reached, where there is only the preload');
is_word('static', "${left}where static 7: $closed\n", 'not reached (said)', 0,
	'a static program is not reached, where run says that there is only the preload');
is_word('threads',
	"socketcall run: memory cannot be made executable here: multi-threaded\nwhere threads 7: $closed\n",
		'not reached (said)', 0,
	'threads are not reached, where run says so');
is_word('go', "${left}where go 7: dial: function not implemented\n", 'not reached (said)', 0, "ENOSYS in Go's words");
is_word('static', "where static 7: $closed\n", 'NOT REACHED SILENTLY', 1,
	'a static program is not reached, and run is silent');
is_word('static', "${left}where static 7: killed by signal 11\n", 'CRASH, signal 11', 1, 'a crash');
is_word('static', "${left}where static 7: hang\n", 'HANG', 1, 'a hang');
is_word('static', "${left}where static 7: recv: Bad message\n", 'FAILS: recv: Bad message', 1, 'another error');
is_word('static', "${left}where daemon 7: works\n", 'NOT RUN', 1, 'a program that was not run');
is_word('run says', $left, 'a (b): the preload is left', 0, 'what run says');
is_word('run says', "socketcall run: 7 static: vdso\n", '–', 0, 'that run says nothing');

for my $group (map { basename($_, '.long') } glob "$here/*.long") {
	ok eval { where_expected($group) }, "docs/where.md's table of $group has a column for each kind" or diag $@;
}
my $page_of_others = "$work/others.md";
open my $others, '>:encoding(UTF-8)', $page_of_others or die;
print $others "<!-- tests/places/some.long -->\n| kernel | static | novel | run says |\n|---|---|---|---|\n",
	"| 1 | vdso | vdso | – |\n";
close $others;
where_page($page_of_others);
ok !eval { where_expected('some') } && $@ =~ /has other kinds of programs/, 'a table with other columns is an error';

# A page of the test's own.
my $file = "$work/page.md";
open my $page, '>', $file or die;
print $page "Text.\n\n<!-- tests/places/some.long -->\n\nMore.\n";
close $page;
where_page($file);
my (%seen, @places);
for my $kernel (1, 2, 3) {
	for my $user ('root', 'ordinary') {
		my $place = "$kernel\t$user";
		push @places, $place;
		$seen{$place} = { map { $_ => $kernel == 3 && $user eq 'root' ? 'other' : $_ } @results };
	}
}
where_write('some', ['kernel', 'user'], \@places, \%seen);
is_deeply where_expected('some'), \%seen, 'a table that was written is read as it was';
where_write('some', ['kernel', 'user'], \@places, \%seen);
open $page, '<', $file or die;
my @lines = <$page>;
is scalar(grep { /^\|/ } @lines), 5,
	'places that differ in one column are one row; writing twice leaves one table';
is_deeply [@lines[0 .. 2, -2, -1]], ["Text.\n", "\n", "<!-- tests/places/some.long -->\n", "\n", "More.\n"],
	'the text around the table stays';

# The runner, with scripts instead of programs.
build('build/where/runner');
my %scripts = (
	right  => 'echo right',
	wrong  => 'echo "recv: Bad message"; exit 1',
	odd    => 'echo right; exit 1',
	silent => 'exit 3',
	killed => 'kill -SEGV $$',
	late   => 'kill -ALRM $$',
	leaves => '(sleep 0.1; echo "recv: Bad message") & exit 0',
	denies => 'echo right; (sleep 0.1; echo "recv: Bad message") & exit 0',
);
for my $name (keys %scripts) {
	open my $script, '>', "$work/$name" or die;
	print $script "#!/bin/sh\n$scripts{$name}\n";
	close $script;
	chmod 0755, "$work/$name";
}
symlink "$root/build/where/runner", "$work/runner" or die;
my %came = map { /^where (\S+) \d+: (.*)$/ ? ($1 => $2) : () } split /\n/,
	`$work/runner @{[sort keys %scripts, 'missing']} 2>/dev/null`;
is_deeply \%came, {
	right   => 'works',
	wrong   => 'recv: Bad message',
	odd     => 'right, but it ended with 1',
	silent  => 'it ended with 3 and said nothing',
	killed  => 'killed by signal 11',
	late    => 'hang',
	leaves  => 'recv: Bad message',
	denies  => 'right;recv: Bad message',
	missing => "can't be run: No such file or directory",
}, 'the runner reports the result of each program, and what is said by processes that it leaves running';
done_testing;
