"""Figures as tables: the same rows for a terminal and for the document."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from console.package import ROOT

if TYPE_CHECKING:
    from rich.console import Console

    from bench.figures import Figures

DOCUMENT = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Sheet:
    """A table. The first column is text, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def sheets(result: Figures) -> tuple[Sheet, ...]:
    """All tables of a run of the benchmark."""
    return (
        _strike(result["strike"]),
        _cold(result["cold"]),
        _feeds(result["feeds"]),
        _size(result["size"]),
    )


def _strike(figures: Figures) -> Sheet:
    floor = figures["floor"]
    return Sheet(
        "From the call of the handler, warm",
        ("", "median ms", "× floor", "calls in a row", "calls"),
        (
            ("floor: one bare PutUserPolicy", _ms(floor["PutUserPolicy"]), "1", "1", "1"),
            ("credential powerless", *_timed(figures["powerless"]), ""),
            ("floor: one bare UpdateAccessKey", _ms(floor["UpdateAccessKey"]), "1", "1", "1"),
            ("leaked key inactive", *_timed(figures["key_inactive"]), ""),
            (
                "handler returns: all noted, people told",
                _ms(figures["returned"]),
                "",
                str(figures["returned"]["serial_calls"]),
                str(figures["calls"]),
            ),
        ),
        f"{figures['powerless']['repeats']} rounds, floor and response in turn on the same server.",
    )


def _timed(figures: Figures) -> tuple[str, str, str]:
    return _ms(figures), str(figures["ratio"]), str(figures["serial_calls"])


def _cold(figures: Figures) -> Sheet:
    bare = figures["bare"]
    return Sheet(
        "Cold start of the packaged zip, from the start of the process",
        ("", "median ms", "× bare"),
        (
            ("bare boto3, IAM client: ready", _ms(bare["ready"]), "1"),
            ("ours: ready", _ms(figures["ready"]), str(figures["ready"]["ratio"])),
            ("bare: user denied, one call", _ms(bare["powerless"]), "1"),
            ("ours: credential powerless", _ms(figures["powerless"]), str(figures["powerless"]["ratio"])),
            ("ours: leaked key inactive", _ms(figures["key_inactive"]), str(figures["key_inactive"]["ratio"])),
            ("ours: handler returns", _ms(figures["answered"]), ""),
            ("bare in a plain process, no runtime client", _ms(figures["bare_without_runtime"]), ""),
        ),
        f"{figures['powerless']['repeats']} fresh processes of each under awslambdaric, in turn. "
        "Both use the package's own boto3 with its bytecode.",
    )


def _feeds(rows: list[Figures]) -> Sheet:
    return Sheet(
        "Each feed, warm",
        ("", "powerless ms", "calls in a row", "returns ms", "calls"),
        tuple(
            (
                row["feed"],
                _ms(row["powerless"]) if row["powerless"] else "–",
                str(row["serial_calls_to_powerless"] or "–"),
                _ms(row["returned"]),
                str(row["calls"]),
            )
            for row in rows
        ),
        "The calls in a row are those until the credential is powerless.",
    )


def _size(figures: Figures) -> Sheet:
    return Sheet(
        "The zip",
        ("", "MB", "× unpruned"),
        (
            ("with everything that its packages hold", _mb(figures["unpruned_zip_bytes"]), "1"),
            ("as deployed", _mb(figures["zip_bytes"]), str(figures["ratio"])),
            ("as deployed, unzipped", _mb(figures["unzipped_bytes"]), ""),
        ),
    )


def backtest(figures: Figures) -> Sheet:
    """The rules over recorded logs."""
    few, many = (f"{figures['records'][name]:,} records" for name in ("few", "many"))
    return Sheet(
        "Backtest of recorded CloudTrail",
        ("", "records per second", "× floor"),
        (
            (f"floor: gunzip and parse the JSON, one process, {few}", f"{figures['floor']['per_second']:,}", "1"),
            (f"backtest, one process, {few}", *_rate(figures["one"])),
            (f"floor, {many}", f"{figures['many_floor']['per_second']:,}", "1"),
            (f"backtest, all cores, from the start of the processes, {many}", *_rate(figures["many_all"])),
        ),
        f"Generated records, 5,000 a file, one in {figures['one_in']:,} a signal; the median of rounds in turn. Above "
        "1 is faster than the floor, which keeps each file parsed as a whole. Copies are looked for in all of them.",
    )


def inquiry(figures: Figures) -> Sheet:
    """The inquiry into recorded logs."""
    records, held = figures["records"], figures["held_mb"]
    few, many = f"{records['few']:,} records", f"{records['many']:,} records"
    return Sheet(
        "Inquiry into recorded CloudTrail",
        ("", "records per second", "× floor", "MB held"),
        (
            (f"floor: gunzip and parse the JSON, {few}", f"{figures['floor']['per_second']:,}", "1", ""),
            (f"a key with one call of a hundred, {few}", *_rate(figures["key"]), str(held["few"])),
            (f"a role with nearly all calls, {few}", *_rate(figures["role"]), ""),
            (f"floor, {many}", f"{figures['many_floor']['per_second']:,}", "1", ""),
            (f"the key, {many}", *_rate(figures["many_key"]), str(held["many"])),
        ),
        "One process, all questions answered. Above 1 is faster than the floor: most records are searched and not "
        "looked into. Held is the most that Python's objects took at any time.",
    )


def _rate(figures: Figures) -> tuple[str, str]:
    return f"{figures['per_second']:,}", str(figures["ratio"])


def _ms(figures: Figures) -> str:
    return f"{figures['median_ms']:.1f}"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"


def machine() -> Figures:
    """Where and when it was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def show(made: tuple[Sheet, ...], console: Console) -> None:
    """Print them for a person."""
    for sheet in made:
        table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE)
        for place, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if place else "left", no_wrap=not place)
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table, sheet.note)


def write(section: str, command: str, where: Figures, made: tuple[Sheet, ...]) -> None:
    """Replace one section of docs/performance.md."""
    begin, end = f"<!-- {section}: written by `{command}` -->\n", f"<!-- {section}: end -->"
    text = DOCUMENT.read_text()
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise LookupError(f"{DOCUMENT.relative_to(ROOT)} has no section {begin.strip()}")
    stamp = (
        f"`{command}` on {where['date']}: {where['cores']} cores of {where['processor']}, "
        f"{where['system']}, Python {where['python']}."
    )
    tables = "\n\n".join(_markdown(sheet) for sheet in made)
    DOCUMENT.write_text(f"{before}{begin}\n{stamp}\n\n{tables}\n\n{end}{after}")


def _markdown(sheet: Sheet) -> str:
    lines = [f"### {sheet.title}", ""]
    lines += [_line(sheet.columns), _line(("---", *("---:" for _ in sheet.columns[1:])))]
    lines += [_line(row) for row in sheet.rows]
    return "\n".join([*lines, "", sheet.note] if sheet.note else lines)


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
