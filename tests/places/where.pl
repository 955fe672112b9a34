# SPDX-License-Identifier: MIT
# The host's half of a table of programs that are run in many places: builds them, reads what was said in a place, and
# compares it with docs/where.md, where what is expected stands. tests/places/GROUP.long, one for each table of the
# page, requires it, and tests/places/GROUP.pl, where GROUP_said(WORD...) returns what was said in the place that WORDs
# are; so does `tools/where GROUP WORD...`, for one.
#
# Where build/where is at /where, `/where/runner KIND...` is what is to be started, by `socketcall run --verbose --` in
# a place where socketcall is closed. GROUP_said() has its standard output and error.
use strict;
use warnings;
use utf8;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../fixtures';
use tests;
binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

# The kinds of programs, in the order of the columns, and whether the preload can reach them: it can if they are
# dynamic.
my @kind_rows = (
	[static       => 0],
	['glibc-2.31' => 1],
	['glibc-2.36' => 1],
	['glibc-2.41' => 1],
	[threads      => 1],
	[go           => 0],
	[daemon       => 0],
	['daemon-exec' => 0],
);
our @kinds = map { $_->[0] } @kind_rows;
my %dynamic = map { @$_ } @kind_rows;
our @results = (@kinds, 'run says');
my $page = "$root/docs/where.md";

# Builds them, and all that a user runs; PROGRAM...: others of tests/places/rules.mk. Dies if it can't be done.
sub where_build {
	my @programs = map { "build/where/$_" } 'runner', @kinds, @_;
	need(qw(gcc libc6-dev gcc-i686-linux-gnu libc6-dev-i386-cross golang-go debian-archive-keyring));
	build('build/socketcall', 'preload', @programs);
	return "$root/build/where";
}

# What came of each kind, in a word or some:
#   vdso; vdso, stub; vdso, go   it works, and so `run` says that it was served
#   preload; preload, stub       … and the preload says that it is in it
#   works unserved               … and nobody says anything of it
#   not reached (said)           it meets the closed entry; `run` says that programs of this kind aren't reached
#   left alone: WHY              … `run --verbose` says so of this program
# and what must not be: NOT REACHED SILENTLY; HANG; CRASH, and the signal; FAILS, and how; NOT RUN. And what `run` says
# of them all, made shorter.
sub where_words {
	my ($said) = @_;
	my %words;
	my $no_threads = $said =~ /^socketcall run: memory cannot be made executable here: /m;
	my $preload_only = $said =~ /^socketcall run: .*: only the preload is left, for dynamic 32-bit programs .*$/m;
	for my $kind (@kinds) {
		my ($pid, $came) = $said =~ /^where \Q$kind\E (\d+): (.*)$/m or do { $words{$kind} = 'NOT RUN'; next };
		my %by;
		$by{$1} = 1 while $said =~ /^socketcall run: \d+ \Q$kind\E: (.*)$/mg;
		$by{ 'preload' . ($1 ? ', stub' : '') } = 1
			if $said =~ /^socketcall-preload\[$pid\]: %gs:0x10 hooked(.*stub patched)?/m;
		my $told = grep { /^left alone: / } keys %by;
		delete @by{ grep { /^left alone: / } keys %by } if $came eq 'works' && keys %by > $told;
		my $by = join ' + ', reverse sort keys %by;
		$words{$kind} =
			  $came eq 'works' ? $by || 'works unserved'
			: $came eq 'hang' ? 'HANG'
			: $came =~ /^killed by signal (\d+)/ ? "CRASH, signal $1"
			: $came !~ /function not implemented/i ? "FAILS: $came"
			: $preload_only && !$dynamic{$kind} && keys %by == $told ? 'not reached (said)'
			: $kind eq 'threads' && $no_threads ? 'not reached (said)'
			: $told ? join ' + ', grep { /^left alone: / } sort keys %by
			: 'NOT REACHED SILENTLY';
	}
	my @said = $said =~ /^socketcall run: (?!\d+ )(.*)$/mg; # the summary begins with a number, too
	s/: only the preload is left, for dynamic 32-bit programs .*$/: the preload is left/ for @said;
	$words{'run says'} = join('; ', @said) || '–';
	return \%words;
}

sub where_is_fault { return $_[0] =~ /^(NOT |HANG|CRASH|FAILS)|works unserved/ }

# What `run --verbose` said of a start, and what `socketcall doctor` said before that it would say: they are the same
# strategy's. False, if not all assertions hold.
sub where_doctor_holds {
	my ($what, $said) = @_;
	my @foretold = $said =~ /^run(?: -v)? says +(.*)$/mg;
	my @told = $said =~ /^socketcall run: (?!\d+ )(.*)$/mg;
	my ($way) = $said =~ /^run takes +(.*)$/m;
	# What run says as process 1 alone: of that doctor has a line, whichever process asks it.
	my ($above) = $said =~ /^as process 1 +run stays process 1, above the program: (.*)$/m;
	$above .= ": run is process 1 here, and the program is its child" if defined $above;
	@told = grep { $_ ne ($above // '') } @told;
	my $went = grep({ /: only the preload is left, for dynamic 32-bit programs .*$/ } @told) ? 'preload' :
		grep({ /: programs are followed by ptrace$/ } @told) ? 'patch, by ptrace' :
		$said =~ /^socketcall run: \d+ /m ? 'patch, supervisor' : 'none';
	$way =~ s/^(patch, supervisor) (beside|above)$/$1/ if $way;
	# What has nothing to patch is told by the way that was taken, and by what stands in for it.
	$went = $way if $way && grep { /cannot patch 32-bit programs here/ } @told;
	my $good = is $way // 'none', $went, "$what: run goes the way that doctor foretold";
	$good &= is_deeply \@told, \@foretold, "$what: in the words that doctor foretold";
	$good &= like $said, qr/^doctor: 0$/m, "$what: doctor says that something helps";
	return $good;
}

# Another page than docs/where.md, for a test.
sub where_page { $page = $_[0] }

# ---- The page's tables: columns that say where, then one for each kind and one for what run says. A column may hold
# ---- several values, "a, b": the row is for all of them. A place is its values, joined by tabs.

sub table_lines {
	my ($group) = @_;
	open my $file, '<:encoding(UTF-8)', $page or die "$page: $!";
	my @lines = <$file>;
	my ($first) = grep { $lines[$_] eq "<!-- tests/places/$group.long -->\n" } 0 .. $#lines;
	defined $first or die "$page: no table of tests/places/$group.long\n";
	my $end = $first + 1;
	$end++ while $end < @lines && $lines[$end] =~ /^\|/;
	return (\@lines, $first + 1, $end);
}

sub fields { my ($line) = @_; chomp $line; $line =~ s/^\| | \|$//g; return split / \| /, $line, -1 }

# What the page expects: { place => { kind => word } }.
sub where_expected {
	my ($group) = @_;
	my ($lines, $first, $end) = table_lines($group);
	my (%expected, @header);
	for my $line (@$lines[$first .. $end - 1]) {
		my @fields = fields($line);
		if (!@header) {
			@header = @fields;
			"@header" =~ /(^| )\Q@results\E$/
				or die "$page: $group.long's table has other kinds of programs than where.pl:"
				. " $group.long --write\n";
			next;
		}
		next if $line =~ /^\|-/;
		my $columns = @fields - @results;
		my %words;
		@words{ @header[$columns .. $#header] } = @fields[$columns .. $#fields];
		my @places = ('');
		for my $values (@fields[0 .. $columns - 1]) {
			@places = map { my $place = $_; map { $place eq '' ? $_ : "$place\t$_" } split /, /,
				$values } @places;
		}
		$expected{$_} = \%words for @places;
	}
	return \%expected;
}

# Rows that differ in one column alone become one, until there are no more.
sub merged {
	my @rows = @_;
	my $columns = @{ $rows[0]{place} };
	for my $column (reverse 0 .. $columns - 1) {
		my (%like, @kept);
		for my $row (@rows) {
			my @others = @{ $row->{place} };
			$others[$column] = '';
			my $key = join "\t", @others, $row->{words};
			if ($like{$key}) {
				$like{$key}{place}[$column] .= ", $row->{place}[$column]";
			} else {
				push @kept, $like{$key} = { place => [@{ $row->{place} }], words => $row->{words} };
			}
		}
		@rows = @kept;
	}
	return @rows;
}

# Puts what was seen in the place of the group's table. COLUMNS are their names; PLACES, in order, what keys SEEN.
sub where_write {
	my ($group, $columns, $places, $seen) = @_;
	my @rows = map { my $words = $seen->{$_}; { place => [split /\t/],
		words => join(' | ', map { $words->{$_} } @results) } } @$places;
	my ($lines, $first, $end) = table_lines($group);
	splice @$lines, $first, $end - $first, '| ' . join(' | ', @$columns, @results) . " |\n", '|' .
		'---|' x (@$columns + @results) . "\n",
		map { '| ' . join(' | ', @{ $_->{place} }, $_->{words}) . " |\n" } merged(@rows);
	open my $file, '>:encoding(UTF-8)', $page or die "$page: $!";
	print $file @$lines;
	close $file or die "$page: $!";
}

# An assertion for each kind in the place, and for what run says: it is as the page has it, and no fault. False, if not
# all hold.
sub where_holds {
	my ($expected, $place, $words) = @_;
	my ($what, $good) = (join(', ', split /\t/, $place), 1);
	for my $kind (@results) {
		my $wanted = $expected->{$place}{$kind} // 'nothing: the page has no such place';
		my $is = $words->{$kind} // 'NOT RUN';
		my $holds = ok $is eq $wanted && !where_is_fault($is), "$what: $kind: $wanted";
		diag("it is: $is") if !$holds;
		$good &&= $holds;
	}
	return $good;
}

1;
