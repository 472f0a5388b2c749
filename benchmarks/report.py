"""The figures, from what was metered, and the table that shows them."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """Seconds on the clock, processor seconds of each process, and `busy` ones of our cores."""

    seconds: float
    submitting: float
    sender: float
    receiver: float
    load: float
    busy: float
    samples: tuple[float, ...] = ()


def rate(metered: Metered, messages: int, bare: float, cores: int) -> dict[str, Any]:
    """Return the figures of many messages; `bare` is the floor of one, in processor seconds."""
    per_second = messages / metered.seconds
    return {
        "messages": messages,
        "seconds": metered.seconds,
        "submitting_seconds": metered.submitting,
        "messages_per_second": per_second,
        "floor_per_second": cores / bare,
        "share_of_floor": per_second * bare / cores,
        "cpu_per_message": _cpu(metered, messages),
        "others": _others(metered, cores),
        "cpu_of_floor": (metered.sender + metered.receiver) / messages / bare,
    }


def single(metered: Metered, bare: float, cores: int) -> dict[str, Any]:
    """Return the figures of messages that travelled one by one."""
    ordered, messages = sorted(metered.samples), len(metered.samples)
    return {
        "messages": messages,
        "p50_seconds": _percentile(ordered, 50),
        "p99_seconds": _percentile(ordered, 99),
        "mean_seconds": sum(ordered) / messages,
        "floor_seconds": bare,
        "others": _others(metered, cores),
        "cpu_per_message": _cpu(metered, messages),
    }


def _cpu(metered: Metered, messages: int) -> dict[str, float]:
    return {
        "sender": metered.sender / messages,
        "receiver": metered.receiver / messages,
        "load": metered.load / messages,
    }


def _others(metered: Metered, cores: int) -> float:
    """Return the share of the cores that the rest of the machine took meanwhile."""
    ours = metered.sender + metered.receiver + metered.load
    return max(0.0, metered.busy - ours) / (metered.seconds * cores)


def _percentile(ordered: list[float], share: int) -> float:
    return ordered[math.ceil(len(ordered) * share / 100) - 1]


def text(found: dict[str, Any]) -> str:
    """Return everything as a table."""
    return "\n".join([*_machine(found["machine"]), *map(_body, found["bodies"])])


def _machine(facts: dict[str, Any]) -> tuple[str, str]:
    cores = f"{facts['cores']} of {facts['cores_present']} cores shared by nodes and load"
    library = f"{facts['openssl']} (cryptography {facts['cryptography']})"
    parts = [facts["python"], f"SQLite {facts['sqlite']}", library, f"aiohttp {facts['aiohttp']}"]
    parts.append(f"fdatasync {_ms(facts['fsync_seconds'])} ms")
    return f"{facts['processor']}, {cores}, {facts['system']}", ", ".join(parts)


def _body(body: dict[str, Any]) -> str:
    sizes = f"body {body['body']:,} bytes, envelope {body['envelope']:,} bytes"
    bare = body["floor"]
    head = (
        f"messages/s  of floor  {'CPU ms a message:':>18}{'sender':>8}{'receiver':>10}{'load':>7}"
    )
    lines = (
        "",
        f"{sizes}, {body['lines']} a request",
        f"  {'':<24}{head}{'of floor':>10}  others",
        _rate("submit to last receipt", body["batch"]),
        _rate("backlog drained", body["backlog"]),
        f"  {'queued, peer down':<24}{body['submit']['messages_per_second']:>10,.0f}",
        f"  {'floor':<24}{bare['messages_per_second']:>10,.0f}{1:>10.0%}",
        _single(body["single"]),
        _memory(body["memory"]),
        _floor(bare),
        *(f"    {name:<20}{_ms(seconds):>8} ms" for name, seconds in bare["calls"].items()),
    )
    return "\n".join(lines)


def _floor(bare: dict[str, Any]) -> str:
    whole, queued = _ms(bare["seconds"]), _ms(bare["delivery_seconds"])
    return f"  floor: {whole} ms a message, {queued} once it is queued; of it"


def _single(row: dict[str, Any]) -> str:
    cpu = ", ".join(f"{name} {_ms(each)}" for name, each in row["cpu_per_message"].items())
    times = ", ".join(f"{name} {_ms(row[f'{name}_seconds'])} ms" for name in ("p50", "p99", "mean"))
    return f"  one by one ({row['messages']}): {times}; CPU ms: {cpu}; others {row['others']:.0%}"


def _memory(sizes: dict[str, dict[str, int]]) -> str:
    each = (
        f"{name} {row['sender'] / 1e6:.0f} and {row['receiver'] / 1e6:.0f}"
        for name, row in sizes.items()
    )
    return f"  memory, sender and receiver, MB: {', '.join(each)}"


def _rate(title: str, row: dict[str, Any]) -> str:
    cpu = row["cpu_per_message"]
    return (
        f"  {title:<24}{row['messages_per_second']:>10,.0f}{row['share_of_floor']:>10.0%}"
        f"{'':>20}{_ms(cpu['sender']):>8}{_ms(cpu['receiver']):>10}{_ms(cpu['load']):>7}"
        f"{row['cpu_of_floor']:>9.1f}x{row['others']:>8.0%}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"
