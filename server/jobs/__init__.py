"""Work that takes longer than a second: each job in a process of its own that can be stopped at any moment.

    from server.jobs import Work              # what a route hands over
    from server.jobs import Report, Result, Task  # what a kind of work (server.jobs.work.<kind>) is given and gives

The package is imported by the jobs' processes too, so importing it imports neither numpy nor a web framework.
"""

from __future__ import annotations

from server.jobs.task import Report, Result, Task, Work

__all__ = ["Report", "Result", "Task", "Work"]
