"""The tree of failures, the catalogue of their codes, and how a command ends."""

from fedcli.errors.catalogue import CATALOGUE, Entry, fault
from fedcli.errors.machine import of_machine
from fedcli.errors.near import meant, near
from fedcli.errors.outcome import GRAVEST_FIRST, Outcome, gravest
from fedcli.errors.place import place
from fedcli.errors.tree import (
    BudgetSpent,
    Bug,
    Busy,
    DataFault,
    FedcliError,
    InvalidFile,
    Pending,
    Refused,
    Terminated,
    Untrusted,
    UsageFault,
)

__all__ = [
    "CATALOGUE",
    "GRAVEST_FIRST",
    "BudgetSpent",
    "Bug",
    "Busy",
    "DataFault",
    "Entry",
    "FedcliError",
    "InvalidFile",
    "Outcome",
    "Pending",
    "Refused",
    "Terminated",
    "Untrusted",
    "UsageFault",
    "fault",
    "gravest",
    "meant",
    "near",
    "of_machine",
    "place",
]
