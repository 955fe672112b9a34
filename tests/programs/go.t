#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of Debian's that are written in Go: caddy, rclone, hey.
. "$(dirname "$0")/../fixtures/lab.sh"
# Debian has caddy since bookworm. What go.long leaves is for go.long.
LAB_SUITES=$(echo "${LAB_SUITES:-bookworm}" | sed 's/bullseye//')
rm -rf "$(dirname "$0")"/../../build/lab/*/go
in_lab go 6 netbase procps curl hey rclone caddy
