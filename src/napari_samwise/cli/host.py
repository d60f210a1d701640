"""What this computer has: processor and memory."""

from __future__ import annotations

import platform
from pathlib import Path


def free_memory_bytes() -> int | None:
    """Memory that programs can still take; None where the system does not tell."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def processor_name() -> str:
    """Name of the CPU as people know it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
