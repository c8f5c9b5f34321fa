"""What a piece of work costs: processor time, time by the clock, and memory at its height."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SELF = Path("/proc/self")
MOST_WALL = 10  # times as long by the clock as by the processor: a loaded machine makes everybody wait


@dataclass
class Cost:
    """Seconds of this process, seconds by the clock, MiB beyond what was held before (0 where Linux does not tell)."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    mib: float = 0.0

    def is_within(self, seconds: float, mib: float) -> bool:
        """Whether it took no longer and no more than this."""
        return self.cpu_s < seconds and self.wall_s < MOST_WALL * seconds and self.mib < mib


@contextmanager
def measured() -> Iterator[Cost]:
    """The cost of what is done inside."""
    cost = Cost()
    tells = (_SELF / "clear_refs").exists()  # only Linux lets a process forget its old height
    if tells:
        (_SELF / "clear_refs").write_text("5")
    before = _kib("VmRSS") if tells else 0
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.wall_s, cost.cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    cost.mib = (_kib("VmHWM") - before) / 1024 if tells else 0.0


def _kib(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", (_SELF / "status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
