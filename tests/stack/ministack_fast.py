"""Starts MiniStack without its fixed 95 ms per invocation.

MiniStack 1.5.33 waits 50 ms for a first line of a function's log, and its Runtime API writes headers and body
separately, which costs 40 ms more (Nagle's algorithm and delayed acknowledgements).
"""

import socketserver

from ministack.app import main
from ministack.core import lambda_runtime

socketserver.StreamRequestHandler.disable_nagle_algorithm = True

for worker in list(vars(lambda_runtime).values()):
    if isinstance(worker, type) and "_drain_stderr_bounded" in vars(worker):
        drain = worker._drain_stderr_bounded
        worker._drain_stderr_bounded = (
            lambda self, first_line_wait=0.002, idle_confirm=0.002, hard_cap=0.25, drain=drain: drain(
                self, first_line_wait, idle_confirm, hard_cap
            )
        )

if __name__ == "__main__":
    main()
