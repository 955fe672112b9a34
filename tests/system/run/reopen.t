#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What `socketcall run` puts into programs, static ones here, reopens nothing.
use strict;
use warnings;
use File::Basename qw(dirname);

chdir dirname(__FILE__) . "/../../.." or die "can't reach the repository: $!\n";
$ENV{MECHANISM} = "patch";
require "./tests/system/oracle/reopen.pl";
