#!/bin/sh
# SPDX-License-Identifier: MIT
# python3: socket, asyncio, multiprocessing, threading; each subject of inner/python.py is a step.
# Not in a guest: too slow there (260 s).
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab python 19 netbase procps python3
