#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The command line: options, messages, exit statuses, LD_PRELOAD, copied folders, `make install`, and the manual pages.
# Needs no 32-bit programs: it starts only 64-bit programs.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

my $build = "$root/build";
my $dir   = tempdir(CLEANUP => 1);
delete @ENV{qw(LD_PRELOAD SOCKETCALL_DEBUG)};

# Runs a command, with its files in this test's folder.
sub run { return output_of($dir, @_) }

my $sc = "$build/socketcall";

my ($status, $out, $err) = run($sc, '--version');
like $out, qr/^socketcall \d+\.\d+\.\d+$/, '--version prints the version';
is $status, 0, '--version succeeds';
for my $command ([], ['run'], ['closed'], ['probe'], ['calls']) {
	($status, $out, $err) = run($sc, @$command, '--help');
	is $status, 0, "'@$command --help' succeeds";
	like $out, qr/^Usage: socketcall/, "'@$command --help' says how it is used";
	($status, $out, $err) = run($sc, @$command, '--bogus');
	is $status, 125, "'@$command --bogus' is 125";
	like $err, qr/unknown option.*'--bogus'\nTry 'socketcall.*--help'/,
		"'@$command --bogus' names the option and says where help is";
	($status, $out, $err) = run($sc, @$command, '-x');
	like $err, qr/unknown option '-x'/, "'@$command -x' names the option";
}
($status, $out, $err) = run($sc, 'agent', '--status', '--listen', "$dir/agent.sock");
is "$status $out", "1 no container is served\n", 'agent --status where no agent listens is 1';
like $err, qr{no agent listens at \Q$dir\E/agent\.sock: No such file}, '… and says so';
($status, $out, $err) = run($sc, 'rnu');
is $status, 125, 'an unknown command is 125';
like $err, qr/unknown command 'rnu'/, 'an unknown command is named';
($status, $out, $err) = run($sc);
is $status, 125, 'no command is 125';

for my $command (['run'], ['closed'], ['closed', '--errno', 'EPERM']) {
	is((run($sc, @$command))[0], 125, "'@$command' without a program is 125");
	is((run($sc, @$command, '--', 'sh', '-c', 'exit 7'))[0], 7, "'@$command' exits as the program did");
	is((run($sc, @$command, 'sh', '-c', 'exit 0', '--bogus'))[0], 0,
		"'@$command': the program's options are its own");
	is((run($sc, @$command, "$dir/none"))[0], 127, "'@$command': a program that isn't there is 127");
	is((run($sc, @$command, $dir))[0], 126, "'@$command': a folder is 126");
	like((run($sc, @$command, "$dir/none"))[2], qr/socketcall \w+: \Q$dir\E\/none: No such file/,
		"'@$command' names what it can't start");
	is((run($sc, @$command, 'sh', '-c', 'kill -TERM $$'))[0], 128 + 15, "'@$command' dies of the program's signal");
}
for my $bad ('ENOENT', '38', '') {
	($status, $out, $err) = run($sc, 'closed', '--errno', $bad, 'true');
	is $status, 125, "--errno '$bad' is 125";
	like $err, qr/--errno takes ENOSYS or EPERM/, "--errno '$bad' says what is possible";
}
is((run($sc, 'closed', '--errno'))[0], 125, '--errno without a name is 125');

# calls
($status, $out, $err) = run($sc, 'calls');
is scalar(my @lines = split /\n/, $out), 21, 'calls: a heading and twenty lines';
like $out, qr/^\s*5\s+accept\s+3\s+364 accept4\s+fd, address out, length in\/out$/m, 'calls: accept is made by accept4';
($status, $out, $err) = run($sc, 'calls', '--json');
my $calls = decode_json($out);
is scalar(@$calls), 20, 'calls --json: twenty objects';
is_deeply $calls->[8],
	{ call => 9, name => 'send', words => 4, arguments => ['fd', 'buffer in', 'size', 'int'],
	  direct => { i386 => { name => 'sendto', number => 369 } } }, 'calls --json: send is made by sendto';
is((grep { @{ $_->{arguments} } != $_->{words} } @$calls), 0, 'calls --json: as many arguments as words');
is((run('sh', '-c', "'$sc' calls >/dev/full"))[0], 125, 'calls: a full disk is 125');

for my $command ('--help', '--version', 'run --help', 'closed --help', 'probe --help') {
	is((run('sh', '-c', "'$sc' $command >/dev/full"))[0], 125, "$command: a full disk is 125");
}
is((run('sh', '-c', "'$sc' run '$dir/none' 2>/dev/full"))[0], 127,
	'a message that cannot be written changes no exit status');

# LD_PRELOAD
my $ours = "$build/preload/\$PLATFORM/libsocketcall-preload.so";
my @preloaded = ('run', '--preload-only');
my @show = ('sh', '-c', 'printf %s "$LD_PRELOAD"');
is((run($sc, @preloaded, @show))[1], $ours, 'run sets LD_PRELOAD');
{
	local $ENV{LD_PRELOAD} = '';
	is((run($sc, @preloaded, @show))[1], $ours, 'an empty LD_PRELOAD is replaced');
	$ENV{LD_PRELOAD} = "$build/preload/x86_64/libsocketcall-preload.so";
	is((run($sc, @preloaded, @show))[1], "$ENV{LD_PRELOAD}:$ours", "a user's own LD_PRELOAD is kept");
}
is((run($sc, @preloaded, $sc, @preloaded, @show))[1], $ours, 'run under run adds nothing to LD_PRELOAD');
is((run($sc, @preloaded, '/bin/sh', '-c', ':'))[2], '', 'ld.so says nothing about a 64-bit program');
is((run($sc, 'run', '--preload', @show))[1], $ours, 'run --preload sets LD_PRELOAD, too');
is((run($sc, 'run', @show))[1], $ENV{LD_PRELOAD} // '', 'run without options leaves LD_PRELOAD as it is');
is_deeply([run($sc, 'run', '/bin/sh', '-c', ':')], [0, '', ''], 'run without options prints nothing');
for my $platform (qw(i386 i486 i586 i686 x86_64 haswell xeon_phi)) {
	ok -r "$build/preload/$platform/libsocketcall-preload.so", "there is an object for \$PLATFORM $platform";
}
is(`nm -D --defined-only '$build/preload/i686/libsocketcall-preload.so'`, '', 'the preload exports no symbol');
unlike(`readelf -dW '$build/preload/i686/libsocketcall-preload.so'`, qr/NEEDED|TEXTREL/,
	'the preload needs no library and no text relocation');
unlike(`readelf -lW '$sc'`, qr/INTERP|DYNAMIC/, 'socketcall itself is static') unless $ENV{SANITIZED};

# The folder with the command and its companion `preload` can be copied. Tested: a copy, a symbolic link to it, names
# that LD_PRELOAD cannot hold, and a copy without the companion.
sub copy_to {
	my ($name) = @_;
	mkdir "$dir/$name";
	system('cp', '-r', $sc, "$build/preload", "$dir/$name/") == 0 or die;
	return "$dir/$name/socketcall";
}
is((run(copy_to('copied'), @preloaded, @show))[1], "$dir/copied/preload/\$PLATFORM/libsocketcall-preload.so",
	'a copied folder uses its own companions');
symlink "$dir/copied/socketcall", "$dir/link";
is((run("$dir/link", @preloaded, @show))[1], "$dir/copied/preload/\$PLATFORM/libsocketcall-preload.so",
	'a copied folder uses its own companions through a symbolic link, too');
for my $name ('with blank', 'with:colon', 'with$dollar') {
	($status, $out, $err) = run(copy_to($name), @preloaded, @show);
	is $status, 125, "a folder '$name' is 125";
	like $err, qr/LD_PRELOAD cannot hold .*'\Q$dir\/$name\E\/preload'/, "… and the message names the folder";
}
mkdir "$dir/alone";
system('cp', $sc, "$dir/alone/") == 0 or die;
is((run("$dir/alone/socketcall", 'run', 'true'))[0], 0, 'run needs no companions');
($status, $out, $err) = run("$dir/alone/socketcall", @preloaded, 'true');
is $status, 125, 'without its companions run --preload-only is 125';
like $err, qr/companion folder 'preload'/, '… and the message says what is missing';

# make install and uninstall, with the default PREFIX and with another one
for my $prefix ('/usr/local', '/opt/of my own') {
	my @make = ("$root/tools/build", "DESTDIR=$dir/root", $prefix eq '/usr/local' ? () : "PREFIX=$prefix");
	my $root = "$dir/root$prefix";
	is((run(@make, 'install'))[0], 0, "make install PREFIX=$prefix succeeds");
	is((run("$root/bin/socketcall", '--version'))[0], 0, 'the installed command runs');
	is((run("$root/bin/socketcall", @preloaded, 'true'))[0], $prefix =~ / / ? 125 : 0,
		'the installed command finds its companions, unless their path has a blank');
	is((run("$root/bin/socketcall", @preloaded, @show))[1],
		"$root/lib/socketcall/preload/\$PLATFORM/libsocketcall-preload.so",
		'the installed preload lies in lib/socketcall') if $prefix !~ / /;
	ok -s "$root/share/man/man$_", "$_ is installed"
		for '1/socketcall.1', '7/socketcall.7', '7/libsocketcall-preload.7';
	is((run(@make, 'uninstall'))[0], 0, "make uninstall PREFIX=$prefix succeeds");
	is(`find '$dir/root' -not -type d`, '', 'make uninstall leaves no file');
}

# The manual pages
unlike(`cat $build/man/socketcall.7`, qr/@/, "socketcall(7)'s table is filled in");
my $rows = () = `cat $build/man/socketcall.7` =~ /^\.It \d+ Ta Xr \w+ 2 Ta/mg;
is $rows, 20, 'socketcall(7) has a row for each call';
for my $page (glob "$build/man/*") {
	# The pages refer to each other. mandoc looks for them among the installed pages only.
	is(join('', grep { !/referenced manual not found/ } `mandoc -Tlint '$page' 2>/dev/null`), '', basename($page) .
		' is mandoc -Tlint clean');
}

done_testing;
