#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The preload reopens nothing.
# Not in a guest: 161 s there before tools/lab mounted at once, not timed since.
use strict;
use warnings;
use File::Basename qw(dirname);

chdir dirname(__FILE__) . "/../../.." or die "can't reach the repository: $!\n";
require "./tests/system/oracle/reopen.pl";
