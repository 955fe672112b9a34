#!/bin/sh
# SPDX-License-Identifier: MIT
# What the preload doesn't reach. Each is shown to work open, and is an expected failure (TODO) under `socketcall run`
# until another mechanism reaches it.
. "$(dirname "$0")/../lab.sh"
in_lab unreached 18 netbase procps busybox-static curl hey iputils-ping libcap2-bin nginx openssh-client openssh-server \
	redis-server redis-tools
