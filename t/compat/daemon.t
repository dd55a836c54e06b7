#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The behaviour of Python's supervisord and of ours, side by side: the same
configuration, the same actions; the same messages, logs, files and processes.
What differs on purpose is in differences.md, and nothing else.

Arguments: texts; only cases whose name contains one are run.  KEEP=1 keeps the
directories of failed runs.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemoncalls  # noqa: E402
import daemoncases  # noqa: E402
import daemonfcgi  # noqa: E402
import daemonlives  # noqa: E402
import daemonrows  # noqa: E402
import daemonusers  # noqa: E402
import sidebyside  # noqa: E402

sidebyside.main(daemoncases.CASES + daemonlives.CASES + daemonusers.CASES +
                daemonfcgi.CASES + daemonrows.CASES + daemoncalls.CASES,
                os.path.join(HERE, "differences.md"), sys.argv[1:])
