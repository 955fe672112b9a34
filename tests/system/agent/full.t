#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A container is served although its status file can't be written: the disk is full, or the limit of a file's size is
# reached.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

# In a mount namespace of its own, for the full file system.
exec('unshare', '--mount', $^X, $0) or die if !$ENV{FULL_INSIDE}++;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', map { "build/tests/$_" } qw(loader peer));
prepared();
my @program = ("$root/build/tests/peer", 'hand', $socket, "$root/build/tests/loader", 'socket');
my $folder = "$socket.d";

my $agent = start_agent();
is(system('prlimit', '--pid', $agent, '--fsize=512:unlimited'), 0, 'the files of the agent are limited to 512 bytes');
is(system(@program), 0, '… and a program is served without a status file');
like(slurp($agent_log), qr/: \Q$folder\E: File too large: --status will not show it$/m, '… and the log says why');
is(system('prlimit', '--pid', $agent, '--fsize=unlimited:unlimited'), 0, 'the limit is lifted');

mkdir $folder;
is(system('mount', '-t', 'tmpfs', '-o', 'size=4k,mode=700', 'tmpfs', $folder), 0,
	'the file system of the status files has one page');
spew("$folder/.full", 'x' x 4096);
is(system(@program), 0, '… and when it is full, a program is served');
like(slurp($agent_log), qr/: \Q$folder\E: No space left on device: --status will not show it$/m,
	'… and the log says why');
unlink "$folder/.full" or die;
my $before = length slurp($agent_log);
is(system(@program), 0, 'with free space again, a program is served');
unlike(substr(slurp($agent_log), $before), qr/will not show/, '… and the log does not say that again');
system 'umount', '--lazy', $folder;
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
