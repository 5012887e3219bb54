"""Runs an audit on Ray in a process of its own: OUT COUNT WORKERS."""

from __future__ import annotations

import sys

from audit_cases import entries, guard
from groundwire.audit.options import AuditOptions
from groundwire.audit.ray_engine import run_on_ray


def main(output: str, count: int, workers: int) -> None:
    import ray

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    told: list[int] = []
    options = AuditOptions(shard_size=8, resume=True)
    run_on_ray(entries(count), output, guard, options, workers, told.append)
    print(sum(told), len(told))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
