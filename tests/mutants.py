"""For every safety check, a change that breaks it and the test that must then fail.

A safety test that no change of the code can make fail proves nothing. `tests/test_mutants.py` applies
each change to a copy of the source and runs the named tests against the copy. A mutant that survives
is a defect of the tests.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """What is broken: in `file` the text `old`, which occurs once, becomes `new`; `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: str


def _check(name: str, old: str, new: str, tests: str = "tests/unit/policy/test_checks.py") -> Mutant:
    return Mutant(f"check: {name}", "policy/checks.py", old, new, tests)


CHECKS = [
    _check(
        "threshold off by one",
        'min_count for (persons,) in subject.figures("persons"))',
        'min_count + 1 for (persons,) in subject.figures("persons"))',
    ),
    _check(
        "threshold blind",
        '_where(least <= persons < subject.rules.min_count for (persons,) in subject.figures("persons"))',
        "Mask()",
    ),
    _check(
        "complement blind to who is left out wholly",
        "evidence.population - evidence.cohort in few or evidence.outside in few",
        "evidence.outside in few",
        "tests/spec/test_rules.py",
    ),
    _check(
        "complement blind to who is left out in part",
        "evidence.population - evidence.cohort in few or evidence.outside in few",
        "evidence.population - evidence.cohort in few",
        "tests/spec/test_rules.py tests/laws/test_differencing.py",
    ),
    Mutant(
        "evidence: an end that nearly all share is not looked at",
        "engine/memory.py",
        "return min([sum(map(any, people)), *shared])",
        "return sum(map(any, people))",
        "tests/laws/test_differencing.py tests/spec/test_rules.py",
    ),
    _check("class disclosure blind", "for index in line) == 1", "for index in line) == -1"),
    _check(
        "contributors blind",
        "0 < persons < subject.rules.min_count for (persons,)",
        "persons < 0 for (persons,)",
    ),
    _check(
        "dominance on one contributor only", "Fraction(largest) + Fraction(second)}", "Fraction(largest)}"
    ),
    _check("dominance blind", "held[n] >= share * Fraction(magnitude)", "held[n] < 0"),
    _check("p percent blind", "rest < p * Fraction(largest)", "rest < 0"),
    _check("all the same blind", "constant == 1 for", "constant == 2 for"),
    _check("degrees of freedom off by one", "min_dof + 1 for", "min_dof for"),
    _check("spread blind", "Fraction(share) >= limit > 0", "Fraction(share) > 1"),
    _check(
        "minimum and maximum allowed",
        "_where(True for _ in subject.cells)",
        "_where(False for _ in subject.cells)",
    ),
]

_PARTS = "tests/engine/test_figures.py"


def _figure(name: str, old: str, new: str, tests: str = _PARTS) -> Mutant:
    return Mutant(f"evidence: {name}", "engine/figures.py", old, new, tests)


PARTS = [
    Mutant(
        "parts: a model is of the first persons alone",
        "engine/duckdb.py",
        "self._split(SORTED * len(design.columns)) if",
        "self._split(SORTED * len(design.columns))[:1] if",
        "tests/laws/test_parts.py::test_the_number_of_parts_does_not_matter[glm]",
    ),
    Mutant(
        "evidence: the last part of the persons is left out",
        "engine/parts.py",
        "for at in range(of))",
        "for at in range(max(1, of - 1)))",
        "tests/laws/test_parts.py",
    ),
    Mutant(
        "evidence: a person is in several parts",
        "engine/parts.py",
        "::UBIGINT = {at}::UBIGINT",
        "::UBIGINT <= {at}::UBIGINT",
        "tests/laws/test_parts.py",
    ),
    _figure("persons of the last part alone", '"persons": (add, 0)', '"persons": (_latter, 0)'),
    _figure("contributors of the last part alone", '"nonzero": (add, 0)', '"nonzero": (_latter, 0)'),
    _figure("an end is shared in the last part alone", '"above": (add, 0)', '"above": (_latter, 0)'),
    _figure("the largest of the last part alone", '"top": (_two, ())', '"top": (_latter, ())'),
    _figure("the magnitude of the last part alone", '"magnitude": (add, 0.0)', '"magnitude": (_latter, 0.0)'),
    _figure("the spread of the last part alone", '"spread": (max, 0.0)', '"spread": (_latter, 0.0)'),
    _figure("an end that half share is not counted", "_SHARED = 2.0", "_SHARED = 0.5"),
    _figure("rounding hides an end that half share", "_CLOSE = 1e-6", "_CLOSE = 0.0"),
    _figure(
        "who is beside an end is not looked at",
        "min([nonzero, *(beside for beside in ends if 2 * beside <= persons)])",
        "nonzero",
        "tests/laws/test_engines.py",
    ),
    Mutant(
        "evidence: a person above the least value is not seen",
        "engine/aggregates.py",
        'f"> low{at}"',
        'f"> high{at}"',
        "tests/laws/test_engines.py tests/laws/test_parts.py",
    ),
]

_BUNDLES = "tests/unit/statistics/test_bundle.py tests/attacks/test_group_totals.py"

GATE = [
    Mutant(
        "gate: silence is a pass",
        "policy/gate.py",
        "    if not findings:\n        raise fault",
        "    if False:\n        raise fault",
        "tests/unit/policy/test_gate.py::test_silence_is_no_pass",
    ),
    Mutant(
        "gate: what fails is released",
        "policy/gate.py",
        "rounded(suppressed(shape, failing, rules, besides), rules)",
        "rounded(shape, rules)",
        "tests/unit/policy/test_gate.py",
    ),
    Mutant(
        "gate: no rounding",
        "policy/gate.py",
        "rounded(suppressed(shape, failing, rules, besides), rules)",
        "suppressed(shape, failing, rules, besides)",
        "tests/spec/test_rules.py",
    ),
    Mutant(
        "gate: review is not asked for",
        "policy/gate.py",
        "Verdict.REVIEW if review_all else Verdict.PASS",
        "Verdict.PASS",
        "tests/unit/policy/test_gate.py::test_review_of_all_parks_everything",
    ),
    Mutant(
        "gate: a refusal is mitigated away",
        "policy/gate.py",
        "return Verdict.PASS if mitigated or not finding.enforced else finding.verdict",
        "return Verdict.PASS",
        "tests/unit/policy/test_gate.py",
    ),
    Mutant(
        "gate: evidence that is missing is empty",
        "statistics/evidence.py",
        '            raise fault("B-EVIDENCE", evidence=kind, field=field)\n',
        "            return ()\n",
        "tests/unit/statistics/test_shapes.py tests/unit/policy/test_gate.py",
    ),
    Mutant(
        "suppression: the mean stays beside a suppressed n",
        "statistics/moments.py",
        'mean = masks["mean"] | masks["n"]',
        'mean = masks["mean"]',
        "tests/unit/statistics/test_shapes.py tests/unit/policy/test_gate.py",
    ),
    Mutant(
        "suppression: a difference of n tells how many are missing",
        "statistics/moments.py",
        '        if field.name == "missing" and len(self.axes[0].levels) > 1:',
        "        if False:",
        "tests/spec/test_rules.py",
    ),
    Mutant(
        "suppression: a margin of missing values stays",
        "statistics/moments.py",
        "if index % groups in open_totals)",
        'if index in masks["missing"])',
        "tests/unit/statistics/test_shapes.py",
    ),
    Mutant(
        "bundle: a column that hides nothing tells the size of the group",
        "statistics/bundle.py",
        "                    masks[_missing(one)] |= one.missing\n",
        "",
        _BUNDLES,
    ),
    Mutant(
        "bundle: a single level is hidden, and is what the others leave",
        "statistics/bundle.py",
        "one.cells if masks[one.field] & one.cells else Mask()",
        "Mask()",
        _BUNDLES,
    ),
    Mutant(
        "bundle: few without a value in one column are told by another",
        "statistics/bundle.py",
        "masks[parcel.field] & parcel.cells or masks[_missing(parcel)] & parcel.missing",
        "masks[parcel.field] & parcel.cells",
        _BUNDLES,
    ),
    Mutant(
        "bundle: what a part links is not hidden",
        "statistics/bundle.py",
        "in part.linked(_of(name, wider)).items()",
        "in _of(name, wider).items()",
        _BUNDLES,
    ),
    Mutant(
        "bundle: intervals tell which levels are rare",
        "statistics/bundle.py",
        "primary and inner.name not in _ADDED",
        "primary",
        _BUNDLES,
    ),
    Mutant(
        "bundle: parts of other groups are taken",
        "statistics/bundle.py",
        "if len({part.groups for part in self.parts.values()}) != 1:",
        "if not self.parts:",
        "tests/unit/statistics/test_bundle.py",
    ),
    Mutant(
        "bundle: who is left out in part is forgotten",
        "statistics/evidence.py",
        "            outside=one.outside,\n",
        "",
        "tests/unit/statistics/test_bundle.py",
    ),
    Mutant(
        "counts: who lacks a level is counted in the first group",
        "engine/memory.py",
        "(lacking[group] if place is None else cells[place]).append(row)",
        "(lacking[0] if place is None else cells[place]).append(row)",
        "tests/laws/test_engines.py",
    ),
    Mutant(
        "columns: bins of an undeclared column",
        "engine/duckdb.py",
        "*found, n, people in self._parts((*columns, *within)",
        "*found, n, people in DuckRows(\n            self._opened, self._dictionary, self._cohort, "
        "frozenset(self._dictionary.columns)\n        )._parts((*columns, *within)",
        "tests/laws/test_columns.py",
    ),
    Mutant(
        "suppression: the interval of m2 is computed from the exact n",
        "policy/suppress.py",
        "        shape = shape.having({**shape.cells, field.name: hidden})\n    return shape",
        "        cells[field.name] = hidden\n    return shape.having(cells)",
        "tests/laws/test_gaps.py::test_a_gap_does_not_depend_on_the_data",
    ),
    Mutant(
        "readmit: any message is a release",
        "policy/gate.py",
        "        if not _may_leave(shape, field, rules):",
        "        if False:",
        "tests/laws/test_readmit.py",
    ),
    Mutant(
        "readmit: other rules than declared",
        "policy/gate.py",
        "if not same or answered.rules != declared(outline, rules) or coarse",
        "if not same or coarse",
        "tests/laws/test_readmit.py",
    ),
    Mutant(
        "policy: a layer can loosen",
        "policy/layers.py",
        '    "disclosure.min_count": max,',
        '    "disclosure.min_count": min,',
        "tests/unit/policy/test_layers.py",
    ),
    Mutant(
        "seal: exact values are shown",
        "statistics/seal.py",
        'return f"<{type(self).__name__} sealed>"',
        "return str(self.unseal_for_the_gate()[0].cells)",
        "tests/laws/test_seal.py",
    ),
    Mutant(
        "seal: exact values can be pickled",
        "statistics/seal.py",
        '    def __reduce_ex__(self, _: Any) -> NoReturn:\n        raise TypeError("a sealed shape',
        '    def __reduce_never__(self, _: Any) -> NoReturn:\n        raise TypeError("a sealed shape',
        "tests/laws/test_seal.py",
    ),
    Mutant(
        "columns: an analytic reads what it did not declare",
        "engine/selection.py",
        "        if not set(names) <= self._visible:",
        "        if False:",
        "tests/laws/test_columns.py",
    ),
]

TRUST = [
    Mutant(
        "ledger: a proof is taken for good",
        "workflows/verify.py",
        "    if not merkle.included(leaf, proof.number, head.size, proof.inclusion, head.root):",
        "    if False:",
        "tests/workflows/test_ledger.py::test_a_forged_proof",
    ),
    Mutant(
        "dsse: the type is not bound",
        "trust/dsse.py",
        'return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)',
        "return body",
        "tests/vectors/test_dsse.py",
    ),
    Mutant(
        "dsse: signatures are not checked",
        "trust/dsse.py",
        "        if not signature_holds(",
        "        if False and not signature_holds(",
        "tests/unit/trust/test_dsse.py",
    ),
    Mutant(
        "dsse: another kind passes",
        "trust/dsse.py",
        "    if found.predicateType != predicate_type(kind):",
        "    if False:",
        "tests/unit/trust/test_dsse.py",
    ),
    Mutant(
        "keys: small order is enrolled",
        "trust/points.py",
        "not _same(point, IDENTITY) and _same(_times(ORDER, point), IDENTITY)",
        "True",
        "tests/vectors/test_ed25519.py tests/unit/trust",
    ),
    Mutant(
        "keys: others may read the file",
        "trust/keys.py",
        "status.st_mode & 0o077 or ",
        "",
        "tests/unit/trust/test_keys.py",
    ),
    Mutant(
        "sealing: not bound to the release",
        "trust/sealing.py",
        "aad, key = canonical(dict(bound)), ChaCha20Poly1305.generate_key()",
        'aad, key = b"", ChaCha20Poly1305.generate_key()',
        "tests/unit/trust/test_sealing.py",
    ),
    Mutant(
        "sealing: no padding",
        "trust/sealing.py",
        'plaintext.ljust(length, b"\\0")',
        "plaintext",
        "tests/unit/trust/test_sealing.py",
    ),
    Mutant(
        "root: the old administrators are not asked",
        "trust/membership.py",
        "        _check_threshold(len(signed_by(envelope, old, where)), before.threshold, where)\n",
        "",
        "tests/unit/trust/test_membership.py",
    ),
    Mutant(
        "root: an older one is accepted",
        "trust/membership.py",
        "    if root.version < seen.version:",
        "    if False:",
        "tests/unit/trust/test_membership.py",
    ),
    Mutant(
        "root: the pin is not compared",
        "trust/membership.py",
        "    if not chain or chain[0].value.sha256 != pin:",
        "    if not chain:",
        "tests/unit/trust/test_membership.py",
    ),
    Mutant(
        "verified: anyone may sign for anyone",
        "trust/verified.py",
        "    if found.signers != (name,):",
        "    if False:",
        "tests/unit/trust/test_verified.py",
    ),
    Mutant(
        "verified: the sealed file is not compared",
        "trust/verified.py",
        "    if digest(sealed) != statement.subject:",
        "    if False:",
        "tests/unit/trust/test_verified.py tests/workflows/test_tampering.py",
    ),
    Mutant(
        "strict reader: duplicate keys",
        "files/strict.py",
        "    if len(table) != len(pairs):",
        "    if False:",
        "tests/unit/files/test_strict.py",
    ),
    Mutant(
        "strict reader: links are followed",
        "files/reader.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_RDONLY | os.O_NONBLOCK",
        "tests/unit/files/test_reader.py",
    ),
    Mutant(
        "lock: nobody is kept out",
        "files/lock.py",
        "    except BlockingIOError:\n        return False",
        "    except BlockingIOError:\n        return True",
        "tests/unit/files/test_lock.py",
    ),
    Mutant(
        "ledger: a changed entry is not noticed",
        "ledger/log.py",
        "        if number != place or merkle.leaf_hash(leaf) != hashed:",
        "        if False:",
        "tests/unit/ledger/test_log.py",
    ),
    Mutant(
        "ledger: a restored backup is not noticed",
        "ledger/log.py",
        "    if published.size > len(known) or merkle.root_hash(known[: published.size]) != published.root:",
        "    if False:",
        "tests/unit/ledger/test_log.py",
    ),
    Mutant(
        "ledger: every question is new",
        "ledger/accounts.py",
        "    if (known := number_of(store, wanted)) is not None:\n        return known\n",
        "",
        "tests/unit/ledger/test_accounts.py",
    ),
    Mutant(
        "ledger: questions are not limited",
        "ledger/accounts.py",
        "    if asked >= limit.number:",
        "    if False:",
        "tests/unit/ledger/test_accounts.py",
    ),
]

WALKS = [
    Mutant(
        "approval: another policy is approved",
        "workflows/granted.py",
        "    if word.policy != policy.sha256:",
        "    if False:",
        "tests/workflows/test_approvals.py",
    ),
    Mutant(
        "approval: a revocation does not count",
        "workflows/granted.py",
        '    if word.decision == "revoke":',
        "    if False:",
        "tests/workflows/test_approvals.py",
    ),
    Mutant(
        "approval: it never ends",
        "workflows/granted.py",
        "    if word.expires <= desk.now:",
        "    if False:",
        "tests/workflows/test_approvals.py",
    ),
    Mutant(
        "approval: one person is enough",
        "workflows/granted.py",
        "len(good) >= wanted.people and filled(",
        "filled(",
        "tests/workflows/test_approvals.py",
    ),
    Mutant(
        "approval: roles do not matter",
        "workflows/granted.py",
        "    if not roles:\n        return True",
        "    if True:\n        return True",
        "tests/workflows/test_approvals.py",
    ),
    Mutant(
        "approval: words on another query count",
        "workflows/granted.py",
        "    if word.value.query != query:",
        "    if False:",
        "tests/workflows/test_approvals.py::test_an_approval_of_another_query",
    ),
    Mutant(
        "ledger: a grant is written onto an edited log",
        "workflows/approve.py",
        "    book = open_book(desk, members)\n    query = find",
        "    book = open_store(desk)\n    query = find",
        "tests/workflows/test_ledger.py::test_nothing_is_written_onto_an_edited_ledger",
    ),
    Mutant(
        "ledger: a rollback is covered by a new checkpoint",
        "workflows/announce.py",
        "    log.check(book)\n    before = last_checkpoint(desk, members)\n    if before is not None:",
        "    log.check(book)\n    before = last_checkpoint(desk, members)\n    if False:",
        "tests/workflows/test_ledger.py::test_a_restored_backup",
    ),
    Mutant(
        "site: it signs with keys that nobody enrolled",
        "workflows/standing.py",
        "    if member.signing_key != own.signing_key:",
        "    if False:",
        "tests/workflows/test_governance.py::test_a_rotation_that_is_not_enrolled_yet",
    ),
    Mutant(
        "walk: computed before it is charged",
        "workflows/walk.py",
        "    charged = _charge(site, admission, snapshot)\n",
        "    errand(None, None, None)\n    charged = _charge(site, admission, snapshot)\n",
        "tests/workflows/test_interrupted.py::test_a_charge_comes_before_the_vault",
    ),
    Mutant(
        "admission: an expired query runs",
        "workflows/admit.py",
        "    if asked.expires <= desk.now:",
        "    if False:",
        "tests/workflows/test_admission.py",
    ),
    Mutant(
        "admission: the purpose does not matter",
        "workflows/admit.py",
        "    if not in_dictionary or not _covers(admission.purposes, asked.purpose):",
        "    if False:",
        "tests/workflows/test_admission.py",
    ),
    Mutant(
        "quorum: a release counts twice",
        "workflows/quorum.py",
        "        if before is not None and release.attempt <= before.release.value.attempt:",
        "        if False:",
        "tests/unit/workflows/test_quorum.py",
    ),
    Mutant(
        "quorum: another query's release counts",
        "workflows/quorum.py",
        "        if release.query != self._query.sha256 or release.dictionary != self._query.dictionary:",
        "        if False:",
        "tests/unit/workflows/test_quorum.py",
    ),
    Mutant(
        "one voice: a researcher hears the reason",
        "workflows/ran.py",
        "    if error.data_dependent:",
        "    if False:",
        "tests/workflows/test_data_changed.py",
    ),
    Mutant(
        "console: an exception's text is logged",
        "report/bugs.py",
        "    number, where = secrets.token_hex(4), place(error)",
        "    number, where = secrets.token_hex(4), str(error)",
        "tests/attacks/test_canary.py::test_a_bug_of_the_signer",
    ),
    Mutant(
        "vault: an exception's text is sent",
        "workflows/vault.py",
        'facts={"place": place(error)}',
        'facts={"place": str(error)}',
        "tests/attacks/test_canary.py::test_a_bug_of_the_vault",
    ),
]

RESEARCHERS = [
    Mutant(
        "doctor: a key that others read is well",
        "workflows/examine.py",
        "        if mode(folder / name) & 0o077:",
        "        if False:",
        "tests/workflows/test_doctor.py",
    ),
    Mutant(
        "doctor: the ledger is not held against what was published",
        "workflows/examine.py",
        "    book = open_book(desk, members)",
        "    from fedcli.workflows.standing import store\n\n    book = store(desk)",
        "tests/workflows/test_doctor.py",
    ),
    Mutant(
        "report: a suppressed number becomes a number",
        "workflows/tidy.py",
        "        return None, cell.low, cell.high, True",
        "        return 0, cell.low, cell.high, True",
        "tests/workflows/test_exported.py",
    ),
    Mutant(
        "amend: anything may differ",
        "policy/amendment.py",
        "        and _same_elsewhere(old, new)\n",
        "",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: analyses may be added",
        "policy/amendment.py",
        "_identities(new) <= _identities(old)",
        "_identities(new) >= set()",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: a lower quorum",
        "policy/amendment.py",
        "        and new.min_sites >= old.min_sites\n",
        "",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: a later expiry",
        "policy/amendment.py",
        "        and new.expires <= old.expires\n",
        "",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: another query is named",
        "policy/amendment.py",
        "        new.amends == old.sha256\n        and ",
        "        ",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: an older root",
        "policy/amendment.py",
        "        and new.root_version >= old.root_version\n",
        "",
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: the cohort may differ",
        "policy/amendment.py",
        '"root_version", "amends")',
        '"root_version", "amends", "cohort")',
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: one is true",
        "policy/amendment.py",
        '    return digest_of(analysis.model_dump(mode="json"))',
        '    return f"{analysis.id} {analysis.analytic} {analysis.version} {len(analysis.parameters)}"',
        "tests/unit/policy/test_amendment.py",
    ),
    Mutant(
        "amend: a claim is believed",
        "workflows/lineage.py",
        "if older is None or not only_tightens(older, found[-1]):",
        "if older is None:",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "amend: a grant opens data twice",
        "workflows/granted.py",
        "    if word.envelope not in spent:",
        "    if True:",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "amend: another researcher supersedes",
        "workflows/lineage.py",
        "found.amendments.get((query.researcher, query.sha256))",
        "dict((key[1], by) for key, by in found.amendments.items()).get(query.sha256)",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "amend: the first query still runs",
        "workflows/execute.py",
        "        check_current(found, query.value)\n",
        "",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "amend: the first query is still granted",
        "workflows/approve.py",
        "        check_current(inbox(desk, members), query.value)\n        admit(",
        "        admit(",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "amend: a word on the amended query does not count",
        "workflows/granted.py",
        "for one in reversed(lineage(desk, members, query)):",
        "for one in lineage(desk, members, query):",
        "tests/workflows/test_amended.py",
    ),
    Mutant(
        "policy diff: what loosens is called stricter",
        "policy/compare.py",
        "    if at_least_as_strict(key, after, than=before):",
        "    if True:",
        "tests/unit/policy/test_compare.py",
    ),
    Mutant(
        "policy diff: what cannot be compared is called stricter",
        "policy/compare.py",
        "    except FedcliError:\n        return False",
        "    except FedcliError:\n        return True",
        "tests/unit/policy/test_compare.py",
    ),
    Mutant(
        "policy diff: what loosens in part is no finding",
        "model/shown/plans.py",
        'one.becomes in ("looser", "mixed")',
        'one.becomes in ("looser",)',
        "tests/workflows/test_policies_compared.py",
    ),
    Mutant(
        "policy lint: a threshold that hides nobody is fine",
        "policy/lint.py",
        'rules.min_count < FEWEST and rules.rounding == "none"',
        "False",
        "tests/unit/policy/test_lint.py",
    ),
    Mutant(
        "policy lint: a share above the whole is fine",
        "policy/lint.py",
        "if not 0 < fraction(rule.share) <= 1:",
        "if not 0 < fraction(rule.share):",
        "tests/unit/policy/test_lint.py",
    ),
    Mutant(
        "mock: rows are not held against the dictionary",
        "workflows/mocking.py",
        "    for problem in checked.problems:",
        "    for problem in ():",
        "tests/workflows/test_mock_data.py::test_more_rows_than_the_dictionary_has_values_for",
    ),
    Mutant(
        "mock: the signer makes the rows",
        "workflows/mocking.py",
        "    persons = errand(task",
        "    import fedcli.engine.mock\n    persons = errand(task",
        "tests/architecture/test_processes.py::test_who_makes_mock_data_has_no_data_library",
    ),
]

_ROOMS = "tests/architecture/test_rooms.py"
_DOORS = "tests/architecture/test_doors.py"
_HEAD = "from __future__ import annotations\n"


def _import(name: str, file: str, line: str, tests: str = _ROOMS) -> Mutant:
    return Mutant(f"room: {name}", file, _HEAD, f"{_HEAD}\n{line}\n", tests)


_RECALLS = "tests/workflows/test_withdrawals.py"

RECALLS = [
    Mutant(
        "recall: any site's word counts",
        "trust/verified.py",
        'Withdrawal, membership, ("site",), where, version)\n'
        "    _check_federation(found.value.federation, membership, where)\n"
        "    _check_signer(found, found.value.site, where)\n",
        'Withdrawal, membership, ("site",), where, version)\n'
        "    _check_federation(found.value.federation, membership, where)\n",
        f"{_RECALLS}::test_by_another_site",
    ),
    Mutant(
        "recall: another federation's word counts",
        "trust/verified.py",
        'Withdrawal, membership, ("site",), where, version)\n'
        "    _check_federation(found.value.federation, membership, where)\n",
        'Withdrawal, membership, ("site",), where, version)\n',
        f"{_RECALLS}::test_of_another_federation",
    ),
    Mutant(
        "recall: the statement may be about another query",
        "trust/verified.py",
        "    return _about(found, found.value.query, where)\n\n\ndef _root_version",
        "    return found\n\n\ndef _root_version",
        f"{_RECALLS}::test_a_subject_of_another_query",
    ),
    Mutant(
        "recall: the word on one query counts for another",
        "workflows/recall.py",
        "    if (found.value.site, found.value.query) != (site, query):",
        "    if found.value.site != site:",
        f"{_RECALLS}::test_a_replay_for_another_query",
    ),
    Mutant(
        "recall: a site may recall what another released",
        "workflows/recall.py",
        "    if (found.value.site, found.value.query) != (site, query):",
        "    if found.value.query != query:",
        f"{_RECALLS}::test_by_another_site",
    ),
    Mutant(
        "recall: a release counts all the same",
        "workflows/quorum.py",
        "kept = self._recalled if release.site in self._withdrawn else self._found",
        "kept = self._found",
        f"{_RECALLS}::test_combining_leaves_it_out",
    ),
    Mutant(
        "recall: a release verifies all the same",
        "workflows/verify.py",
        '        raise fault("R-RECALLED", site=site, reason=reason, where=found.path.name)',
        "        pass",
        f"{_RECALLS}::test_a_release_does_not_verify_any_more",
    ),
    Mutant(
        "recall: a fit keeps what it was built on",
        "workflows/combine.py",
        "        recalled = built_on(query, asked, withdrawn)",
        "        recalled = False",
        f"{_RECALLS}::test_a_recall_after_the_result",
    ),
    Mutant(
        "recall: a fit starts anew as if somebody had recalled",
        "workflows/rounds.py",
        " and built_on(query, earlier, withdrawn)",
        "",
        "tests/workflows/test_rounds.py::test_a_restart_that_nothing_calls_for",
    ),
    Mutant(
        "recall: the site answers on",
        "workflows/execute.py",
        "        withdraw.check_stands(site.book, query.value.sha256)",
        "        pass",
        f"{_RECALLS}::test_a_site_answers_no_more",
    ),
    Mutant(
        "recall: a result is not flagged",
        "workflows/combine.py",
        '    return {"withdrawn": reasons(found)}',
        "    return {}",
        f"{_RECALLS}::test_a_result_that_was_made_of_it_is_flagged",
    ),
    Mutant(
        "external: a level that the dictionary does not have",
        "workflows/outside.py",
        "            if (type(level), level) not in levels:",
        "            if False:",
        "tests/workflows/test_external.py::test_what_does_not_fit_is_refused",
    ),
    Mutant(
        "external: true is 1",
        "workflows/outside.py",
        "    return {(type(level), level) for level in levels}",
        "    return {(kind, level) for level in levels for kind in (int, str, bool)}",
        "tests/workflows/test_external.py::test_a_level_has_its_type",
    ),
    Mutant(
        "external: an output is told to the ledger and not remembered",
        "workflows/outside.py",
        "        externals.add(book, known, number)",
        "        pass",
        "tests/workflows/test_external.py::test_an_output_is_ledgered_and_kept",
    ),
    Mutant(
        "opt-outs: nobody need have said a word",
        "workflows/walk.py",
        "    check_attested(site.book, site.policy, taken)",
        "    pass",
        "tests/workflows/test_opt_outs.py::test_no_word_no_answer",
    ),
    Mutant(
        "opt-outs: the word holds for data that changed",
        "workflows/attestation.py",
        "    if said is None or said.snapshot != taken.name:",
        "    if said is None:",
        "tests/workflows/test_opt_outs.py::test_data_that_changed_need_a_new_word",
    ),
    Mutant(
        "opt-outs: data that change before a run are not looked at",
        "workflows/walk.py",
        "    check_attested(site.book, site.policy, snapshot)",
        "    pass",
        "tests/workflows/test_opt_outs.py::test_data_that_change_unseen",
    ),
    Mutant(
        "project: its end does not matter",
        "workflows/admit.py",
        "    asked.check_running(desk.now)",
        "    pass",
        "tests/workflows/test_references.py::test_a_project_that_has_ended",
    ),
    Mutant(
        "export: a file that is there is replaced",
        "workflows/sacro.py",
        '            raise fault("F-EXISTS", path=path)',
        "            path.unlink()",
        "tests/workflows/test_sacro_export.py::test_a_file_that_differs_is_not_replaced",
    ),
    Mutant(
        "export: the policy of another release is told",
        "workflows/sacro.py",
        "        if found.sha256 == wanted:",
        "        if True:",
        "tests/workflows/test_sacro_export.py::test_the_policy_is_that_of_the_release",
    ),
    Mutant(
        "export: anybody may read what the checks found",
        "workflows/sacro.py",
        "write_once(folder / name, data, PRIVATE)",
        "write_once(folder / name, data)",
        "tests/workflows/test_sacro_export.py::test_the_files_are_private",
    ),
]

ROUNDS = [
    Mutant(
        "round: a site does not recompute the state",
        "workflows/rounds.py",
        "        if state is None or not same(state.json_value(), wanted[name].json_value()):",
        "        if False:",
        "tests/workflows/test_rounds.py::test_a_state_that_was_moved",
    ),
    Mutant(
        "round: a site that answered may be left out",
        "workflows/rounds.py",
        "        _check_complete(office, query, one, before, members, now, withdrawn)",
        "        pass",
        "tests/workflows/test_rounds.py::test_a_site_that_is_left_out",
    ),
    Mutant(
        "round: an older refusal counts for a site that answered since",
        "workflows/rounds.py",
        "    if unheard or len(told.releases) < query.min_sites or (missing and not late):",
        "    if len(told.releases) < query.min_sites or (missing and not late):",
        "tests/workflows/test_rounds.py::test_a_refusal_that_stands_for_an_answer",
    ),
    Mutant(
        "round: a deadline passes by the researcher's word",
        "workflows/rounds.py",
        "    late = min(told.issued, now) >",
        "    late = told.issued >",
        "tests/workflows/test_rounds.py::test_a_round_that_is_dated_ahead",
    ),
    Mutant(
        "round: a fit starts anew without a site that answered",
        "workflows/rounds.py",
        "    if unheard or len(told.releases) < query.min_sites or (missing and not late):",
        "    if len(told.releases) < query.min_sites or (missing and not late):",
        "tests/workflows/test_rounds.py::test_a_restart_that_leaves_out_who_answered",
    ),
    Mutant(
        "round: a fit starts anew though nobody fell silent",
        "workflows/rounds.py",
        "    if not (left <= were if recalled else left < were):",
        "    if False:",
        "tests/workflows/test_rounds.py::test_a_restart_that_nothing_calls_for",
    ),
    Mutant(
        "round: another query's round counts",
        "workflows/rounds.py",
        "    if (told.query, told.researcher) != (query.sha256, query.researcher):",
        "    if False:",
        "tests/workflows/test_rounds.py::test_a_round_of_another_query",
    ),
    Mutant(
        "round: an older round counts as the next",
        "workflows/rounds.py",
        "        if one.number != number + 1:",
        "        if False:",
        "tests/workflows/test_rounds.py::test_a_round_out_of_its_place",
    ),
    Mutant(
        "model: rows that repeat persons are independent",
        "analytics/glm.py",
        "        if dictionary.repeats != (self.unit is not None):",
        "        if False:",
        "tests/workflows/test_rounds.py::test_rows_that_repeat_persons",
    ),
    _check("model cells blind", 'in subject.figures("cells"))', "in [] )", "tests/spec/test_rules.py"),
    _check("parameters blind", "most * Fraction(each) < 1 for", "each < 0 for", "tests/spec/test_rules.py"),
    _check(
        "model degrees of freedom blind",
        "left < subject.rules.min_dof for",
        "left < 0 for",
        "tests/spec/test_rules.py",
    ),
    _check(
        "people are not asked",
        'subject.rules.models == "review" for',
        "False for",
        "tests/spec/test_rules.py",
    ),
]

ROOMS = [
    _import("a command signs", "commands/run.py", "import fedcli.trust.keys"),
    _import("an analytic knows the policy", "analytics/count.py", "import fedcli.policy.gate"),
    _import("an analytic knows another", "analytics/count.py", "import fedcli.analytics.summary"),
    _import("an analytic opens data", "analytics/count.py", "import fedcli.engine.duckdb"),
    _import("the policy knows an engine", "policy/gate.py", "import fedcli.engine.duckdb"),
    _import("a walk opens data", "workflows/walk.py", "import duckdb"),
    _import("the engine holds keys", "engine/duckdb.py", "import cryptography"),
    _import("the vault holds keys", "workflows/vault.py", "import fedcli.trust.keys"),
    _import("a noun knows a walk", "model/query.py", "import fedcli.workflows.walk"),
    _import("a site parses SQL", "workflows/admit.py", "import sqlglot"),
    _import("the reading room knows a walk", "report/work.py", "import fedcli.workflows.walk"),
    _import("a noun runs a program", "model/query.py", "import subprocess", f"{_ROOMS} {_DOORS}"),
    _import("somebody pickles", "files/canonical.py", "import pickle", _DOORS),
    _import("somebody draws numbers with a seed", "policy/precision.py", "import random", _DOORS),
    _import("somebody loads by name", "workflows/walk.py", "import importlib", _DOORS),
]

DOORS = [
    Mutant(
        "door: a walk unseals",
        "workflows/walk.py",
        "    return answer.answered or Unanswered(",
        "    answer.unseal_for_the_gate()\n    return answer.answered or Unanswered(",
        _DOORS,
    ),
    Mutant(
        "door: a walk mints a release",
        "workflows/walk.py",
        "        readmit(answer.answered, one.outline, site.policy.disclosure)",
        "        Released.mint(answer.answered)",
        _DOORS,
    ),
    Mutant(
        "door: a walk mints what is verified",
        "workflows/combine.py",
        '    require(desk, "researcher")\n    totals = read_totals',
        '    Verified.mint(1, (), "", "")\n    totals = read_totals',
        _DOORS,
    ),
    Mutant(
        "door: somebody evaluates text",
        "files/canonical.py",
        "    return rfc8785.dumps(value)",
        "    return eval(value)",
        _DOORS,
    ),
    Mutant(
        "door: somebody reads the environment",
        "files/assets.py",
        '    installed = _PACKAGE / "assets" / name',
        '    import os\n    installed = _PACKAGE / os.environ["X"] / name',
        _DOORS,
    ),
    Mutant(
        "door: somebody prints",
        "files/canonical.py",
        "    return rfc8785.dumps(value)",
        "    print(value)\n    return rfc8785.dumps(value)",
        _DOORS,
    ),
    Mutant(
        "door: a guard is an assert",
        "workflows/admit.py",
        "    if asked.expires <= desk.now:\n        raise fault(",
        "    assert asked.expires > desk.now\n    raise fault(",
        _DOORS,
    ),
    Mutant(
        "process: the signer loads a data library",
        "workflows/walk.py",
        _HEAD,
        f"{_HEAD}\nimport fedcli.engine.opening\n",
        "tests/architecture/test_processes.py::test_the_signer_has_no_data_library",
    ),
    Mutant(
        "process: help loads pydantic",
        "app.py",
        _HEAD,
        f"{_HEAD}\nimport fedcli.model.query\n",
        "tests/architecture/test_processes.py::test_help_loads_nothing_heavy",
    ),
]

_KNOTS = "tests/attacks/test_knots.py"
_FLAGS = "tests/attacks/test_flags.py"


def _flag(name: str, old: str, new: str, test: str, file: str = "statistics/beside.py") -> Mutant:
    return Mutant(f"flags: {name}", file, old, new, f"{_FLAGS}::{test}")


FLAGS = [
    _flag(
        "they are numbers as others",
        "tuple(map(min, row, beside.get(name, row)))",
        "row",
        "test_few_persons_have_another_number",
        "statistics/supports.py",
    ),
    _flag("zero is a value as others", "{0.0, *(", "{*(", "test_few_persons_of_a_level"),
    _flag(
        "what most share is looked for no more",
        "2 * many >= rows or ",
        "",
        "test_few_persons_among_many_values",
    ),
    _flag(
        "of two values one is looked at",
        " or len(counts) == 2)",
        ")",
        "test_both_of_two_numbers_count",
    ),
    _flag(
        "two of them are not met",
        "yield found.both[one.which, other.which]",
        "yield from ()",
        "test_few_persons_share_two_numbers",
    ),
    _flag("not met by a level", "    yield inside\n", "", "test_few_persons_of_a_level"),
    _flag(
        "not met by who lacks a level",
        "        yield outside",
        "        yield inside",
        "test_few_persons_of_a_level",
    ),
    _flag(
        "not met by a band",
        "in left.part.pieces if not right",
        "in (left.part.levels,) if not right",
        "test_a_flag_in_a_band",
    ),
    _flag(
        "the outcome is not met",
        '"score": tuple(behind(side, told)',
        '"score": tuple(behind(side, side)',
        "test_few_persons_with_the_flag_are_ill",
    ),
    _flag(
        "the outcome is none",
        "(min(alone, default=persons),)",
        "(persons,)",
        "test_few_persons_have_another_weight",
    ),
    _flag(
        "a few rows tell which values are shared",
        ">= ENOUGH",
        ">= 1",
        "test_few_complete_rows_come_first",
        "engine/others.py",
    ),
    _flag(
        "only the first block is looked at",
        "        if self._begun:\n            self._count(seen, meets)\n",
        "        if self._begun:\n",
        "test_few_persons_in_any_block",
        "engine/others.py",
    ),
]

SPLINES = [
    Mutant(
        "splines: bands are no levels",
        "statistics/bands.py",
        "if len(found[column]) > 1]",
        "if len(found[column]) > 99]",
        f"{_KNOTS}::test_few_persons_of_a_level_in_a_band",
    ),
    Mutant(
        "splines: each has its own bands",
        "statistics/bands.py",
        "knots.setdefault(factor.column, set()).update(factor.spline.knots)",
        "knots[factor.column] = set(factor.spline.knots)",
        f"{_KNOTS}::test_the_knots_of_several_splines_are_taken_together",
    ),
    Mutant(
        "splines: a level and a band are not looked at together",
        "statistics/bands.py",
        "tuple(levels | frozenset[Any](chosen) for chosen",
        "tuple(frozenset[Any](chosen) for chosen",
        f"{_KNOTS}::test_few_persons_of_a_level_in_a_band",
    ),
    Mutant(
        "splines: the outcome is not looked at by band",
        "statistics/supports.py",
        '"score": tuple(smallest(one, (told,)) for one in pieces)',
        '"score": tuple(smallest((frozenset(),), (told,)) for one in pieces)',
        f"{_KNOTS}::test_few_persons_with_the_outcome_in_a_band",
    ),
    Mutant(
        "splines: one person may hold a column",
        "statistics/supports.py",
        "if one.local and i == j else NOTHING",
        "if False else NOTHING",
        f"{_KNOTS}::test_one_person_holds_a_column",
    ),
    Mutant(
        "splines: one person may hold a band's number",
        "statistics/supports.py",
        "    return _within(found, one, j) if one.local else _within(found, other, i)",
        "    return NOTHING",
        f"{_KNOTS}::test_one_person_holds_a_bands_number",
    ),
    Mutant(
        "splines: one person may hold a band's outcome",
        "statistics/supports.py",
        "if not terms[at].indicator and not sides[at].local:",
        "if not terms[at].indicator:",
        f"{_KNOTS}::test_one_person_holds_a_bands_outcome",
    ),
    Mutant(
        "splines: the first total stands for the worst",
        "statistics/supports.py",
        "    some = [top for top in totals if top[0] > 0]",
        "    some = [top for top in totals if top[0] > 0][:1]",
        f"{_KNOTS}::test_the_worst_total_fails_where_any_does",
    ),
    Mutant(
        "splines: a band has no lower end",
        "engine/tables.py",
        "(level.low <= numbers) & (numbers < level.high)",
        "(numbers < level.high)",
        _KNOTS,
    ),
]

_WATCH = "tests/workflows/test_watch.py"
_PERSONS = "tests/attacks/test_visits.py"

WATCHES = [
    Mutant(
        "attacks: refusals cost nothing",
        "workflows/questioner.py",
        "accounts.check_refusals(self._book, _RESEARCHER, limits, self._now)",
        "pass",
        "tests/attacks/test_policy_attacks.py::test_limits_stop_an_attack",
    ),
    Mutant(
        "attacks: questions cost nothing",
        "workflows/questioner.py",
        "accounts.charge(\n                    self._book, wanted, entry, "
        "self._trial.policy.limits, self._trial.policy.privacy\n                )",
        "pass",
        "tests/attacks/test_policy_attacks.py::test_limits_stop_an_attack",
    ),
    Mutant(
        "cases: what nobody expects holds",
        "workflows/cases.py",
        "    if silent:",
        "    if not given:",
        "tests/workflows/test_policies_tested.py::test_what_is_no_case",
    ),
    Mutant(
        "kept vault: it computes with rows that were there before",
        "workflows/errand.py",
        "if self._child is None or changed or not self._places.hold(wanted):",
        "if self._child is None or not self._places.hold(wanted):",
        f"{_WATCH}::test_a_kept_vault_notices_new_data",
    ),
    Mutant(
        "kept vault: it outlives its query",
        "workflows/errand.py",
        "        for query in tuple(self._kept):",
        "        for query in ():",
        f"{_WATCH}::test_a_site_watches_in_one_vault {_WATCH}::test_a_watch_ends_where_nobody_comes",
    ),
    Mutant(
        "documents: a changed copy keeps the digest",
        "model/document.py",
        '        copied.__dict__.pop("sha256", None)\n',
        "",
        "tests/unit/model/test_digests.py",
    ),
    Mutant(
        "verification: another federation's word counts",
        "trust/verified.py",
        '("release", digest(data), *membership.identity)',
        '("release", digest(data))',
        "tests/unit/trust/test_once.py",
    ),
    Mutant(
        "model: a person with two rows has one",
        "engine/duckdb.py",
        'design.persons == "once" and self._repeated(design)',
        "False",
        "tests/oracle/test_weighted.py::test_one_row_for_each_person",
    ),
    Mutant(
        "model: visits count as persons",
        "engine/tables.py",
        "(np.add.reduceat(cells, persons, axis=1) > 0).sum(axis=1)",
        "cells.sum(axis=1).astype(int)",
        _PERSONS,
    ),
    Mutant(
        "model: a heavy weight is not seen",
        "statistics/supports.py",
        "return found.weighed[conditions[i] | conditions[j]] if design.weights else NOTHING",
        "return NOTHING",
        _PERSONS,
    ),
]

_SIBLINGS = "tests/workflows/test_siblings.py"
SIBLINGS = [
    Mutant(
        "opening: what does not fit is written to a disk",
        "engine/opening.py",
        """        "temp_directory": "''",  # no row""",
        """        "temp_directory": "'/tmp'",  # no row""",
        "tests/engine/test_opening.py::test_settings_are_as_they_were_made",
    ),
    Mutant(
        "siblings: a copy keeps the ends of others",
        "workflows/nursery.py",
        '        os.closerange(_FIRST, os.sysconf("SC_OPEN_MAX"))\n',
        "",
        f"{_SIBLINGS}::test_they_share_no_way_to_anybody_else",
    ),
    Mutant(
        "siblings: the parent keeps the ends of copies",
        "workflows/nursery.py",
        "        os.close(given)\n",
        "",
        f"{_SIBLINGS}::test_the_parent_opens_nothing",
    ),
    Mutant(
        "siblings: one takes the others with it",
        "engine/siblings.py",
        "            os.kill(self._number, signal.SIGKILL)",
        "            os.killpg(os.getpgid(self._number), signal.SIGKILL)",
        f"{_SIBLINGS}::test_one_is_ended_alone_and_all_with_their_parent",
    ),
    Mutant(
        "siblings: they live on without their parent",
        "engine/vault.py",
        "            os.killpg(self._process.pid, signal.SIGKILL)",
        "            self._process.kill()",
        "tests/engine/test_vault.py",
    ),
]

PROGRAM = [
    Mutant(
        "program: what is installed beside it gets into its documents",
        "__main__.py",
        "    without_plugins()\n",
        "",
        "tests/architecture/test_processes.py::test_what_is_beside_is_not_looked_for",
    ),
    Mutant(
        "analytics: a name is looked for outside of their folder",
        "analytics/__init__.py",
        "    if name in names():\n",
        "    if name:\n",
        "tests/unit/analytics/test_contract.py",
    ),
]

_REMEMBERED = "tests/attacks/test_remembered.py"
_SOLVED = "tests/attacks/test_attacker.py"

MEMORY = [
    Mutant(
        "memory: what was told before does not count",
        "policy/gate.py",
        "outlook = look_out(telling, history)",
        "outlook = look_out(telling, History())",
        f"{_REMEMBERED}::test_differencing",
    ),
    Mutant(
        "memory: releases are not remembered",
        "workflows/vault.py",
        "            recall.adopt(decision.told)\n",
        "            pass\n",
        "tests/workflows/test_recollection.py::test_what_is_told_is_a_record",
    ),
    Mutant(
        "memory: a site keeps nothing of what the vault wants remembered",
        "workflows/walk.py",
        "            remember(site.desk, site.book, population, computed.remember, site.policy.disclosure)\n",
        "",
        "tests/workflows/test_remembering.py",
    ),
    Mutant(
        "memory: it is of a dataset's first snapshot alone",
        "workflows/recollection.py",
        '(one.unit == "person" or one.snapshot == self._snapshot)',
        "one.snapshot == self._snapshot",
        "tests/workflows/test_recollection.py::test_persons_are_found_again",
    ),
    Mutant(
        "memory: the same persons in other words are nobody's business",
        "policy/history.py",
        "fewest = 0 if nobody and",
        "fewest = 1 if nobody and",
        _REMEMBERED,
    ),
    Mutant(
        "memory: as many numbers of a column as one likes",
        "policy/history.py",
        "len(groups | self._groups.get(column, set())) > most",
        "False",
        f"{_REMEMBERED}::test_as_many_sums_as_persons",
    ),
    Mutant(
        "ledger: questions of a project and about a population are not counted",
        "ledger/accounts.py",
        "for of in ASKING:",
        "for of in ASKING[:1]:",
        "tests/unit/ledger/test_accounts.py::test_all_of_a_project_and_about_a_population",
    ),
    Mutant(
        "memory: what left by another door is nobody's business",
        "workflows/recollection.py",
        'memory.outside if rules.memory == "population" else ()',
        "()",
        "tests/workflows/test_recollection.py::test_what_left_by_another_door",
    ),
    Mutant(
        "memory: a table from elsewhere is not handed on",
        "workflows/remembering.py",
        "if of.dataset == dictionary.dataset and",
        "if False and",
        "tests/workflows/test_external.py::test_what_left_is_remembered",
    ),
    Mutant(
        "memory: what the same persons contribute may change",
        "policy/history.py",
        "apart = apart or one.changed(spot.people, other)",
        "pass",
        "tests/unit/policy/test_history.py::test_few_whose_values_changed",
    ),
    Mutant(
        "memory: what a person has is not digested",
        "engine/register.py",
        "sum(fedcli_word) %",
        "0 * sum(fedcli_word) %",
        "tests/workflows/test_recollection.py::test_few_of_the_same_persons_changed",
    ),
    Mutant(
        "memory: how many rows a person has is not looked at",
        "engine/register.py",
        "count(*) % {2",
        "0 * count(*) % {2",
        "tests/workflows/test_recollection.py::test_few_of_the_same_persons_changed",
    ),
    Mutant(
        "memory: contributions are not kept",
        "policy/remember.py",
        "base64.b64encode(one.contributions).decode()",
        '""',
        "tests/unit/policy/test_history.py::test_a_record_and_back",
    ),
    Mutant(
        "memory: traits that were told before betray nobody",
        "policy/history.py",
        "cohorts = [(people, dict(traits)) for people, traits in self._traits]",
        "cohorts: list[tuple[BitMap, dict[ColumnName, int]]] = []",
        "tests/unit/policy/test_history.py::test_traits_by_person",
    ),
    Mutant(
        "memory: any number of traits of few persons",
        "policy/secondary.py",
        "exposed = history.exposed(known) > fraction(telling.rules.traits_per_person)",
        "exposed = False",
        "tests/spec/test_rules.py",
    ),
    Mutant(
        "memory: a task without it is a first question",
        "workflows/vault.py",
        "if task.disclosure.remembers and task.memory is None:",
        "if False:",
        "tests/workflows/test_remembering.py::test_a_task_without_its_memory_is_a_bug",
    ),
    Mutant(
        "memory: records are kept where the policy wants none",
        "workflows/remembering.py",
        'if rules.memory == "none" or not records:',
        "if not records:",
        "tests/workflows/test_remembering.py::test_nothing_is_remembered_where_the_policy_says_so",
    ),
    Mutant(
        "memory: the same is kept again and again",
        "workflows/recollection.py",
        "if one.sha256 not in self._known:",
        "if True:",
        "tests/workflows/test_recollection.py::test_the_same_again_is_no_record",
    ),
    Mutant(
        "memory: queries come in any order",
        "workflows/inbox.py",
        "(one.value.issued, one.value.sha256)",
        "one.value.sha256",
        "tests/workflows/test_remembering.py::test_the_first_that_was_signed_comes_first",
    ),
    Mutant(
        "secondary: a cell of nobody counts as known",
        "policy/history.py",
        "if other.people and other.people == spot.people",
        "if other.people == spot.people",
        "tests/unit/policy/test_history.py",
    ),
    Mutant(
        "memory: persons beyond the number of rows are lost",
        "engine/duckdb.py",
        "{ORDINAL} % {of} = {part}",
        "{ORDINAL} // {TOGETHER} = {part}",
        "tests/engine/test_register.py",
    ),
    Mutant(
        "memory: a mean of two values tells no count",
        "engine/members.py",
        'return column.type == "integer" and bounds is not None and bounds[1] - bounds[0] == 1',
        "return False",
        f"{_REMEMBERED}::test_one_hot_times_a_mean",
    ),
    Mutant(
        "memory: a model tells no counts",
        "engine/members.py",
        "(*told, *untold))",
        "tuple(untold))",
        f"{_REMEMBERED}::test_a_model_beside_a_table",
    ),
    Mutant(
        "memory: a record is not bound to its place",
        "trust/atrest.py",
        "self.__cipher.decrypt(box[:NONCE], box[NONCE:], place.encode())",
        'self.__cipher.decrypt(box[:NONCE], box[NONCE:], place.replace("2", "1").encode())',
        "tests/unit/trust/test_atrest.py",
    ),
    Mutant(
        "secondary: the attacker does not look down",
        "policy/attacker.py",
        "*self._stuck(above, False)",
        "",
        _SOLVED,
    ),
    Mutant(
        "secondary: the attacker does not look up",
        "policy/attacker.py",
        "*self._stuck(below, True), ",
        "",
        _SOLVED,
    ),
    Mutant(
        "secondary: the size of a cohort is not known from elsewhere",
        "policy/secondary.py",
        "        yield [*near, *sizes], True",
        "        yield near, True",
        f"{_REMEMBERED}::test_margins",
    ),
]

REVIEWS = [
    Mutant(
        "review: people lift what a check refuses",
        "policy/gate.py",
        "return name in looked and CHECKS[name].mitigation is Mitigation.ASK",
        "return name in looked",
        "tests/unit/policy/test_gate.py::test_people_lift_only_what_asks_them",
    ),
    Mutant(
        "review: what asks is lifted unseen",
        "policy/gate.py",
        "return name in looked and CHECKS[name].mitigation is Mitigation.ASK",
        "return CHECKS[name].mitigation is Mitigation.ASK",
        "tests/unit/policy/test_gate.py",
    ),
    Mutant(
        "review: the author may",
        "workflows/reviewed.py",
        "    if name == query.researcher:",
        "    if False:",
        "tests/workflows/test_reviews.py::test_the_author_does_not_review",
    ),
    Mutant(
        "review: anybody of the site may",
        "workflows/reviewed.py",
        "    if not _may_review(member, site):",
        "    if member is None:",
        "tests/workflows/test_reviews.py::test_who_may_not_review",
    ),
    Mutant(
        "review: one key counts twice",
        "workflows/reviewed.py",
        "last = {one.review.value.reviewer: one.review for one in words}",
        "last = {one.review.envelope: one.review for one in words}",
        "tests/workflows/test_reviews.py::test_one_person_is_not_two",
    ),
    Mutant(
        "review: one person is enough",
        "workflows/reviewed.py",
        "len(keys) >= wanted.people and filled(",
        "filled(",
        "tests/workflows/test_reviews.py::test_one_person_is_not_two",
    ),
    Mutant(
        "review: roles do not matter",
        "workflows/reviewed.py",
        "len(keys) >= wanted.people and filled(list(wanted.roles), able)",
        "len(keys) >= wanted.people",
        "tests/workflows/test_reviews.py::test_roles_apart",
    ),
    Mutant(
        "review: a rejection ends nothing",
        "workflows/reviewed.py",
        '        return "rejected"',
        "        pass",
        "tests/workflows/test_reviews.py::test_a_rejection_ends_it",
    ),
    Mutant(
        "review: a word for changes does not stand",
        "workflows/reviewed.py",
        '        return "changes-requested"',
        "        pass",
        "tests/workflows/test_reviews.py::test_who_sent_it_back_can_let_it_out",
    ),
    Mutant(
        "review: words on another query count",
        "workflows/reviewed.py",
        "    if verified.value.query != query or",
        "    if",
        "tests/workflows/test_reviews.py::test_reviews_of_another_query",
    ),
    Mutant(
        "review: another snapshot is let out",
        "workflows/reviewed.py",
        "here = (parked.snapshot, parked.policy) == (snapshot, policy.sha256)",
        "here = parked.policy == policy.sha256",
        "tests/workflows/test_reviews.py::test_another_snapshot",
    ),
    Mutant(
        "review: another policy is let out",
        "workflows/reviewed.py",
        "here = (parked.snapshot, parked.policy) == (snapshot, policy.sha256)",
        "here = parked.snapshot == snapshot",
        "tests/workflows/test_reviews.py::test_another_policy",
    ),
    Mutant(
        "review: other findings than were shown are let out",
        "workflows/walk.py",
        "    if seen is None or answer.findings == seen:",
        "    if True:",
        "tests/workflows/test_reviews.py::test_other_findings_than_were_shown",
    ),
    Mutant(
        "review: a rejection comes too late while it is computed",
        "workflows/walk.py",
        "    if out.envelopes != plan.reviews:",
        "    if False:",
        "tests/workflows/test_reviews.py::test_a_rejection_while_it_is_released",
    ),
    Mutant(
        "review: other data answer again what was answered",
        "workflows/walk.py",
        '    if known and known[-1].outcome == "released" and (problem or not out.envelopes):',
        "    if False:",
        "tests/workflows/test_reviews.py::test_a_change_after_a_part_was_released",
    ),
    Mutant(
        "review: a refusal takes an answer back",
        "workflows/execute.py",
        "if error.code not in _AT_HOME and not answered and not said_before",
        "if error.code not in _AT_HOME and not said_before",
        "tests/workflows/test_reviews.py::test_a_change_after_a_part_was_released",
    ),
    Mutant(
        "review: it is ledgered before it is decided",
        "workflows/review.py",
        '        if review.decision == "reject":',
        "        if True:",
        "tests/workflows/test_reviews.py::test_nothing_is_told_before_it_is_decided",
    ),
    Mutant(
        "review: exact values of changed data are shown",
        "workflows/review.py",
        "    if not _current(at) or not _as_it_was(at):",
        "    if not _current(at):",
        "tests/workflows/test_reviews.py::test_another_snapshot",
    ),
    Mutant(
        "review: a difference of a few is not marked",
        "policy/earlier.py",
        "if one.apart.low < least else",
        "if one.apart.low < 0 else",
        "tests/unit/policy/test_earlier.py tests/workflows/test_reviews_earlier.py",
    ),
    Mutant(
        "review: a difference is marked at the threshold too late",
        "policy/earlier.py",
        "if one.apart.low < least else",
        "if one.apart.low < least - 1 else",
        "tests/unit/policy/test_earlier.py",
    ),
    Mutant(
        "review: what is alike is buried under what is new",
        "workflows/earlier.py",
        "near = sorted(others, key=lambda one: one.asked.asks != asked.asks)",
        "near = others",
        "tests/unit/workflows/test_earlier.py",
    ),
    Mutant(
        "review: one that was taken away is not missed",
        "workflows/reviewed.py",
        '        raise fault("L-REVIEW", where=_WHERE)',
        "        pass",
        "tests/workflows/test_reviews.py::test_a_rejection_that_was_taken_away",
    ),
    Mutant(
        "review: a release needs only one",
        "workflows/reviewed.py",
        "LEAST = 2",
        "LEAST = 1",
        "tests/workflows/test_reviews.py::test_one_review_is_not_two",
    ),
    Mutant(
        "review: a release counts names, not keys",
        "workflows/reviewed.py",
        "keys.setdefault(word.round, set()).add(member.signing_key)",
        "keys.setdefault(word.round, set()).add(named)",
        "tests/workflows/test_reviews.py::test_two_reviews_with_one_key",
    ),
    Mutant(
        "review: a release names what is about something else",
        "workflows/reviewed.py",
        "if digest(data) != named or not _lets_out(word, release):",
        "if digest(data) != named:",
        "tests/workflows/test_reviews.py::test_a_review_of_something_else",
    ),
    Mutant(
        "review: a release may be reviewed by its author",
        "workflows/reviewed.py",
        "or member.name in authors:",
        "or False:",
        "tests/workflows/test_reviews.py::test_a_review_by_the_author",
    ),
    Mutant(
        "review: who adds up does not look",
        "workflows/rounds.py",
        "    check_reviews(told, path, members, {query.researcher}, where)\n",
        "",
        "tests/workflows/test_reviews.py::test_one_review_is_not_two",
    ),
    Mutant(
        "review: who verifies does not look",
        "workflows/verify.py",
        "    check_reviews(release, path, members, authors, path.name)\n",
        "",
        "tests/workflows/test_reviews.py::test_one_review_is_not_two",
    ),
    Mutant(
        "review: an answer is taken back by a later attempt",
        "workflows/quorum.py",
        "all(told.get(name) == one for name, one in kept)",
        "True",
        "tests/workflows/test_reviews.py::test_an_answer_does_not_change_afterwards",
    ),
    Mutant(
        "review: each round is covered where people look at all",
        "workflows/reviewed.py",
        '(parked < round_ and policy.admission.review != "all")',
        "parked < round_",
        "tests/workflows/test_reviews.py::test_each_round_has_its_own_review",
    ),
]

_SPEC = "tests/spec/test_rules.py"
_PRECISION = "tests/attacks/test_precision.py"

ROUNDING = [
    Mutant(
        "rounding: a mean beside a count that is told as zero is exact",
        "statistics/rounding.py",
        'if rounding == "none" or not isinstance(n, int):',
        'if rounding == "none" or not isinstance(n, int) or n <= 0:',
        "tests/unit/statistics/test_rounding.py",
    ),
    Mutant(
        "rounding: counts leave as they are",
        "policy/precision.py",
        "return told(cell, rules.rounding) if isinstance(cell, int) else cell",
        "return cell",
        _SPEC,
    ),
    Mutant(
        "rounding: zero is told as a count",
        "statistics/rounding.py",
        "% width + middle if count else 0",
        "% width + middle",
        "tests/unit/statistics/test_rounding.py",
    ),
    Mutant(
        "rounding: a number that no count is rounded to comes in",
        "policy/gate.py",
        "told_as(cell, rules.rounding, rules.min_count, zero)",
        "(cell >= rules.min_count or (cell == 0 and zero))",
        "tests/laws/test_readmit.py",
    ),
    Mutant(
        "rounding: a release may say that it rounds otherwise",
        "policy/gate.py",
        "or coarse != _coarse(outline, rules):",
        "or coarse[0] != _coarse(outline, rules)[0]:",
        "tests/laws/test_readmit.py",
    ),
    Mutant(
        "rounding: the interval of a hidden spread tells n",
        "statistics/moments.py",
        'widest(self.cells["n"][index], rules.rounding, rules.min_count)',
        'span(self.cells["n"][index]).high',
        _SPEC,
    ),
    Mutant(
        "rounding: a mean keeps its digits",
        "policy/precision.py",
        'MOST_DIGITS.get(field.precision) if rules.rounding != "none" else None',
        "None",
        _SPEC,
    ),
    Mutant(
        "rounding: a mean of whole numbers is on no grid",
        "statistics/moments.py",
        "return step(self.cells",
        "return 0.0 * step(self.cells",
        _PRECISION,
    ),
    Mutant(
        "rounding: squared deviations are on the grid of a mean",
        "statistics/rounding.py",
        "2 * width if spread else width / max(first, 1)",
        "width / max(first, 1)",
        _PRECISION,
    ),
    _check(
        "a model leaves where counts are rounded",
        'subject.rules.rounding != "none" for _',
        "False for _",
        _SPEC,
    ),
    Mutant(
        "rounding: a model leaves where checks are only recorded",
        "policy/ontology.py",
        'a null deviance gives n and the events",\n        binds=True,',
        'a null deviance gives n and the events",',
        _PRECISION,
    ),
    Mutant(
        "rounding: a sum of rounded counts is taken for exact",
        "statistics/interval.py",
        "return about(one + other, span(left) + span(right), whole=True)",
        "return one + other",
        _SPEC,
    ),
    Mutant(
        "rounding: what was released is taken for exact",
        "combiners/sum.py",
        "return known(shape, answer.rounding)",
        "return shape",
        "tests/workflows/test_rounded.py",
    ),
    Mutant(
        "rounding: one of two rules is taken for stricter",
        "policy/layers.py",
        "    if below != above:",
        "    if False:",
        "tests/unit/policy/test_layers.py",
    ),
    Mutant(
        "policy lint: a threshold within a class is fine",
        "policy/lint.py",
        "    if first < rules.min_count:",
        "    if False:",
        "tests/unit/policy/test_lint.py",
    ),
]

_AUDIT = "tests/unit/policy/test_federation.py"


def _audit(name: str, file: str, old: str, new: str, tests: str = _AUDIT) -> Mutant:
    return Mutant(f"audit: {name}", f"policy/{file}.py", old, new, tests)


AUDIT = [
    _audit(
        "no cell can be as large as it says",
        "worlds",
        "short = sorted({*self._short(True), *self._short(False)} - self._left)",
        "short = sorted({*self._short(False)} - self._left)",
    ),
    _audit(
        "no cell can be as small as it says",
        "worlds",
        "short = sorted({*self._short(True), *self._short(False)} - self._left)",
        "short = sorted({*self._short(True)} - self._left)",
    ),
    _audit(
        "a cell that is open above is never known",
        "worlds",
        "moved = np.isinf(high) & (self._most > self._least + _NEAR)",
        "moved = np.isinf(high)",
    ),
    _audit(
        "pieces are strangers",
        "worlds",
        "            sheet.add([(1, mine + first), (-1, other + first)], Span(0, 0))\n",
        "            pass\n",
    ),
    _audit(
        "persons of a part may be more than those of the whole",
        "persons",
        "                    yield NoMore(found, (cell,))",
        "                    pass",
    ),
    _audit(
        "persons need not be in any cell of another table",
        "persons",
        "            yield NoMore(cell, tuple(found for found, there in others if _meet(where, there)))",
        "            pass",
    ),
    _audit(
        "persons with several rows add up",
        "told",
        "return shape.per_person != 1 or dictionary.rows_per_person == 1",
        "return True",
    ),
    _audit(
        "who lacks a value is told of all",
        "told",
        "((1, group), (-1, (*group, *whole))), cell)",
        "((1, group),), cell)",
    ),
    _audit(
        "an upper edge is in no bin",
        "told",
        "[(float(edges[-1]), 1.0)]",
        "[(float(edges[-1]), 0.0)]",
    ),
    _audit(
        "what was rounded is taken for exact",
        "worlds",
        "sheet.add(self._sum(site, one), span(one.cell))",
        "sheet.add(self._sum(site, one), span(getattr(one.cell, 'value', one.cell)))",
    ),
    _audit(
        "pooled counts are not looked at",
        "worlds",
        "*(tables.pooled() if totals else ())",
        "*()",
    ),
    _audit(
        "a total is of all sites",
        "worlds",
        "covered = total.sites or tuple(self._sites)",
        "covered = tuple(self._sites)",
    ),
    _audit(
        "a site that told nothing has nothing",
        "worlds",
        "total.count if len(answered) == len(covered) else -math.inf",
        "total.count",
    ),
    _audit(
        "totals that cannot be are passed over",
        "federation",
        "        if not ends[0].possible:",
        "        if False:",
    ),
    _audit(
        "a site that contradicts itself is not named",
        "federation",
        "tuple(site for site, one in each.items() if not one.possible)",
        "()",
    ),
    _audit(
        "what is too large is passed over",
        "federation",
        "return Audit(audited=False, hidden=hidden, left=hidden)",
        "return Audit(audited=True, hidden=hidden)",
    ),
    _audit(
        "what was not reached is passed over",
        "worlds",
        "left=len(self._left))",
        "left=0)",
    ),
    Mutant(
        "audit: combine does not audit",
        "workflows/combine.py",
        'result.model_copy(update={"audit": audited})',
        "result",
        "tests/workflows/test_audit.py::test_a_margin_attack_is_told",
    ),
    Mutant(
        "audit: nobody is warned",
        "model/shown/results.py",
        "return (*worked_out(self.result), *gone)",
        "return gone",
        "tests/workflows/test_audit.py::test_a_margin_attack_is_told",
    ),
    Mutant(
        "audit: totals of what has no such level",
        "workflows/auditing.py",
        "if (type(level), level) not in levels.get(name, ()):",
        "if False:",
        "tests/workflows/test_audit.py::test_totals_that_do_not_fit",
    ),
    Mutant(
        "audit: persons with several rows are summed for a total",
        "workflows/auditing.py",
        "if not of_rows(outline, agreed) and total.levels.keys() != levels.keys():",
        "if False:",
        "tests/workflows/test_audit.py::test_persons_with_several_rows_have_totals_of_one_cell",
    ),
]

_NEIGHBOURS = "tests/laws/test_neighbours.py::test_one_person_fewer"
_PRIVATE = "tests/workflows/test_private.py"

PRIVACY = [
    Mutant(
        "bounding: by the place of a row in the data",
        "engine/bounding.py",
        'text if self._person is None else f"{text} QUALIFY {self._first(self._row(names), most)}"',
        'text if self._person is None else text.replace("FROM cohort", "FROM (SELECT *, row_number() "'
        ' "OVER () AS place FROM cohort)") + " QUALIFY " + self._first(self._hashed("place"), most)',
        _NEIGHBOURS,
    ),
    Mutant(
        "bounding: all rows and cells of a person",
        "engine/bounding.py",
        "ORDER BY {order}) <= {most}",
        "ORDER BY {order}) >= 0",
        _NEIGHBOURS,
    ),
    Mutant(
        "bounding: rows of one person chosen with another's",
        "engine/bounding.py",
        "row_number() OVER (PARTITION BY {person} ORDER BY {order}) <= {most}",
        "row_number() OVER (ORDER BY {order}) <= 3 * {most}",
        _NEIGHBOURS,
    ),
    Mutant(
        "bounding: ties as the data lie",
        "engine/bounding.py",
        'return ", ".join([*hashed, *held]) or "0"',
        'return ", ".join(hashed) or "0"',
        "tests/laws/test_neighbours.py::test_order_and_threads_change_nothing",
    ),
    Mutant(
        "bounding: values as they are",
        "engine/bounding.py",
        "CASE WHEN {z} > 1 THEN 1 WHEN {z} < -1 THEN -1 ELSE {z} END",
        "CASE WHEN abs({z}) > 9 THEN 9 ELSE {z} END",
        _NEIGHBOURS,
    ),
    Mutant(
        "bounding: sums of floats",
        "engine/bounding.py",
        '* {steps}) AS BIGINT)"',
        '* {steps}) AS DOUBLE)"',
        "tests/laws/test_neighbours.py::test_order_and_threads_change_nothing",
    ),
    Mutant(
        "bounding: a level that nobody declared is an error",
        "engine/bounding.py",
        "for at, test in enumerate(tests))} END",
        "for at, test in enumerate(tests))} ELSE error('level') END",
        f"{_NEIGHBOURS} {_PRIVATE}::test_faulty_values_are_bounded_and_not_told",
    ),
    Mutant(
        "bounding: rows of nobody count",
        "engine/bounding.py",
        'f"{quoted(self._person)} IS NOT NULL"',
        '"1 = 1"',
        f"{_PRIVATE}::test_rows_of_nobody_are_left_out",
    ),
    Mutant(
        "forms: a table's sensitivity",
        "statistics/tallies.py",
        'self.most if self.of == "person" else self.most**2',
        'self.most if self.of == "person" else self.most',
        _NEIGHBOURS,
    ),
    Mutant(
        "forms: a sensitivity of one row",
        "statistics/powers.py",
        "return Fraction(3 * self.rows**2 * len(self.scales))",
        "return Fraction(3 * len(self.scales))",
        _NEIGHBOURS,
    ),
    Mutant(
        "forms: a sensitivity of one variable",
        "statistics/powers.py",
        "return Fraction(3 * self.rows**2 * len(self.scales))",
        "return Fraction(3 * self.rows**2)",
        _NEIGHBOURS,
    ),
    Mutant(
        "forms: parts of a bundle are each the whole",
        "statistics/forms.py",
        "return sum((part.square for part in self.parts.values()), Fraction(0))",
        "return max(part.square for part in self.parts.values())",
        f"{_NEIGHBOURS} tests/laws/test_neighbours.py::test_a_bundle_adds_up",
    ),
    Mutant(
        "seal: floats are sealed",
        "statistics/seal.py",
        "or not all(type(one) is int for one in vector)",
        "or False",
        "tests/laws/test_seal.py",
    ),
    Mutant(
        "gate: the noise is not looked at when it arrives",
        "policy/gate.py",
        "if not calibrated(noise.scale * form.unit, form.steps, fraction(share) / form.draws):",
        "if False:",
        "tests/laws/test_readmit_noisy.py",
    ),
    Mutant(
        "gate: another price arrives",
        "policy/gate.py",
        "(noise.rho, noise.steps, noise.contribution) != (share, form.unit, contribution)",
        "noise.steps != form.unit",
        "tests/laws/test_readmit_noisy.py",
    ),
    Mutant(
        "gate: numbers that no noise makes",
        "policy/gate.py",
        "not all(_is_step(cell, form.unit) for cell in row)",
        "False",
        "tests/laws/test_readmit_noisy.py",
    ),
    Mutant(
        "gate: more fields than were planned",
        "policy/gate.py",
        "    if answered != _noisy(told, noise):\n",
        "    if False:\n",
        "tests/laws/test_readmit_noisy.py",
    ),
    Mutant(
        "walk: new rules draw anew for the same charge",
        "workflows/walk.py",
        'return digest_of({"mode": query.privacy.mode})',
        "pass",
        f"{_PRIVATE}::test_the_same_question_has_the_same_noise",
    ),
    Mutant(
        "walk: faulty values are refused",
        "workflows/walk.py",
        "problem = form_problem(problem)",
        "pass",
        f"{_PRIVATE}::test_faulty_values_are_bounded_and_not_told",
    ),
    Mutant(
        "pricing: each analysis costs all of the query",
        "workflows/pricing.py",
        "each = units(asked.rho) // len(analyses)",
        "each = units(asked.rho)",
        f"{_PRIVATE}::test_a_noisy_answer",
    ),
    Mutant(
        "pricing: every promise is whole",
        "workflows/pricing.py",
        "conditional=bool(taken_back(book, population))",
        "conditional=False",
        f"{_PRIVATE}::test_exact_answers_make_a_promise_conditional",
    ),
    Mutant(
        "budget: a promise beside exact answers",
        "ledger/budget.py",
        '"exact": answered_in(store, population, "disclosure-control")',
        '"exact": False',
        f"{_PRIVATE}::test_exact_answers_make_a_promise_conditional",
    ),
    Mutant(
        "budget: a promise beside what left by another door",
        "ledger/budget.py",
        '"outside": bool(externals.of_population(store, population))',
        '"outside": False',
        f"{_PRIVATE}::test_what_left_by_another_door_makes_a_promise_conditional",
    ),
    Mutant(
        "pricing: a key that anybody can make",
        "workflows/pricing.py",
        'book.setting("snapshot_key") or ""',
        '""',
        f"{_PRIVATE}::test_the_key_that_chooses_rows_is_the_sites_own",
    ),
    Mutant(
        "accuracy: of one number alone",
        "combiners/noise.py",
        "return [HALF * math.sqrt(total / seen) if seen else 0.0 for total, seen in pairs]",
        "return [HALF * math.sqrt(total) / seen if seen else 0.0 for total, seen in pairs]",
        "tests/unit/combiners/test_noise.py",
    ),
]

_NOISE = "tests/unit/policy/test_noise.py"
_ZCDP = "tests/unit/policy/test_zcdp.py"


def _noise(name: str, old: str, new: str, tests: str = _NOISE, module: str = "noise") -> Mutant:
    return Mutant(f"noise: {name}", f"policy/{module}.py", old, new, tests)


NOISE = [
    _noise("none", "noisy = measurement(entries)", "noisy = entries"),
    _noise("of half the width", "noisy = measurement(entries)", "noisy = _normal(scale / 2)(entries)"),
    _noise(
        "of a quarter of the width, seen from outside",
        "noisy = measurement(entries)",
        "noisy = _normal(scale / 4)(entries)",
        "tests/attacks/test_privacy_audit.py",
    ),
    _noise(
        "each copy of an entry has the same",
        "measurement(entries)\n",
        "measurement(entries[:1]) * len(entries)\n",
    ),
    _noise("the highest score wins", "negate=True", "negate=False"),
    _noise(
        "a score moves in one direction alone",
        "monotonic=False",
        "monotonic=True",
        "tests/unit/policy/test_noise.py::test_the_lowest_is_chosen",
    ),
    _noise(
        "a choice at another price than paid",
        "index = int(measurement(entries))",
        "index = int(_gumbel(linf / 8)(entries))",
    ),
    _noise("the price is not looked at", "    if not _paid(measurement, distance, rho):", "    if False:"),
    _noise("an entry is lost", "    if len(noisy) != len(entries):", "    if False:"),
    _noise("a choice is not of the scores", "    if not 0 <= index < len(entries):", "    if False:"),
    _noise("what is no whole number", "if any(type(entry) is not int for entry in entries):", "if False:"),
    _noise("an entry is too large", "if any(abs(entry) >= LARGEST for entry in entries):", "if False:"),
    _noise("a sensitivity below zero", "if type(linf) is not int or linf <= 0:", "if False:"),
    _noise(
        "a scale that the search found is believed",
        "if scale > WIDEST or not calibrated(scale, square, rho):",
        "if scale > WIDEST:",
    ),
    _noise("it is cut off", "if scale > WIDEST or not calibrated", "if not calibrated"),
    _noise(
        "every scale is right",
        "    return least <= Fraction(scale) ** 2 <= least * LOOSEST**2",
        "    return True",
        _ZCDP,
        "zcdp",
    ),
    _noise(
        "a scale below the least",
        "return least <= Fraction(scale) ** 2 <=",
        "return Fraction(scale) ** 2 <=",
        _ZCDP,
        "zcdp",
    ),
    _noise(
        "rho is a half of what it is",
        "least = Fraction(square) / (2 * rho)\n    scale",
        "least = Fraction(square) / (4 * rho)\n    scale",
        _ZCDP,
        "zcdp",
    ),
    _noise(
        "the price is not a fraction", "not isinstance(rho, Fraction) or rho <= 0", "rho <= 0", _ZCDP, "zcdp"
    ),
    _noise("epsilon at one order alone", "low, high = -30.0, 60.0", "low, high = 1.0, 1.0", _ZCDP, "zcdp"),
    _noise(
        "epsilon leaves out what delta costs",
        "(log_delta - math.log1p(x)) / x",
        "-math.log1p(x) / x",
        _ZCDP,
        "zcdp",
    ),
]

_BUDGET = "tests/unit/ledger/test_budget.py"
_SHOWN = "tests/workflows/test_budgets_shown.py"


def _filter(name: str, old: str, new: str, test: str, file: str = "ledger/budget.py") -> Mutant:
    return Mutant(f"budget: {name}", file, old, new, f"{_BUDGET}{test}" if test[0] == ":" else test)


BUDGETS = [
    _filter(
        "never spent",
        "        if price > max(left, 0):",
        "        if False:",
        "::test_the_capacity_of_a_population",
    ),
    _filter(
        "one unit more than there is",
        "        if price > max(left, 0):",
        "        if price > max(left, 0) + 1:",
        "::test_a_capacity_can_be_used_up_to_the_last_unit",
    ),
    _filter(
        "projects have none",
        '        ("project", wanted.project, privacy.project_rho),',
        "",
        "::test_the_capacity_of_a_project",
    ),
    _filter(
        "a plan never ends",
        "    if plan is None or drawn >= (wanted.draws or 1):",
        "    if plan is None:",
        "::test_the_draw_after_the_last_pays_anew",
    ),
    _filter(
        "later draws have no price",
        "units(wanted.share) * (wanted.draws or 1)",
        "units(wanted.share)",
        "::test_the_first_draw_pays_for_all",
    ),
    _filter(
        "the plan of somebody else pays",
        '("question", "snapshot", "researcher", "mode", "share", "draws")',
        '("question", "snapshot", "mode", "share", "draws")',
        "::test_another_plan_pays_for_itself",
    ),
    _filter(
        "the plan of another snapshot pays",
        '("question", "snapshot", "researcher", "mode", "share", "draws")',
        '("question", "researcher", "mode", "share", "draws")',
        "::test_another_plan_pays_for_itself",
    ),
    _filter(
        "what projects spent is not of the population",
        "if project in (None, one.project))",
        "if project == one.project)",
        "::test_the_capacity_of_a_population",
    ),
    _filter(
        "exact answers at any time",
        "    budget.check_mode(store, wanted, privacy, entry.at)",
        "    pass",
        "::test_no_exact_answer_after_a_noisy_one",
        "ledger/accounts.py",
    ),
    _filter(
        "not looked at in the transaction",
        "        budget.check(store, wanted, privacy)",
        "        pass",
        "tests/workflows/test_budget_races.py::test_processes_at_one_budget",
        "ledger/accounts.py",
    ),
    _filter(
        "more rho is the same charge",
        'told if charge.share is None else told | {"share": charge.share}',
        "told",
        "::test_another_share_is_another_charge",
        "ledger/accounts.py",
    ),
    _filter(
        "a charge without a share",
        '        if (self.mode == "differential-privacy") != (self.share is not None):',
        "        if False:",
        "::test_a_charge_has_a_share_where_it_needs_one",
        "model/charge.py",
    ),
    _filter(
        "charges that the log does not have",
        "    accounts.check(book)",
        "    pass",
        f"{_SHOWN}::test_a_forged_account",
        "workflows/announce.py",
    ),
    _filter(
        "that of a restored backup is shown",
        "    return _Site(open_book(desk, members),",
        "    from fedcli.workflows.standing import store\n    return _Site(store(desk),",
        f"{_SHOWN}::test_a_restored_backup_shows_no_budget",
        "workflows/budgeting.py",
    ),
    _filter(
        "exact answers leave an epsilon",
        "because = tuple(_BECAUSE[why] for why in budget.taken_back(site.book, population))",
        "because: tuple[str, ...] = ()",
        f"{_SHOWN}::test_an_exact_answer_makes_it_conditional",
        "workflows/budgeting.py",
    ),
]

_BOUNDED_MODELS = "tests/unit/statistics/test_models_noise.py"
BOUNDED_MODELS = [
    Mutant(
        "noisy models: a row that reaches far weighs as much as any",
        "engine/whole.py",
        "told: Vector = square / np.maximum(squares(x), square)",
        "told: Vector = np.ones(x.shape[1])",
        f"{_BOUNDED_MODELS}::test_a_row_moves_each_field_no_further_than_its_bound",
    ),
    Mutant(
        "noisy models: a row weighs less for its outcome too, which makes coefficients wrong",
        "engine/whole.py",
        "        lean = np.sqrt(self._weights(x, block))",
        "        lean = np.sqrt(self._weights(np.vstack([x, np.nan_to_num(block.y)]), block))",
        f"{_BOUNDED_MODELS}::test_without_noise_it_is_the_weighted_fit",
    ),
    Mutant(
        "noisy models: all rows of a person count",
        "engine/bounded.py",
        "self._blocks(form.design, form.reach.rows)",
        "self._blocks(form.design, 1000)",
        f"{_BOUNDED_MODELS}::test_the_vector_is_the_one_by_hand",
    ),
    Mutant(
        "noisy models: several rows of a person are thought to be one",
        "statistics/models.py",
        "return self.reach.rows**2 * (1 + gram + quarters)",
        "return self.reach.rows * (1 + gram + quarters)",
        f"{_BOUNDED_MODELS}::test_no_person_moves_the_vector_further_than_the_form_says",
    ),
    Mutant(
        "noisy models: factors are rounded up",
        "engine/whole.py",
        "factors = np.trunc(x * short)",
        "factors = np.sign(x) * np.ceil(np.abs(x * short))",
        f"{_BOUNDED_MODELS}::test_a_row_moves_each_field_no_further_than_its_bound",
    ),
    Mutant(
        "noisy models: n and the square of the outcome cost nothing",
        "statistics/models.py",
        "(1 + gram + quarters)",
        "(1 + gram)",
        f"{_BOUNDED_MODELS}::test_the_bound_is_met",
    ),
    Mutant(
        "noisy models: the upper triangle has no diagonal",
        "statistics/models.py",
        "(1 + 1 / self.reach.square) / 2",
        "Fraction(1, 2)",
        f"{_BOUNDED_MODELS}::test_the_bound_is_met",
    ),
    Mutant(
        "noisy models: a number beyond its bounds is taken as it is",
        "engine/clamped.py",
        'return f"least(greatest(CAST({quoted(name)} AS DOUBLE), {low!r}), {high!r})"',
        'return f"CAST({quoted(name)} AS DOUBLE)"',
        f"{_BOUNDED_MODELS}::test_the_vector_is_the_one_by_hand",
    ),
    Mutant(
        "noisy models: a count is expected to have no end",
        "engine/whole.py",
        "np.minimum(exponential(eta) / most, 1.0)",
        "exponential(eta) / most",
        f"{_BOUNDED_MODELS}::test_a_row_moves_each_field_no_further_than_its_bound",
    ),
    Mutant(
        "noisy models: a row's place in a block tells in its last bit",
        "engine/steady.py",
        "    total = np.zeros(x.shape[1])\n    for line, one in zip(x, beta, strict=True):",
        "    return np.array(beta) @ x\n    for line, one in zip(x, beta, strict=True):",
        f"{_BOUNDED_MODELS}::test_numbers_are_the_same_wherever_a_row_lies",
    ),
    Mutant(
        "noisy models: a fit that goes well ends early",
        "analytics/glm.py",
        "if moved.iterations < self.draws:",
        "if moved.iterations < self.draws and not fit.settled:",
        f"{_BOUNDED_MODELS}::test_noise_alone_still_takes_every_round",
    ),
    Mutant(
        "noisy models: errors know of chance alone",
        "statistics/blurred.py",
        "back @ (sampling + self._of_noise + short) @ back.T",
        "back @ sampling @ back.T",
        f"{_BOUNDED_MODELS}::test_errors_know_of_the_noise",
    ),
]

REPAIRS = [
    Mutant(
        "repair: what nobody knows is told",
        "statistics/blurred.py",
        "return list(np.sum(away**2, axis=1) > _LOST * np.sum(back**2, axis=1))",
        "return [False for _ in back]",
        "tests/unit/statistics/test_repair.py",
    ),
    Mutant(
        "repair: a shorter step is taken for a whole one",
        "statistics/repair.py",
        "np.maximum(least / known - 1, 0.0)",
        "np.minimum(least / known - 1, 0.0)",
        "tests/unit/statistics/test_repair.py",
    ),
]

GRIDS = [
    Mutant(
        "choices: half of what a person can change a score by",
        "statistics/ranks.py",
        "self.rows * max(share.numerator, share.denominator - share.numerator) for share",
        "self.rows * max(share.numerator, share.denominator - share.numerator) // 2 for share",
        "tests/engine/test_ranks.py::test_one_person_moves_each_score_so_far",
    ),
    Mutant(
        "gate: noise of another kind arrives",
        "policy/gate.py",
        "if noise is None or noise.mechanism != form.mechanism:",
        "if noise is None:",
        "tests/unit/policy/test_choice.py::test_other_noise_does_not_come_in",
    ),
    Mutant(
        "choices: every share costs the whole price",
        "policy/gate.py",
        "_drawn(form, vector, fraction(share) / form.draws)",
        "_drawn(form, vector, fraction(share))",
        "tests/unit/policy/test_choice.py::test_the_lowest_score_is_chosen",
    ),
    Mutant(
        "choices: anything that is whole is a choice",
        "policy/gate.py",
        "    if not form.possible(told.numbers):",
        "    if False:",
        "tests/unit/policy/test_choice.py::test_what_is_no_choice_does_not_come_in",
    ),
    Mutant(
        "choices: exact questions are taken too",
        "analytics/_contract.py",
        "        if mode not in self.modes:",
        "        if False:",
        "tests/workflows/test_noisy_grids.py::test_an_exact_choice_is_refused",
    ),
    Mutant(
        "choices: all rows of a person count",
        "engine/bounded.py",
        "(column,), form.rows)",
        "(column,), 10**6)",
        "tests/engine/test_ranks.py::test_a_person_with_many_values_on_one_side",
    ),
    Mutant(
        "bounded: the sum of a person's values is not clamped",
        "engine/bounded.py",
        'f"greatest(least(coalesce(sum({z}), 0), {most * STEPS}), -{most * STEPS}) AS t{at}"',
        'f"coalesce(sum({z}), 0) AS t{at}"',
        "tests/engine/test_totals.py::test_a_person_with_many_large_values",
    ),
    Mutant(
        "totals: a person is in one group",
        "statistics/powers.py",
        "return Fraction(2 * self.rows**2 * self.cells * len(self.scales))",
        "return Fraction(2 * self.rows**2 * len(self.scales))",
        "tests/engine/test_totals.py::test_a_person_in_as_many_groups_as_may_be",
    ),
    Mutant(
        "totals: the rounding of a mean is forgotten",
        "statistics/moments.py",
        "n, mean = span(part.n), span(part.mean, part.mean_error)",
        "n, mean = span(part.n), span(part.mean)",
        "tests/unit/analytics/test_grids.py::test_a_total_is_as_exact_as_its_mean",
    ),
    Mutant(
        "quantiles: hidden counts are none",
        "statistics/quantiles.py",
        "return Span(max(low, 0.0), high)",
        "return Span(max(low, 0.0), max(low, 0.0))",
        "tests/unit/statistics/test_quantiles.py::test_intervals_hold_the_quantile",
    ),
    Mutant(
        "life tables: intervals of chance alone",
        "statistics/survival.py",
        "_ends(survival, math.hypot(chance, accuracy / (survival * -math.log(survival))))",
        "_ends(survival, chance)",
        "tests/unit/statistics/test_survival.py",
    ),
    Mutant(
        "life tables: no end to an interval's width",
        "statistics/survival.py",
        "most = min(width, _WIDEST)",
        "most = width",
        "tests/unit/statistics/test_survival.py::test_noise_of_nothing_leaves_the_interval",
    ),
    Mutant(
        "life tables: nobody makes intervals wider",
        "workflows/answering.py",
        "analytic.within_noise(found) if isinstance(whole, Noisy) else found",
        "found",
        "tests/workflows/test_noisy_grids.py::test_a_noisy_life_table_s_intervals",
    ),
    Mutant(
        "life tables: hidden counts are none",
        "statistics/survival.py",
        "Span(max(one.low, 0.0), max(one.high, 0.0))",
        "Span(max(one.low, 0.0), max(one.low, 0.0))",
        "tests/unit/statistics/test_survival.py::test_hidden_counts_leave_an_interval_that_holds",
    ),
]

_TOLD, _FORESEEN = "tests/workflows/test_noisy_results.py", "tests/workflows/test_explained.py"


def _told(name: str, file: str, old: str, new: str, tests: str) -> Mutant:
    return Mutant(f"guarantee: {name}", file, old, new, tests)


GUARANTEES = [
    _told(
        "epsilon beside exact answers",
        "workflows/answering.py",
        "None if conditional else epsilon(",
        "epsilon(",
        f"{_TOLD}::test_exact_answers_before",
    ),
    _told(
        "epsilon is printed on a condition",
        "report/privacy.py",
        "if told.conditional or told.epsilon is None:",
        "if told.epsilon is None:",
        "tests/unit/report/test_privacy.py",
    ),
    _told(
        "sites are taken to be disjoint",
        "workflows/answering.py",
        'disjoint = agreed.overlap == "declared-disjoint"',
        "disjoint = True",
        f"{_TOLD}::test_what_a_person_paid",
    ),
    _told(
        "prices of sites are not added up",
        "workflows/answering.py",
        "whole = max(paid.values()) if disjoint else sum(paid.values())",
        "whole = max(paid.values())",
        f"{_TOLD}::test_what_a_person_paid",
    ),
    _told(
        "prices of analyses are not added up",
        "workflows/answering.py",
        "paid[site] += price",
        "paid[site] = price",
        f"{_TOLD}::test_what_a_person_paid",
    ),
    _told(
        "what was recalled was free",
        "workflows/combine.py",
        "(*each.contributions, *each.recalled)",
        "each.contributions",
        f"{_TOLD}::test_what_was_recalled_was_paid_for",
    ),
    _told(
        "approvers do not see the price",
        "report/work.py",
        """            ("privacy", query.privacy.words),
""",
        "",
        f"{_TOLD}::test_people_see_mode_and_price",
    ),
    _told(
        "the noise of one site only is foreseen",
        "workflows/foreseeing.py",
        "variance = asked.sites * form.variance(strength)",
        "variance = form.variance(strength)",
        f"{_FORESEEN}::test_under_noise_it_says_what_then_happens",
    ),
    _told(
        "who is at several sites is foreseen to pay once",
        "workflows/foreseeing.py",
        "whole = units(rho) * (1 if asked.disjoint else asked.sites)",
        "whole = units(rho)",
        f"{_FORESEEN}::test_the_price_of_who_may_be_at_several_sites",
    ),
]

#: Queries that fail on what one row holds, exact answers to a charge of before, and what noise could make up.
STORED = [
    Mutant(
        "accuracy: a number that is unknown one way has no interval",
        "combiners/noise.py",
        "            if middle is not None and ends:",
        "            if middle is not None and len(ends) > 1:",
        "tests/unit/combiners/test_noise.py::test_a_mean_that_is_just_known",
    ),
    Mutant(
        "powers: a spread is told of noise alone",
        "statistics/powers.py",
        "(scale.half**2 * m2 if m2 >= _KNOWN * noise else None)",
        "scale.half**2 * m2",
        "tests/unit/combiners/test_noise.py::test_a_spread_that_noise_could_make_up",
    ),
    Mutant(
        "walk: what was charged before a promise is answered exactly after it",
        "workflows/walk.py",
        "budget.check_mode(site.book, charged[one.analysis.id].charge, site.policy.privacy, site.desk.now)",
        "pass",
        "tests/workflows/test_private.py::test_a_charge_of_before_opens_nothing_exactly",
    ),
    Mutant(
        "bounded rows: a comparison that fails is told",
        "engine/bounded.py",
        "    _tries = True\n",
        "",
        "tests/engine/test_stored_types.py::test_no_pair_of_columns_fails",
    ),
    Mutant(
        "bounded rows: a constant that no such row can hold is told",
        "engine/sql.py",
        'return f"coalesce(TRY({raw} = {kept}), false)"',
        'return f"{raw} = {kept}"',
        "tests/engine/test_stored_types.py::test_no_level_fails",
    ),
    Mutant(
        "bounded rows: a moment that is beyond all others is told",
        "engine/sql.py",
        'return f"TRY_CAST({raw} AS TIMESTAMP)" if stored in _MOMENTS else raw',
        "return raw",
        "tests/engine/test_stored_types.py::test_no_level_fails",
    ),
]

SOURCES = [
    Mutant(
        "sources: a change that hides its time is not seen",
        "workflows/sources.py",
        "one.st_ctime_ns, ",
        "",
        "tests/workflows/test_data_changed.py::test_a_change_that_hides_its_time",
    ),
    Mutant(
        "partitions: a file that moved is the same data",
        "engine/check.py",
        "        if partitions:",
        "        if False:",
        "tests/engine/test_partitions.py::test_a_file_that_moves_is_other_data",
    ),
    Mutant(
        "partitions: a folder wins over the file",
        "engine/partitions.py",
        "    if wanted and named & known:",
        "    if False:",
        "tests/engine/test_partitions.py::test_a_column_that_is_in_both",
    ),
]
_CAGE = "tests/engine/test_cage.py"
CAGES = [
    Mutant(
        "doctor: nobody tries the lock",
        "files/lock.py",
        "    return os.waitstatus_to_exitcode(status) == 0",
        "    return True",
        "tests/workflows/test_selftest.py::test_a_lock_that_keeps_nobody_out",
    ),
    Mutant(
        "doctor: what was interrupted is not told",
        "ledger/accounts.py",
        "return charged - {(one.query, one.round) for one in releases(store)}",
        "return charged - charged",
        "tests/workflows/test_doctor.py::test_what_was_interrupted",
    ),
    Mutant(
        "self-test: the book is not looked at",
        "workflows/selftest.py",
        "if (ended.outcome, charges, len(released)) == (Outcome.DONE, 1, 1):",
        "if ended.outcome is Outcome.DONE:",
        "tests/workflows/test_selftest.py::test_a_run_that_does_not_recover",
    ),
    Mutant(
        "cage: files are not given up",
        "engine/landlock.py",
        "_done(_call(_RESTRICT, rules, 0))",
        "pass",
        f"{_CAGE}::test_a_task_has_its_files",
    ),
    Mutant(
        "cage: nobody looks whether it holds",
        "engine/cage.py",
        'if held and _can_list(Path("/")):',
        "if False:",
        f"{_CAGE}::test_a_cage_that_does_not_hold_is_not_used",
    ),
    Mutant(
        "cage: a thread stays outside",
        "engine/cage.py",
        'if len(names(Path("/proc/self/task"))) > 1:',
        "if False:",
        f"{_CAGE}::test_a_cage_that_does_not_hold_is_not_used",
    ),
    Mutant(
        "cage: data may be written",
        "engine/landlock.py",
        "_allow(rules, path, _READ | _LIST)",
        "_allow(rules, path, files)",
        f"{_CAGE}::test_a_task_has_its_files",
    ),
    Mutant(
        "cage: the network stays",
        "engine/cage.py",
        "    _leave_the_network()\n",
        "",
        f"{_CAGE}::test_what_is_given_up",
    ),
    Mutant(
        "cage: an administrator's rights stay",
        "engine/cage.py",
        "[1] & _OPENING",
        "[1]",
        f"{_CAGE}::test_what_is_given_up",
    ),
    Mutant(
        "cage: a file may be written by who writes none",
        "engine/cage.py",
        "_lower(resource.RLIMIT_FSIZE, 0)",
        "pass",
        f"{_CAGE}::test_what_is_given_up",
    ),
    Mutant(
        "cage: memory has no limit",
        "engine/cage.py",
        "_lower(resource.RLIMIT_AS, 2 * memory_mb * 10**6 + _BESIDE + threads)",
        "pass",
        f"{_CAGE}::test_what_is_given_up",
    ),
    Mutant(
        "cage: a vault works with a wall missing that is required",
        "workflows/vault.py",
        'if request.sandbox == "required" and self._cage.missing:',
        "if False:",
        f"{_CAGE}::test_a_vault_with_a_wall_missing",
    ),
    Mutant(
        "cage: a site runs without what is required",
        "workflows/execute.py",
        "        check_sandbox(site.policy.limits)\n",
        "",
        "tests/workflows/test_caged.py::test_nothing_runs_without_it",
    ),
    Mutant(
        "cage: a wall with a hole is whole",
        "workflows/caged.py",
        "if found.missing or open_:",
        "if found.missing:",
        "tests/workflows/test_caged.py::test_nothing_runs_without_it",
    ),
    Mutant(
        "cage: a vault that is kept is asked for what it gave up",
        "model/vault.py",
        "return within <= set(self.reads) and set(others.writes) <= set(self.writes)",
        "return True",
        f"{_CAGE}::test_places",
    ),
]

MUTANTS = [
    *CHECKS,
    *PARTS,
    *GATE,
    *TRUST,
    *WALKS,
    *ROUNDS,
    *RECALLS,
    *REVIEWS,
    *MEMORY,
    *RESEARCHERS,
    *ROOMS,
    *DOORS,
    *FLAGS,
    *SPLINES,
    *WATCHES,
    *SIBLINGS,
    *PROGRAM,
    *ROUNDING,
    *AUDIT,
    *PRIVACY,
    *NOISE,
    *BUDGETS,
    *BOUNDED_MODELS,
    *REPAIRS,
    *GRIDS,
    *GUARANTEES,
    *STORED,
    *CAGES,
    *SOURCES,
]
