#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that the preload doesn't reach, but `socketcall run` does. Each works in mode open, fails in mode closed, and
# works in mode run.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab reached 29 netbase procps busybox-static curl hey iputils-ping libcap2-bin nginx openssh-client openssh-server \
	redis-server redis-tools
