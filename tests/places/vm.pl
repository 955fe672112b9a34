# SPDX-License-Identifier: MIT
# Runs the table's programs in guests of tools/vm.
use strict;
use warnings;
our ($root, @kinds);

# Runs `tools/vm run` with these arguments, the last of which are a command that prints cells as tests/places/guest.c
# does. Returns { cell => its output }. The output of tools/vm itself, and of the guest outside of a cell, has the key
# "".
sub vm_run {
	my (@arguments) = @_;
	my %said = ('' => '');
	my $cell = '';
	my $pid = open(my $output, '-|') // die;
	if (!$pid) {
		open STDERR, '>&', \*STDOUT or die;
		chdir $root and exec 'tools/vm', 'run', @arguments or exit 99;
	}
	while (my $line = <$output>) {
		$cell = '' if $line =~ /^end \d+$/;
		$said{$cell} .= $line;
		$cell = $1, $said{$cell} = '' if $line =~ /^cell (.*)$/;
	}
	close $output;
	$said{''} .= "tools/vm ended with status " . ($? >> 8) . "\n" if $?;
	return \%said;
}

sub vm_cells {
	my ($kernel, $cpu, $append, @cells) = @_;
	return vm_run($kernel, '--cpu', $cpu, '--append', $append, '--file', "$root/build/socketcall",
		'--dir', "$root/build/preload:/preload", '--dir', "$root/build/where:/where", '--', '/where/guest',
			@cells, '--', @kinds);
}

sub vm_ready {
	my (@kernels) = @_;
	where_build('guest');
	build('vm-packages');
	for my $kernel (@kernels) {
		system("$root/tools/vm make $kernel >&2") == 0 or die;
	}
}

# KERNEL CPU [yama=N] [uid=N] [old]; other words are added to the kernel's command line.
sub vm_said {
	my ($kernel, $cpu, @words) = @_;
	die "Usage: tools/where vm KERNEL CPU [yama=N] [uid=N] [old] [WORD]...\n" if !defined $cpu;
	my %set = (yama => 0, uid => 0, old => '');
	my @append;
	for (@words) {
		if (/^(yama|uid)=(\d+)$/) { $set{$1} = $2 }
		elsif ($_ eq 'old') { $set{old} = ',old' }
		else { push @append, $_ }
	}
	my $cell = "yama=$set{yama},uid=$set{uid}$set{old}";
	vm_ready($kernel);
	my $said = vm_cells($kernel, $cpu, "@append", $cell);
	return ($said->{$cell} // '') . $said->{''};
}

1;
