#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the table's host half makes of what is said in a place, faults above all; that its rows stand for the places that
# they were made of; and the rows that its runner prints.
# Needs no 32-bit programs: what is said is made up, and scripts stand in for programs.
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
	is !!where_is_fault($words->{$kind}), !!$fault, $fault ? '… which is a fault' : '… which is none';
}

is_word('static', "socketcall run: 7 static: vdso, stub\nwhere static 7: works\n", 'vdso, stub', 0,
	'what run says of a program');
is_word('static', "socketcall run: 7 daemon: vdso\nwhere static 7: works\n", 'works unserved', 1,
	'that nobody says anything of it');
is_word('daemon-exec',
	"socketcall run: 7 daemon-exec: vdso\nsocketcall run: 9 daemon-exec: vdso\nwhere daemon-exec 7: works\n",
	'vdso', 0, 'the same of two programs');
is_word('daemon-exec', "socketcall run: 7 daemon-exec: vdso\nwhere daemon-exec 7: $closed\n", 'NOT REACHED SILENTLY', 1,
	'that the second of two programs is not reached');
is_word('daemon-exec',
	"socketcall run: 7 daemon-exec: vdso\nsocketcall run: 9 daemon-exec: left alone: x\n"
	. "where daemon-exec 7: $closed\n",
	'left alone: x', 0, 'that run says so of the second');
is_word('static', "${left}socketcall run: 7 static: left alone: x\nwhere static 7: $closed\n", 'not reached (said)', 0,
	'that it says so of a program, and of its kind');
is_word('threads', "${left}socketcall run: 7 threads: left alone: x\nwhere threads 7: $closed\n", 'left alone: x', 0,
	'that it says so of a program of another kind');
my $hooked = "socketcall-preload[7]: %gs:0x10 hooked; glibc 2.41: cancellation stub patched\n";
is_word('threads', "$left${hooked}where threads 7: works\n", 'preload, stub', 0, 'what the preload says');
is_word('threads', "socketcall run: 7 threads: vdso\n${hooked}where threads 7: works\n", 'vdso + preload, stub', 0,
	'what both say');
is_word('threads', "socketcall run: 7 threads: left alone: x\n${hooked}where threads 7: works\n", 'preload, stub', 0,
	'that run left a program alone that the preload serves');
is_word('threads', "${hooked}where threads 8: works\n", 'works unserved', 1,
	"that the preload spoke in another process");
is_word('threads', "${left}where threads 7: $closed\n", 'NOT REACHED SILENTLY', 1,
	'a dynamic program that the preload was to reach');
is_word('static', "${left}where static 7: $closed\n", 'not reached (said)', 0,
	'a static program, where run says that there is the preload alone');
is_word('threads',
	"socketcall run: memory cannot be made executable here: multi-threaded\nwhere threads 7: $closed\n",
		'not reached (said)', 0,
	'threads, where run says that they are not');
is_word('go', "${left}where go 7: dial: function not implemented\n", 'not reached (said)', 0, "Go's words for it");
is_word('static', "where static 7: $closed\n", 'NOT REACHED SILENTLY', 1, 'a static program, where it does not');
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
ok !eval { where_expected('some') } && $@ =~ /has other kinds of programs/, 'a table with other columns is told of';

# The page: in a file of the test's own.
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
	'places that have all in common but one column are a row; written again, it is one table';
is_deeply [@lines[0 .. 2, -2, -1]], ["Text.\n", "\n", "<!-- tests/places/some.long -->\n", "\n", "More.\n"],
	'what is around it stays';

# The runner, with scripts for programs.
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
}, 'the runner tells how each program came out, and what it left running';
done_testing;
