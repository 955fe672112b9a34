#!/bin/sh
# SPDX-License-Identifier: MIT
# Where the preload is found, in which programs it starts, what it says.
# Not in a guest: not seen to hold there yet.
. "$(dirname "$0")/../lab.sh"
in_lab start - gcc libc6-dev musl-tools
