# SPDX-License-Identifier: MIT
# The part of docs/where.md's tests that runs on the host: builds the programs, reads a result for each program from the
# output in a place, and compares the results with the page's table. Each table has a tests/places/GROUP.long, which
# requires this file and tests/places/GROUP.pl. There GROUP_said(WORD...) runs the programs in one place, which WORDs
# name, and returns their output. `tools/where GROUP WORD...` prints it.
#
# In a place, build/where is at /where, socketcall is closed, and `socketcall run --verbose -- /where/runner KIND...` is
# run. GROUP_said() returns its standard output and error.
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

# Builds the programs, the command and the preload, and PROGRAM..., others of tests/places/rules.mk. Dies if it can't.
sub where_build {
	my @programs = map { "build/where/$_" } 'runner', @kinds, @_;
	need(qw(gcc libc6-dev gcc-i686-linux-gnu libc6-dev-i386-cross golang-go debian-archive-keyring));
	build('build/socketcall', 'preload', @programs);
	return "$root/build/where";
}

# Returns the result of each kind of program, in a few words:
#   vdso; vdso, stub; vdso, go   the program works, and `run` says that it has patched this
#   preload; preload, stub       the program works, and the preload says that it is loaded
#   works unserved               the program works, but neither `run` nor the preload says why
#   not reached (said)           socketcall is closed to the program, and `run` says that it doesn't reach this kind
#   left alone: WHY              socketcall is closed to the program, and `run --verbose` says that it left it alone
# The results that a place must not have are NOT REACHED SILENTLY; HANG; CRASH, with the signal; FAILS, with the error;
# NOT RUN. The key "run says" has what `run` says of all programs, shortened.
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

# Asserts that `run --verbose` says what `socketcall doctor` said before that it would: both use run/strategy.c. Returns
# false if an assertion fails.
sub where_check_doctor {
	my ($what, $said) = @_;
	my @foretold = $said =~ /^run(?: -v)? says +(.*)$/mg;
	my @told = $said =~ /^socketcall run: (?!\d+ )(.*)$/mg;
	my ($way) = $said =~ /^run takes +(.*)$/m;
	# run says this only as process 1, but doctor always has a line about it.
	my ($above) = $said =~ /^as process 1 +run stays process 1, above the program: (.*)$/m;
	$above .= ": run is process 1 here, and the program is its child" if defined $above;
	@told = grep { $_ ne ($above // '') } @told;
	my $went = grep({ /: only the preload is left, for dynamic 32-bit programs .*$/ } @told) ? 'preload' :
		grep({ /: programs are followed by ptrace$/ } @told) ? 'patch, by ptrace' :
		$said =~ /^socketcall run: \d+ /m ? 'patch, supervisor' : 'none';
	$way =~ s/^(patch, supervisor) (beside|above)$/$1/ if $way;
	# Where run can't patch, it says so, and names what it uses instead: that is doctor's way.
	$went = $way if $way && grep { /cannot patch 32-bit programs here/ } @told;
	my $good = is $way // 'none', $went, "$what: run goes the way that doctor foretold";
	$good &= is_deeply \@told, \@foretold, "$what: in the words that doctor foretold";
	$good &= like $said, qr/^doctor: 0$/m, "$what: doctor says that something helps";
	return $good;
}

# Sets another page than docs/where.md, for words.t.
sub where_page { $page = $_[0] }

# ---- The page's tables: first the columns that name the place, then one for each kind, then "run says". A column may
# ---- hold several values, "a, b": the row is for all of them. A place is its columns' values, joined by tabs.

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

# Returns what the page expects: { place => { kind => result } }.
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

# Merges rows that differ in only one column, until no two rows do.
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

# Replaces the group's table on the page by the results SEEN, { place => { kind => result } }. COLUMNS are the names of
# the columns that name the place; PLACES are SEEN's keys in order.
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

# Asserts for each kind in the place, and for what run says, that the result is the page's, and that it isn't a fault.
# Returns false if an assertion fails.
sub where_check_place {
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
