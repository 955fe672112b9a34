#!/bin/sh
# SPDX-License-Identifier: MIT
# iperf3, client and server, over TCP in both directions and over UDP.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab iperf3 5 netbase procps iperf3
