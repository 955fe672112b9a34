#!/bin/sh
# SPDX-License-Identifier: MIT
# dnsmasq answers dig and glibc's resolver.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab dnsmasq 9 netbase procps dnsmasq-base bind9-dnsutils mount
