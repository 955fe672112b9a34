#!/bin/sh
# SPDX-License-Identifier: MIT
# Where the preload is found, in which programs it starts, and what it prints.
. "$(dirname "$0")/../../fixtures/lab.sh"
in_lab start - gcc libc6-dev musl-tools
