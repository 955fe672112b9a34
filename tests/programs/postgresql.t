#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL: the server, psql and pgbench, all in the same mode, as an ordinary user.
# Not in a guest: too slow there.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab postgresql 12 netbase procps postgresql
