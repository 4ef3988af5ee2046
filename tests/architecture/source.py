"""The source of fedcli as syntax trees, by module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import fedcli

ROOT = Path(fedcli.__file__).parent


@cache
def trees() -> dict[str, ast.Module]:
    """Every module's tree by its path in the package."""
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute or name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else f"?.{node.attr}"
    return ""


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Every node of every module, walked once for all tests."""
    return tuple((module, node) for module, tree in trees().items() for node in ast.walk(tree))


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Every call, as module, dotted name and node."""
    return tuple((module, dotted(node.func), node) for module, node in nodes() if isinstance(node, ast.Call))


def mentions(name: str) -> set[str]:
    """The modules in which an attribute or name occurs."""
    return {
        module
        for module, node in nodes()
        if (isinstance(node, ast.Attribute) and node.attr == name)
        or (isinstance(node, ast.Name) and node.id == name)
    }


@cache
def imports() -> tuple[tuple[str, str], ...]:
    """Every import, also inside functions, as module and what it imports."""
    return tuple((module, name) for module, node in nodes() for name in _imported(node))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
