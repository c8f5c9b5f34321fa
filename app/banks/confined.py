"""Runs one script of a bank under limits. Started by `verify` as a file of its own in a child process; imports nothing.

The limits end accidents (endless loops, too much memory). They are no sandbox: verify only banks of people you trust.
"""

import os
import runpy
import signal
import sys

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of linux/prctl.h


def confine(cpu_s: int, memory: int, file_size: int) -> None:
    """Limit this process for good, where the system can."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return
    for what, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),  # no process and no thread more; root is above it
    ):
        resource.setrlimit(what, (soft, hard))


def die_with(parent: int) -> None:
    """Have the kernel end this process when the one that started it ends (Linux)."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415  costs 10 ms that only Linux needs to pay

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we could ask
            os._exit(1)


if __name__ == "__main__":
    script, *numbers = sys.argv[1:]
    limit_cpu, limit_memory, limit_file, starter = map(int, numbers)
    die_with(starter)
    confine(limit_cpu, limit_memory, limit_file)
    # a key proved with our own code would prove nothing; None makes `import app` fail, installed or not
    sys.modules["app"] = None  # type: ignore[assignment]
    sys.argv = [script]
    runpy.run_path(script, run_name="__main__")
