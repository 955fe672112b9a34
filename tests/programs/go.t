#!/bin/sh
# SPDX-License-Identifier: MIT
# Debian's programs that are written in Go: caddy, rclone, hey.
. "$(dirname "$0")/../fixtures/lab.sh"
# Debian has caddy since bookworm.
LAB_SUITES=$(echo "${LAB_SUITES:-bookworm}" | sed 's/bullseye//')
in_lab go 6 netbase procps curl hey rclone caddy
