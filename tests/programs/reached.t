#!/bin/sh
# SPDX-License-Identifier: MIT
# What a preload doesn't reach, and `socketcall run` does: each works open, not closed, and closed under run.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab reached 29 netbase procps busybox-static curl hey iputils-ping libcap2-bin nginx openssh-client openssh-server \
	redis-server redis-tools
