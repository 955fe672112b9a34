# SPDX-License-Identifier: MIT
# Generates filters, and computes from their rules what `socketcall probe` must print under them. Shared by filters.t,
# on this machine's kernel, and filters.long, on other kernels.
package generated;
use strict;
use warnings;
use Errno;
use JSON::PP;
use Test::More;

# The families: number, type, protocol, 1 if there is a socketpair
our %family = (
	UNIX => [1, 1, 0, 1], INET  => [2, 1, 0],  INET6 => [10, 1, 0], NETLINK   => [16, 3, 0], PACKET => [17, 2, 0],
	ALG  => [38, 5, 0],   VSOCK => [40, 1, 0], XDP   => [44, 3, 0], BLUETOOTH => [31, 3, 1],
		TIPC   => [30, 1, 0, 1],
);
our @names = sort keys %family;
# Conversions (abi/conversions.def): for the family that the kernel makes, the families that are named instead.
our %converted = (PACKET => ['INET']);

# Set by the test: a family's cell without a filter, a state and perhaps an errno; and whether the kernel has x32.
our (%plain, $x32);
# Set by the test where io_uring is switched off, or lacks the operation: its cells if no filter refuses io_uring_setup.
our $plain_uring;

sub name_of {
	my $number = $_[0] + 0;
	for my $name (sort keys %!) {
		local $! = $number;
		return $name if $name !~ /^(EWOULDBLOCK|ENOTSUP|EDEADLOCK|WSA)/ && $!{$name};
	}
	return "errno $number";
}

# The calls behind the cells: door => [abi, number for socket, number for socketpair, the high half of argument 0]
my %door = (
	native      => ['x86_64', 41,  53,  0],
	'native-high' => ['x86_64', 41, 53, 1],
	i386        => ['i386',   359, 360, 0],
	'i386-high' => ['i386',   359, 360, 1],
	x32         => ['x32',    41,  53,  0],
);

# ---- The generator ----

sub pick { return $_[rand @_] }

sub action {
	my $kind = rand;
	return $kind < 0.6 ? pick(1, 1, 13, 22, 38, 38, 97, 97, 93, 94, 95, 19, 24, 12, 11, 0, 2, 133, 4095) :
		$kind < 0.7 ? 'kill' : $kind < 0.78 ? 'thread' : $kind < 0.9 ? 'trap' : 'notify';
}

# A condition that closes the families: a list of forbidden or of allowed ones, that compares the low 32 bits of the
# argument or all 64.
sub condition {
	my @victims = @_;
	my $by_all = rand() < 0.4;
	return ['0', $by_all ? '=' : ':', map { $family{$_}[0] } @victims] if rand() < 0.7;
	my %victim = map { $_ => 1 } @victims;
	return ['0', $by_all ? '~' : '!', map { $family{$_}[0] } grep { !$victim{$_} } @names];
}

sub generate {
	my @rules;
	my @victims = grep { rand() < 0.25 } @names;
	@victims = (pick(@names)) if !@victims;
	for my $abi ('x86_64', 'i386', 'x32') {
		next if rand() < 0.35;
		my ($socket, $pair) = $abi eq 'i386' ? (359, 360) : (41, 53);
		# A later rule may have another action for the same family. The first rule that matches decides.
		for my $victim (rand() < 0.5 ? [@victims] : map { [$_] } @victims) {
			push @rules, [$abi, $socket, $socket, condition(@$victim), action()];
		}
		push @rules, [$abi, $pair, $pair, condition(@victims), action()] if rand() < 0.6;
	}
	push @rules, ['i386', 102, 102, undef, action()] if rand() < 0.35;
	push @rules, ['i386', 102, 102, ['0', ':', pick(1, 8)], action()] if rand() < 0.2;
	push @rules, ['i386', 0, 500, undef, pick(38, 1, 'kill', 'trap')] if rand() < 0.05;
	for my $abi ('x86_64', 'i386', 'x32') {
		push @rules, [$abi, 425, 425, undef, action()] if rand() < 0.4;
		push @rules, [$abi, 426, 426, undef, action()] if rand() < 0.2;
		push @rules, [$abi, 427, 427, undef, action()] if rand() < 0.2;
	}
	return @rules;
}

sub rule_text {
	my ($abi, $first, $last, $condition, $action) = @{ $_[0] };
	my $text = !$condition ? '-' : $condition->[0] . $condition->[1] . join(',', @$condition[2 .. $#$condition]);
	return "$abi:$first-$last:$text:$action";
}

# ---- The expected matrix ----

# The action of the first rule that matches this call; or undef, no rule does.
sub action_for {
	my ($rules, $abi, $number, $low, $high) = @_;
	for my $rule (@$rules) {
		my ($rule_abi, $first, $last, $condition, $action) = @$rule;
		next if $rule_abi ne $abi || $number < $first || $number > $last;
		return $action if !$condition;
		my (undef, $kind, @values) = @$condition;
		my $among = grep { $_ == $low } @values;
		$among = 0 if $high && $kind =~ /[=~]/;
		return $action if $kind =~ /[:=]/ ? $among : !$among;
	}
	return undef;
}

sub state_of {
	my ($action, $plain) = @_;
	return $plain if !defined $action;
	return { state => $action eq 'notify' ? 'silent' : $action eq 'trap' ? 'trapped' : 'killed' }
		if $action =~ /[a-z]/;
	return { state => 'refused', $action ? (errno => name_of($action)) : () };
}

# io_uring's doors, and the ABI of the calls that each needs.
my %uring_door = (io_uring => 'x86_64', 'i386-uring' => 'i386', 'x32-uring' => 'x32');

sub uring_state {
	my ($rules, $abi, $plain) = @_;
	return { state => 'absent' } if $abi eq 'x32' && !$x32;
	# Only io_uring_setup decides: without io_uring_enter the kernel's own thread serves the ring (SQPOLL).
	my $setup = action_for($rules, $abi, 425, 1, 0);
	my $state = state_of($setup, $plain_uring // $plain);
	# EPERM from io_uring_setup may come from the filter or from the sysctl io_uring_disabled. probe takes it for
	# the filter's if io_uring_enter fails with EPERM, too, which the sysctl doesn't affect.
	if ($plain_uring && $plain_uring->{errno} && (!defined $setup || $setup eq '1')) {
		my $enter = action_for($rules, $abi, 426, 1, 0);
		my $filters = defined $enter && $enter eq '1';
		$state = $filters ? { state => 'refused', errno => 'EPERM' } : $plain_uring;
		$setup = $filters ? '1' : undef;
	}
	# `off`: no filter has closed this door, so it isn't compared with the other doors.
	return $plain_uring && !defined $setup ? { %$state, off => 1 } : $state;
}

# The expected row of a family: for socket() or, with $pair, socketpair(). With $as, the family that is named in the
# call instead. A socketpair of a family that the kernel lacks has the same cell as the socket.
sub expected_row {
	my ($rules, $name, $pair, $as) = @_;
	my ($number) = @{ $family{ $as // $name } };
	my %row;
	for my $door (keys %door) {
		my ($abi, @numbers) = @{ $door{$door} };
		$row{$door} = $door eq 'x32' && !$x32 ? { state => 'absent' } :
			state_of(action_for($rules, $abi, $numbers[$pair], $number, $numbers[2]), $plain{$name});
	}
	$row{socketcall} = state_of(action_for($rules, 'i386', 102, $pair ? 8 : 1, 0), $plain{$name});
	return \%row if $pair;
	$row{$_} = uring_state($rules, $uring_door{$_}, $plain{$name}) for keys %uring_door;
	return \%row;
}

sub side {
	my $state = $_[0]{state};
	return $state =~ /^(refused|killed|trapped|silent)$/ ? 'closed' : $state;
}

sub agree {
	my %sides = map { side($_) => 1 } grep { $_->{state} ne 'absent' && !$_->{off} } map { values %$_ } @_;
	return keys %sides <= 1;
}

# If the family's own row is closed at the native door: the doors of this row that aren't closed.
sub around {
	my ($own, $row) = @_;
	return [] if side($own->{native}) ne 'closed';
	return [sort grep { !$row->{$_}{off} && side($row->{$_}) =~ /^(open|denied|missing)$/ } keys %$row];
}

# ---- Jobs: a filter each, and the comparison of probe's output under it ----

# The first $count jobs of this seed: their number, the filter's rules, and the list of families for --closed.
sub jobs {
	my ($seed, $count) = @_;
	my @jobs;
	srand $seed;
	for my $i (1 .. $count) {
		my @rules = generate();
		push @jobs, { i => $i, rules => \@rules, closed => join(',', grep { rand() < 0.15 } @names) };
	}
	return @jobs;
}

# The matrix that probe has printed for this job, the matrix that its rules make, and the exit status that they make.
sub compare {
	my ($job, $out) = @_;
	my $printed = eval { decode_json($out) };
	my (%got, %want, $agree, $closed);
	$agree = $closed = 1;
	for my $family (@{ $printed->{families} // [] }) {
		for my $call ('socket', 'socketpair') {
			for my $door (keys %{ $family->{$call} // {} }) {
				my $cell = $family->{$call}{$door};
				$got{"$family->{name} $call $door"} = join ' ', $cell->{state}, $cell->{errno} // ();
			}
			next if $call eq 'socketpair' && !$family->{$call};
			$got{"$family->{name} $call around"} = join ' ',
				sort @{ $family->{ $call eq 'socket' ? 'around' : 'socketpair_around' } };
		}
		for my $converted (@{ $family->{converted} }) {
			my ($what, $row) = ("$family->{name} as $converted->{from}", $converted->{socket});
			$got{"$what $_"} = join ' ', $row->{$_}{state}, $row->{$_}{errno} // () for keys %$row;
			$got{"$what around"} = join ' ', sort @{ $converted->{around} };
		}
		$got{"$family->{name} agree"}  = $family->{agree} ? 1 : 0;
		$got{"$family->{name} closed"} = $family->{closed} ? 1 : 0;
	}
	for my $name (@names) {
		my $own   = expected_row($job->{rules}, $name, 0);
		my %rows  = ("$name socket" => $own);
		my %pairs = $family{$name}[3] ? ("$name socketpair" => expected_row($job->{rules}, $name, 1)) : ();
		$rows{"$name as $_"} = expected_row($job->{rules}, $name, 0, $_) for @{ $converted{$name} // [] };
		for my $what (keys %rows, keys %pairs) {
			my $row = $rows{$what} // $pairs{$what};
			$want{"$what $_"} = join ' ', $row->{$_}{state}, $row->{$_}{errno} // () for keys %$row;
			$want{"$what around"} = join ' ', @{ around($rows{$what} ? $own : $row, $row) };
		}
		my $one_agrees = agree(values %rows) && agree(values %pairs);
		my @cells = map { values %$_ } values %rows, values %pairs;
		my $one_closed = grep({ $_->{state} =~ /^(open|missing)$/ } @cells) ? 0 : 1;
		$want{"$name agree"}  = $one_agrees ? 1 : 0;
		$want{"$name closed"} = $one_closed;
		$agree &&= $one_agrees;
		$closed = 0 if ",$job->{closed}," =~ /,$name,/ && !$one_closed;
	}
	return (\%got, \%want, ($job->{closed} ? !$closed : !$agree) ? 1 : 0);
}

# True if the matrix is not the expected one, and some answers were not there in time: a busy machine may be the reason.
sub is_late {
	my ($job, $out) = @_;
	my ($got, $want) = map { my $cells = $_; join "\n", map { "$_ $cells->{$_}" } sort keys %$cells }
		(compare($job, $out))[0, 1];
	return $got ne $want && $out =~ /"silent"/;
}

sub judge {
	my ($job, $status, $out, $err) = @_;
	my ($got, $want, $wanted_status) = compare($job, $out);
	my $text = join ' ', map { rule_text($_) } @{ $job->{rules} };
	is_deeply $got, $want, "filter $job->{i}: the matrix is what its rules say" or diag("rules: $text\n", $err);
	is $status, $wanted_status, "filter $job->{i}: the exit status is what its rules say" .
		($job->{closed} && ', with --closed') or diag("rules: $text");
}

1;
