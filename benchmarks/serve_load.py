"""Load on the server over loopback: requests a second and waits, with and without micro-batches.

    python -m benchmarks.serve_load [--quick] [--workers N] [--requests N] [--rounds N]
    python -m benchmarks.serve_load --minutes N

Two servers run, and are asked in turn: one scores claims of several requests together, the other
those of each request alone; all else is the same, and no verdicts are kept. 1, 8 and 64 clients
send the next request when the answer to the last is there. Seconds depend on the machine and on
what else it does, so the ratio of the two in the same round is what counts.

With ``--minutes`` one server with its usual settings, caches among them, is asked by eight clients
for so long, each time with other evidence, and its resident memory is told each minute.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from benchmarks.check_latency import TOPICS, answer, evidence

CLIENTS = (1, 8, 64)
START_SECONDS = 300.0
HELD_CLIENTS = 8
CELL_SECONDS = 120.0
"""Time after which a cell sends nothing more."""

QUICK_REQUESTS = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """What one server did under one load."""

    seconds: float
    waits: list[float]
    refused: int

    @property
    def rate(self) -> float:
        """Checked answers a second."""
        return len(self.waits) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds in which this share of the answers came."""
        if not self.waits:
            return float("nan")
        place = min(int(share * len(self.waits)), len(self.waits) - 1)
        return 1000 * sorted(self.waits)[place]


@contextmanager
def open_server(chosen: dict[str, int]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Runs a server with some settings on a free port here; gives its base URL and its process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings = {"port": port, **chosen}
    own = {f"GROUNDWIRE_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "groundwire", "serve"]
    url = f"http://127.0.0.1:{port}"
    null = subprocess.DEVNULL
    with subprocess.Popen(command, env=os.environ | own, stdout=null, stderr=null) as process:
        try:
            yield url, process
        finally:
            process.terminate()


def wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until a server can check.

    Raises:
        SystemExit: if it has ended, or takes too long.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"the server at {url} is not ready")


async def send_load(url: str, clients: int, requests: int, short: bool) -> Cell:
    """Sends requests of that many clients, each of them one after the other.

    Args:
        url: base of the server.
        clients: how many.
        requests: of all of them together.
        short: whether answers have one claim instead of five.
    """
    source = evidence()
    waits: list[float] = []
    refused = 0
    left = iter(range(requests))
    begun = time.perf_counter()

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal refused
        for number in left:
            if time.perf_counter() - begun > CELL_SECONDS:
                return
            text = answer(number % len(TOPICS))
            text = text[: text.index(".") + 1] if short else text
            body = {"answer": text, "evidence": [source]}
            sent = time.perf_counter()
            response = await client.post(f"{url}/v1/check", json=body)
            if response.status_code == 200:
                waits.append(time.perf_counter() - sent)
            else:
                refused += 1

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(timeout=600, limits=limits) as client:
        await asyncio.gather(*(ask(client) for _ in range(clients)))
    return Cell(time.perf_counter() - begun, waits, refused)


async def hold_load(url: str, pid: int, minutes: float) -> None:
    """Prints the memory of a server that is asked without a pause, each time something new.

    Args:
        url: base of the server.
        pid: of its process.
        minutes: how long.
    """
    begun = time.monotonic()
    answered = refused = 0

    async def ask(client: httpx.AsyncClient, own: int) -> None:
        nonlocal answered, refused
        number = own
        while time.monotonic() - begun < 60 * minutes:
            # No two texts of evidence are the same, so every cache has to let go of something.
            source = f"Leaflet {number} of the city.\n\n{evidence()}"
            body = {"answer": answer(number % len(TOPICS)), "evidence": [source]}
            response = await client.post(f"{url}/v1/check", json=body)
            if response.status_code == 200:
                answered += 1
            else:
                refused += 1
            number += HELD_CLIENTS

    async def watch() -> None:
        print("| minute | answers | refused | resident MiB |", "| --- " * 4 + "|", sep="\n")
        for minute in range(int(minutes) + 1):
            await asyncio.sleep(max(begun + 60 * minute - time.monotonic(), 0))
            held = read_resident_mib(pid)
            print(f"| {minute} | {answered} | {refused} | {held:.0f} |", flush=True)

    async with httpx.AsyncClient(timeout=600) as client:
        await asyncio.gather(watch(), *(ask(client, own) for own in range(HELD_CLIENTS)))


def read_resident_mib(pid: int) -> float:
    """Returns the memory that a process of this machine holds, in MiB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few short answers, one round")
    parser.add_argument("--workers", type=int, default=16, help="checks that run at once")
    parser.add_argument("--requests", type=int, default=256, help="requests of a cell")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, help="tell the memory of one server instead")
    args = parser.parse_args()
    if args.minutes:
        with open_server({}) as (url, process):
            wait_ready(url, process)
            asyncio.run(hold_load(url, process.pid, args.minutes))
        return
    rounds = 1 if args.quick else args.rounds
    requests = QUICK_REQUESTS if args.quick else args.requests
    print("| clients | batches | answers/s | p50 ms | p99 ms | refused | times the rate without |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with ExitStack() as servers:
        alike = {
            "workers": args.workers, "queue": max(CLIENTS), "cache_claims": 0, "check_seconds": 600,
        }  # fmt: skip
        started = [
            servers.enter_context(open_server({"batch_claims": most, **alike})) for most in (256, 1)
        ]
        for url, process in started:
            wait_ready(url, process)
            asyncio.run(send_load(url, 1, 2, args.quick))
        for clients in CLIENTS:
            urls = [url for url, _ in started]
            _measure(urls, clients, max(requests, clients), rounds, args.quick)


def _measure(urls: list[str], clients: int, requests: int, rounds: int, short: bool) -> None:
    cells: dict[str, list[Cell]] = {"yes": [], "no": []}
    for number in range(rounds):
        pair = list(zip(cells, urls, strict=True))
        for name, url in pair if number % 2 == 0 else reversed(pair):
            cells[name].append(asyncio.run(send_load(url, clients, requests, short)))
    ratios = sorted(a.rate / b.rate for a, b in zip(cells["yes"], cells["no"], strict=True))
    told = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    for name, own in cells.items():
        figures = [
            f"{statistics.median(cell.rate for cell in own):.2f}",
            f"{statistics.median(cell.quantile(0.5) for cell in own):.0f}",
            f"{statistics.median(cell.quantile(0.99) for cell in own):.0f}",
            str(sum(cell.refused for cell in own)),
        ]
        print(
            f"| {clients} | {name} | {' | '.join(figures)} | {told if name == 'yes' else ''} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
