"""What auditors of trusted research environments ask for, and which part of an evidence pack answers it.

Numbers and wording: SATRE 1.1.1 (sa-tre/satre-specification, docs/en/source/spec/specification.yaml of
2025-10-01), shortened; the General Data Protection Regulation, (EU) 2016/679, articles 30 (1) and 35 (7); the
Five Safes of Desai, Ritchie and Welpton (2016, University of the West of England, working paper 1601).
SATRE 2 has numbered some statements anew; they are not listed here.

No file can show that a person did what a duty asks. What stays with people is said beside each control.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

#: What fedcli can fill in: the names of the facts of a pack.
Fact: TypeAlias = Literal[
    "controller",
    "purposes",
    "subjects",
    "recipients",
    "limits",
    "measures",
    "operations",
    "necessity",
    "projects",
    "people",
    "data",
    "settings",
    "outputs",
]


class Control(NamedTuple):
    """A statement of SATRE: what it asks (shortened), the files that show it, what is left to people."""

    id: str
    asks: str
    evidence: tuple[str, ...]
    duty: str


class Field(NamedTuple):
    """A field that the law or a framework asks for; `fact` where fedcli knows it, else a blank."""

    id: str
    asks: str
    fact: Fact | None
    duty: str


SATRE_SOURCE = "SATRE 1.1.1, https://satre-specification.readthedocs.io"
SATRE: tuple[Control, ...] = (
    Control(
        "1.2.2",
        "versioning and a codified change procedure for policies",
        ("policies.json", "signed/"),
        "the procedures that are no policy of fedcli, and who decides a change",
    ),
    Control(
        "1.2.4",
        "audit against requirements and standards",
        ("audit.json", "index.json"),
        "the audit of people, rooms and machines; acting on what it finds",
    ),
    Control(
        "1.4.1",
        "checks that a project has its legal, financial and ethical requirements",
        ("releases.json", "signed/"),
        "the contracts and approvals that a query refers to: fedcli has the references alone",
    ),
    Control(
        "1.4.2",
        "checks that time-limited requirements are maintained",
        ("audit.json",),
        "renewing what ends; telling the federation who left",
    ),
    Control(
        "1.4.6",
        "a complete record of the data assets held",
        ("data.json",),
        "data that were never given to fedcli; owners, contracts, risk assessments",
    ),
    Control(
        "1.4.7",
        "a record of all research projects",
        ("releases.json",),
        "projects that never asked anything; teams and owners",
    ),
    Control(
        "1.5.4",
        "no access to data without agreement of the data controller",
        ("releases.json", "ledger.json", "signed/"),
        "that who signs as data owner may speak for the controller",
    ),
    Control(
        "1.5.6",
        "a unique identity for each user, its records strictly controlled",
        ("signed/",),
        "that one person holds each key: identity is checked at enrolment, by administrators",
    ),
    Control(
        "2.1.3",
        "an interface for submitting work in the place of access to data",
        ("releases.json",),
        "closing other ways to the same data",
    ),
    Control(
        "2.2.15",
        "a record of which datasets are accessed, when and by whom",
        ("ledger.json",),
        "access by other ways than fedcli",
    ),
    Control(
        "2.5.15",
        "encryption that is widely accepted as secure",
        ("sbom.cdx.json",),
        "keeping the software up to date",
    ),
    Control(
        "2.5.16",
        "secure key management",
        ("audit.json", "signed/"),
        "pass-phrases, backups, and telling of a lost key",
    ),
    Control(
        "3.1.2",
        "records of data handling decisions",
        ("releases.json", "ledger.json", "signed/"),
        "the minutes behind a signed reason",
    ),
    Control(
        "3.1.5",
        "an egress process that enforces governance, with approval by all required parties",
        ("releases.json", "audit.json", "policies.json"),
        "choosing the people and the policy",
    ),
    Control(
        "3.1.7",
        "approval that is independent of the project, where it is wanted",
        ("releases.json", "policies.json"),
        "that approvers are in fact independent",
    ),
    Control(
        "3.1.8",
        "a record of what data the environment holds",
        ("data.json",),
        "source, owner, dates of receipt and of deletion",
    ),
    Control(
        "3.1.12",
        "prevention of unauthorised egress, to a reasonable extent",
        ("audit.json", "ledger.json"),
        "clipboards, networks, screens and every other door",
    ),
    Control(
        "3.3.1",
        "a system that helps to classify outputs",
        ("releases.json", "policies.json"),
        "outputs that are not made by fedcli",
    ),
    Control(
        "3.3.3",
        "a documented process for disclosure control of all outputs",
        ("policies.json", "signed/"),
        "approving the thresholds, and outputs that are not made by fedcli",
    ),
    Control(
        "3.3.4",
        "responsibility for output checking is assigned",
        ("releases.json", "signed/"),
        "naming and training the checkers",
    ),
    Control(
        "3.3.5",
        "a policy for outputs that cannot be checked by hand",
        ("policies.json",),
        "deciding whether models may leave at all",
    ),
    Control(
        "3.3.6",
        "a statistical basis for the decisions of output checkers",
        ("policies.json", "budget.json"),
        "judging whether it fits the data",
    ),
    Control(
        "3.3.7",
        "a semi-automated system for checks of common outputs",
        ("releases.json", "policies.json"),
        "looking at what the checks park for people",
    ),
    Control(
        "3.3.8",
        "outputs limited to what is needed",
        ("releases.json",),
        "judging what a study needs",
    ),
    Control(
        "3.6.1",
        "a consistent data model that describes what a data asset contains",
        ("data.json", "signed/"),
        "that the dictionary is true",
    ),
    Control(
        "4.8.2",
        "public information on projects that have accessed the data",
        ("releases.json",),
        "publishing it in words for the public",
    ),
)

GDPR_SOURCE = "Regulation (EU) 2016/679, https://eur-lex.europa.eu/eli/reg/2016/679/oj"
ARTICLE_30: tuple[Field, ...] = (
    Field(
        "30(1)(a)",
        "the controller, joint controllers, representative, data protection officer",
        "controller",
        "contact details, joint controllers, and the data protection officer",
    ),
    Field("30(1)(b)", "the purposes of the processing", "purposes", "the lawful basis of each"),
    Field(
        "30(1)(c)",
        "categories of data subjects and of personal data",
        "subjects",
        "who the persons are, and special categories (article 9)",
    ),
    Field("30(1)(d)", "categories of recipients", "recipients", "recipients of what was published since"),
    Field("30(1)(e)", "transfers to third countries", None, "where the recipients are, and the safeguards"),
    Field("30(1)(f)", "time limits for erasure", "limits", "of the data themselves, and of this record"),
    Field(
        "30(1)(g)",
        "technical and organisational security measures",
        "measures",
        "those of rooms, machines, networks and people",
    ),
)
ARTICLE_35: tuple[Field, ...] = (
    Field(
        "35(7)(a)",
        "a systematic description of the operations and purposes",
        "operations",
        "the legitimate interest, where that is the basis",
    ),
    Field("35(7)(b)", "necessity and proportionality", "necessity", "the judgement itself"),
    Field("35(7)(c)", "the risks to rights and freedoms", None, "the assessment, with those concerned"),
    Field("35(7)(d)", "measures against the risks", "measures", "whether they suffice, and what is left"),
    Field("35(9)", "the views of data subjects", None, "asking them, where it is appropriate"),
)

SAFES_SOURCE = "Desai, Ritchie and Welpton 2016, Five Safes: designing data access for research"
FIVE_SAFES: tuple[Field, ...] = (
    Field("safe projects", "is this use of the data appropriate", "projects", "judging the public benefit"),
    Field("safe people", "can the users be trusted", "people", "training and its records"),
    Field("safe data", "is there a disclosure risk in the data", "data", "minimising what is held"),
    Field(
        "safe settings", "does the facility prevent unauthorised use", "settings", "rooms, networks, machines"
    ),
    Field("safe outputs", "are the results non-disclosive", "outputs", "looking at what is parked"),
)
