"""Doors that only some rooms may open, checked where import-linter cannot see."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import calls, dotted, imports, mentions, trees


def modules_calling(pattern: str) -> set[str]:
    """The modules with a call whose dotted name matches."""
    return {module for module, name, _ in calls() if re.fullmatch(pattern, name)}


def test_only_the_gate_unseals() -> None:
    """An exact shape is opened in one place."""
    assert mentions("unseal_for_the_gate") == {"policy/gate.py"}


def test_only_the_gate_mints_released() -> None:
    """What may be signed comes from the gate and from re-admission, both in one file."""
    assert modules_calling(r"Released\.mint") == {"policy/gate.py"}


def test_only_trust_mints_verified() -> None:
    """What may be combined comes from verification."""
    minting = modules_calling(r"Verified\.mint")
    assert minting
    assert all(module.startswith("trust/") for module in minting)


def test_nothing_goes_around_a_guarded_constructor() -> None:
    """`object.__new__` is called by the two guarded types and nobody else."""
    assert modules_calling(r"object\.__new__") == {"model/release.py", "model/verified.py"}


def test_only_the_gate_opens_bounded_vectors() -> None:
    """What noise has not hidden yet is opened in one place."""
    assert mentions("unseal_for_noise") == {"policy/gate.py"}


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__", "print", "input", "breakpoint"])
def test_never_called(name: str) -> None:
    """No evaluation of text, no printing past the console, no prompt past the configuration."""
    assert modules_calling(name) == set()


@pytest.mark.parametrize(
    "module", ["pickle", "marshal", "shelve", "yaml", "joblib", "random", "numpy.random", "code", "socket"]
)
def test_never_imported(module: str) -> None:
    """No format that loads code, no randomness with a seed, no network."""
    found = [where for where, what in imports() if what == module or what.startswith(f"{module}.")]
    assert set(found) <= (
        {"engine/probes.py"} if module == "socket" else set()
    )  # which tries what it must not


def test_importlib_in_two_rooms() -> None:
    """Modules are found by name for the command line and for analytics, and nowhere else."""
    assert {where for where, what in imports() if what == "importlib"} == {"analytics/__init__.py", "app.py"}


def test_files_are_opened_in_their_room() -> None:
    """The strict reader and the atomic writer open files; the engine digests data; bugs have a log."""
    opening = modules_calling(r"open|os\.open|os\.fdopen|io\.open|.*\.open|.*\.(read|write)_(text|bytes)")
    assert opening == {
        "app.py",  # stdout to /dev/null when its reader has gone
        "engine/check.py",
        "engine/landlock.py",  # to say which files are left
        "engine/probes.py",  # to be refused
        "exchange/sftp.py",  # files at the other end of a connection
        "files/bugs.py",
        "files/lock.py",
        "files/reader.py",
        "files/streams.py",  # a stream that was closed, to /dev/null
        "files/writer.py",
        "workflows/release.py",  # fedcli's own source, for its digest
        "workflows/sbom.py",  # the lists of installed files, as the packaging library gives them
    }


def test_the_environment_is_read_in_one_place() -> None:
    """Settings are passed down as arguments."""
    reading = {module for module, tree in trees().items() for node in ast.walk(tree) if _is_environ(node)}
    assert reading == {"config.py"}


def _is_environ(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv")


def test_the_clock_is_read_in_one_place() -> None:
    """One command has one time, and it is passed in."""
    assert modules_calling(r".*\.(now|utcnow|today)") <= {
        "app.py",
        "config.py",
        "commands/init.py",
        *_asking_options(),
    }
    assert modules_calling(r"datetime\.(now|utcnow|today)|date\.today|time\.time") == {"config.py"}


def _asking_options() -> set[str]:
    """Commands without a home take the time from the options that they were given."""
    return {module for module, name, _ in calls() if name.endswith("options.now")}


def test_sql_is_written_in_the_engine() -> None:
    """Nothing outside the engine runs SQL on data; the ledger has a database of its own."""
    executing = modules_calling(r".*\.execute(script|many)?")
    assert all(
        module.startswith(("engine/", "ledger/", "workflows/", "commands/", "app")) for module in executing
    )
    assert not {module for module in executing if module.startswith("workflows/")} - {"workflows/execute.py"}


def test_subprocesses_start_at_the_vaults_door() -> None:
    """One place starts a process, without a shell."""
    assert {where for where, what in imports() if what == "subprocess"} == {"engine/vault.py"}
    assert not [node for _, _, node in calls() if any(word.arg == "shell" for word in node.keywords)]


def test_asserts_only_tell_types() -> None:
    """`python -O` removes asserts, so none may guard anything: they speak to the type checker."""
    odd = [
        f"{module}:{node.lineno}"
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and not _tells_a_type(node.test)
    ]
    assert odd == []


def _tells_a_type(test: ast.expr) -> bool:
    if isinstance(test, ast.Call):
        return dotted(test.func) == "isinstance"
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.IsNot)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )


def test_no_text_of_an_exception_goes_on() -> None:
    """`str(error)` is taken only where the text is ours: in the strict reader and for a usage error."""
    taking = set()
    for module, tree in trees().items():
        for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
            for node in ast.walk(handler):
                named = isinstance(node, ast.Name) and node.id == handler.name
                if named and _is_printed(handler, node):
                    taking.add(module)
    assert taking <= {"files/strict.py"}


def _is_printed(handler: ast.ExceptHandler, name: ast.Name) -> bool:
    """Whether an exception becomes text: str(error), f"{error}", error.args."""
    for node in ast.walk(handler):
        if isinstance(node, ast.Call) and dotted(node.func) in ("str", "repr") and name in node.args:
            return True
        if isinstance(node, ast.FormattedValue) and node.value is name:
            return True
        if isinstance(node, ast.keyword) and node.value is name:
            return True
        if isinstance(node, ast.Attribute) and node.value is name and node.attr in ("args", "message"):
            return True
    return False


def test_pandas_is_for_notebooks() -> None:
    """One function that no command calls makes data frames."""
    assert {where for where, what in imports() if what.split(".")[0] == "pandas"} == {"workflows/frames.py"}


def test_cryptography_opendp_duckdb_have_one_room() -> None:
    """The libraries that hold keys, draw noise, open data and go out of the house."""
    homes = {
        "cryptography": "trust/",
        "opendp": "policy/noise.py",
        "duckdb": "engine/",
        "sqlglot": "language/",
        "paramiko": "exchange/sftp.py",
        "obstore": "exchange/object_store.py",
    }
    for where, what in imports():
        library = what.split(".")[0]
        assert where.startswith(homes.get(library, "")), f"{where} imports {what}"
