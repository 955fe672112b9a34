#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Compares the calls of programs under the preload with the kernel's own.
# Not in a guest: too slow there (694 s).
# Alone: it runs two laboratories at a time by itself.
use strict;
use warnings;
use File::Basename qw(dirname);

chdir dirname(__FILE__) . "/../../.." or die "can't reach the repository: $!\n";
require "./tests/system/oracle/oracle.pl";
