# SPDX-License-Identifier: MIT
# Runs the table's programs in sandboxes, in a guest of tools/vm that has this machine's files. The guest runs
# tests/places/inner/sandboxes.pl.
use strict;
use warnings;
our ($root, @kinds);
require "$root/tests/places/vm.pl";

my $kernel = 'amd64-bookworm-full';

sub sandboxes_ready {
	where_build();
	need(qw(bubblewrap crun golang-github-containers-common perl podman runc systemd uidmap));
	build('vm-packages', 'build/tests/doors', 'build/tests/listened');
	system("$root/tools/vm make $kernel >&2") == 0 or die "$kernel: status $?\n";
}

# Returns the output of each cell, "SANDBOX,RULES,USER", as vm_run() does. All of them run in one guest.
sub sandboxes_cells {
	my (@cells) = @_;
	return vm_run($kernel, '--root', '--memory', 2048, '--timeout', 1500, '--',
		'/usr/bin/perl', "$root/tests/places/inner/sandboxes.pl", @cells, '--', @kinds);
}

# SANDBOX RULES USER, in the words of docs/where.md.
sub sandboxes_said {
	die "Usage: tools/where sandboxes SANDBOX RULES USER\n" if @_ != 3;
	my $cell = join ',', @_;
	sandboxes_ready();
	my $said = sandboxes_cells($cell);
	return ($said->{$cell} // '') . $said->{''};
}

1;
