#!/bin/sh
# SPDX-License-Identifier: MIT
# openssh: the client, its tools, and sshd. sshd starts programs with a clean environment, without LD_PRELOAD: reached.t
# tests those.
# Not in a guest: too slow there (277 s).
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab openssh 13 netbase procps openssh-client openssh-server redis-server redis-tools
