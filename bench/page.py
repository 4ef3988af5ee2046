"""The tables of docs/performance.md, from the figures that the benchmarks have written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


def startup() -> str:
    """Commands with their limits, beside a bare interpreter."""
    told = _read("startup")
    on = told["machine"]
    rows = [
        f"Medians of {told['runs']} runs on {on['cores']} cores of {on['processor']}.",
        "",
        "| command | median | limit | x bare Python |",
        "|---|---|---|---|",
    ]
    for one in told["results"]:
        limit = f"{one['limit_ms']} ms" if one["limit_ms"] else "none"
        rows.append(f"| {one['what']} | {one['median_ms']} ms | {limit} | {one['times_bare']:.1f} |")
    return "\n".join(rows)


def models(name: str = "models") -> str:
    """Models beside others on the pooled rows."""
    told = _read(name)
    head = [f"On {told['machine']['cores']} cores of {told['machine']['processor']}.", ""]
    rows = ["| what | beside | times faster: least / middle / most | largest process |", "|---|---|---|---|"]
    for one in told["results"]:
        least, middle, most = one["times_faster"]
        ours, theirs = max(run[2] for run in one["fedcli"]), max(run[2] for run in one["other"])
        rows.append(
            f"| {one['what']} | {one['beside']} | {least:.2f} / **{middle:.2f}** / {most:.2f} "
            f"| {ours} MB, beside {theirs} MB |"
        )
    return "\n".join(head + rows)


def peers() -> str:
    """Rounds of federated averaging beside other federations, and how often each is right."""
    told = _read("peers")
    pairs = [(one["beside"], *one["accuracy"]) for one in told["results"]]
    right = "; ".join(f"fedcli {own:.4f}, {other} {theirs:.4f}" for other, own, theirs in pairs)
    return "\n".join([models("peers"), "", f"Accuracy on as many rows that nobody trained on: {right}."])


def training() -> str:
    """How well classifiers predict that sites train together, with intervals over splits."""
    told = _read("training")
    rows = [
        f"Means over {told['splits']} splits, each with half of its 95 % interval.",
        "",
        "| trained by | sites | accuracy | precision | recall |",
        "|---|---|---|---|---|",
    ]
    for one in told["results"]:
        metrics = (f"{one[name][0]:.3f} ± {one[name][1]:.3f}" for name in ("accuracy", "precision", "recall"))
        rows.append(f"| {one['what']} | {one['sites'] or 'none'} | {' | '.join(metrics)} |")
    return "\n".join(rows)


def descriptive(name: str) -> str:
    """Descriptive statistics beside the same SQL."""
    told = _read(name)
    rows = [
        f"{told['rows']:,} rows:",
        "",
        "| what | wall | processor | largest process |",
        "|---|---|---|---|",
    ]
    rows += [
        f"| {one['what']} | {one['wall_s']:.2f} s | {one['cpu_s']:.2f} s | {one['rss_mb']:.0f} MB |"
        for one in told["results"]
    ]
    ratios = [f"- {what}: {value:.2f}" for what, value in told["ratios"].items()]
    return "\n".join([*rows, "", *ratios])


def gate() -> str:
    """The gate beside its query, with many cells, and with a long memory."""
    told = _read("gate")
    head = f"A table of two columns of {told['rows']:,} rows; {told['releases']} earlier releases."
    rows = ["| what | middle of 7 |", "|---|---|"]
    rows += [f"| {one['what']} | {one['seconds'] * 1000:.1f} ms |" for one in told["results"]]
    return "\n".join([head, "", *rows])


def privacy() -> str:
    """Errors under differential privacy beside those that others measured."""
    told = _read("privacy")
    head = (
        f"{told['rows']:,} rows, of persons with about five of which ten count; models have a row a person."
    )
    rows = ["| what | rho | error | by bounding alone | reference | ratio |", "|---|---|---|---|---|---|"]
    for one in told["results"]:
        reference = one["reference"]
        beside = f"{reference:g} | {one['error'] / reference:.2f}" if reference else "none | -"
        rows.append(
            f"| {one['what']} | {one['rho']} | {one['error']:.2g} | {one['bounding']:.2g} | {beside} |"
        )
    return "\n".join([head, "", *rows])


def privacy_costs() -> str:
    """Time and memory under differential privacy beside those of exact answers."""
    told = _read("privacy")
    rows = [f"| {told['rows']:,} rows, in one process | bounded | exact | ratio |", "|---|---|---|---|"]
    rows += [
        f"| {one['what']} | {one['bounded_s']:.2f} s | {one['exact_s']:.2f} s "
        f"| {one['bounded_s'] / one['exact_s']:.1f} |"
        for one in told["times"]
    ]
    rows += ["", "| a summary's vault, rows | how | largest |", "|---|---|---|"]
    rows += [f"| {one['rows']:,} | {one['how']} | {one['vault_mb']} MB |" for one in told["memory"]]
    return "\n".join(rows)


def flamby() -> str:
    """How well models that sites train predict, beside FLamby's figures."""
    told = _read("flamby")
    rows = [
        "| patients | rules | columns | trained by | sites that answer | accuracy, or C | FLamby |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in told["results"]:
        asked, *answered = one["sites"]
        sites = f"{' or '.join(map(str, answered)) or 'none'} of {asked}"
        spread = f" ± {one['sd']:.3f}" if one["sd"] is not None else ""
        ours = "no answer" if one["mean"] is None else f"{one['mean']:.3f}{spread}"
        theirs = "{:.3f} ± {:.3f}".format(*one["published"]) if one["published"] else "-"
        cells = (one["study"], one["rules"], one["columns"], one["what"], sites, ours, theirs)
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows)
