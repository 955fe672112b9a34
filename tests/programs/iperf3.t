#!/bin/sh
# SPDX-License-Identifier: MIT
# iperf3, client and server, for a second each way.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab iperf3 5 netbase procps iperf3
