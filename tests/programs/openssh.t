#!/bin/sh
# SPDX-License-Identifier: MIT
# openssh: the client, its tools, and sshd itself. What sshd starts has a clean environment: see reached.t.
# Not in a guest: too slow there (277 s).
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab openssh 13 netbase procps openssh-client openssh-server redis-server redis-tools
