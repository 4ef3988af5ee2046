"""Every code that fedcli can answer with: what happened, what to do, and why it is so.

A code never changes its meaning. `$names` are facts given by the place that raises; `where` and
`have` are shown on lines of their own. Codes marked `data_dependent` reach a researcher only as
D-REFUSED.
"""

from __future__ import annotations

import string
from typing import NamedTuple

from fedcli.errors.tree import (
    BudgetSpent,
    Bug,
    Busy,
    DataFault,
    FedcliError,
    InvalidFile,
    Pending,
    Refused,
    Untrusted,
    UsageFault,
    printable,
)


class Entry(NamedTuple):
    """One code: who must act, the sentence, the remedy, and a paragraph for `fedcli explain`."""

    kind: type[FedcliError]
    what: str
    fix: str
    why: str
    data_dependent: bool = False


_REPORT = "report it to the developers with the code; nothing left the site"

CATALOGUE: dict[str, Entry] = {
    # A: admission and approval at a site. None of these depends on data.
    "A-ACCREDITATION": Entry(
        Refused,
        "the accreditation of $researcher ended on $expires",
        "renew it, and let the federation's administrators publish a new root",
        "A member of the federation can carry an accreditation with an end, such as a training or a contract. "
        "Sites answer no questions of a researcher whose accreditation has ended.",
    ),
    "A-ANALYTIC": Entry(
        Refused,
        "the site's policy does not admit the analytic $analytic",
        "ask with another analytic, or ask the site to add it to admission.analytics",
        "A policy lists the analytics that a site answers. What is not listed is refused.",
    ),
    "A-DENIED": Entry(
        Refused,
        "$name denied the query: $reason",
        "talk to the site; a changed query is a new one",
        "One of the people who decide at the site has signed a denial. It stands until that person grants.",
    ),
    "A-DICTIONARY": Entry(
        Refused,
        "the query was signed under another dictionary of $dataset than version $version at this site",
        'sign the query again, or let the site run "fedcli data add" with the agreed dictionary',
        "Query, site and approval must mean the same columns, levels and bounds, so they bind the dictionary's "
        "digest. After a new version, both sides move to it.",
    ),
    "A-EXPIRED": Entry(
        Refused,
        "the approval of $name ended on $expires",
        'grant it again: "fedcli approval grant"',
        "An approval is for a bounded time.",
    ),
    "A-MODE": Entry(
        Refused,
        "the site does not offer the privacy mode $mode for this population",
        "ask in the mode that the site's policy names",
        "A population has one mode of privacy at a time, because exact releases void a claim of differential privacy.",
    ),
    "A-NO-REVIEW": Entry(
        UsageFault,
        "nothing of $query was parked here for review",
        'see "fedcli review list"',
        "The gate parks what people must look at. What it released or refused needs no review, and gets none.",
    ),
    "A-NOT-DUE": Entry(
        Pending,
        "no run of $query is open now: $next",
        "wait for the next run; what was not answered in time is answered no more",
        "A recurring query says when each run is due and until when it is open. A site answers a run while it is "
        "open, of the data of that time, and catches up with none that it missed.",
    ),
    "A-NOTHING": Entry(
        Refused,
        "$name has granted nothing here that could be revoked",
        'see "fedcli approval show"',
        "A revocation takes one's own grant back, and there is none.",
    ),
    "A-OPT-OUTS": Entry(
        Refused,
        "nobody has said that opt-outs are taken out of $dataset as it is now ($snapshot)",
        'say it: "fedcli data add" with --opt-outs DATE --opt-outs-by TEXT',
        'The site\'s policy has opt_outs = "attested": each state of the data needs a word on the objections '
        "that were taken out of it, with date and source. Data that changed need a new one.",
    ),
    "A-OWN": Entry(
        Refused,
        "$name cannot approve their own query",
        "ask another person",
        "Whoever asks does not decide.",
    ),
    "A-PAST": Entry(
        UsageFault,
        "the approval would end on $expires, which is past",
        "give a later --expires",
        "An approval must be good for some time to be of use.",
    ),
    "A-PENDING": Entry(
        Pending,
        "the query needs $people approvals (roles: $roles); granted by: $granted",
        'the people concerned read "fedcli approval show" and decide with "fedcli approval grant"',
        "A query runs only after so many people of the site, in the roles that the policy names, have signed an "
        "approval of exactly this query under exactly this dictionary and policy.",
    ),
    "A-ONCE": Entry(
        UsageFault,
        "$query is asked once: a grant of it has no period",
        "leave --period out",
        "A period says how far the runs of a recurring query are apart for which a grant opens data.",
    ),
    "A-PERIOD": Entry(
        Pending,
        "the approvals allow one run in $period, and another was less before",
        'wait, or grant it again with a shorter period: "fedcli approval grant --period DURATION"',
        "An approval bounds how often data are opened for a recurring query: for so many runs, and for at most one "
        "in a period, by the moments at which they are due.",
    ),
    "A-PERSON": Entry(
        Refused,
        "$name is not an approver of the site $site",
        "act as a data-owner, disclosure-officer or checker of the site's organisation with --key NAME",
        "Approvers are members of the federation with such a role, in the same organisation as the site.",
    ),
    "A-POLICY": Entry(
        Refused,
        "the approval of $name is for another policy than the one now in force",
        'grant it again under the present policy: "fedcli approval grant"',
        "An approval binds the policy that it was given under. After policy.toml was edited, people decide anew.",
    ),
    "A-PROJECT": Entry(
        Refused,
        "the site's policy does not admit the project $project",
        "use the project that was agreed, or ask the site to add it to admission.projects",
        "A policy lists the projects that a site works for.",
    ),
    "A-PROJECT-END": Entry(
        Refused,
        "the project of the query ended on $end",
        "if the project goes on, sign the query again with its new project_end",
        "A query may say when its project ends. Sites answer none whose last day is over, whatever else allows it.",
    ),
    "A-PURPOSE": Entry(
        Refused,
        "the purpose $purpose is not among those that the dataset and the policy allow",
        "state the purpose that was agreed, as a term of the Data Use Ontology",
        "The dictionary names the data uses that were consented to, the policy those that the site serves. "
        "A purpose must be in both.",
    ),
    "A-REJECTED": Entry(
        Refused,
        "the release of $query was rejected in review",
        "nothing to do here; the researcher can ask for less in another query",
        "One rejection ends a review. To the researcher it stays the refusal that it was from the beginning.",
    ),
    "A-REVIEWED": Entry(
        Refused,
        "what was parked of $query was reviewed and released already",
        'see "fedcli ledger show"',
        "What was released cannot be taken back by a review.",
    ),
    "A-REVIEWER": Entry(
        Refused,
        "$name does not review releases of the site $site",
        "act as a disclosure-officer or checker of the site's organisation with --key NAME",
        "Exact values are shown to reviewers alone, and they alone decide: members of the federation with such a "
        "role, in the same organisation as the site. Whoever asked does not review.",
    ),
    "A-REVOKED": Entry(
        Refused,
        "$name revoked the approval: $reason",
        "talk to the site; the same person can grant again",
        "A person took their approval back. What was released before stays released.",
    ),
    "A-ROUNDS": Entry(
        Refused,
        "the approvals of the query allow $rounds rounds",
        "grant it again: a grant allows the rounds that its analyses can take",
        "An approval binds a bounded trajectory.",
    ),
    "A-RUNS": Entry(
        Refused,
        "the query has run as often as its approvals allow ($runs)",
        'grant it again with more runs: "fedcli approval grant --max-runs N", and --period where it recurs',
        "An approval bounds how often data are opened for a query. One without a period is for one run of a query "
        "that recurs.",
    ),
    "A-SITE": Entry(
        Refused,
        "the query does not name the site $site",
        "nothing to do here; the researcher can ask again with this site",
        "A query lists the sites that it is for.",
    ),
    "A-SITES": Entry(
        Refused,
        "the query is content with $min_sites sites, the site's policy wants at least $wanted",
        "name more sites, and set min_sites to that number",
        "In a sum over two sites each site's share is the other's secret. A policy says how many must take part.",
    ),
    "A-SPENT": Entry(
        Refused,
        "the grant of $name was used for $query, which was computed here",
        'read the query and grant it for itself: "fedcli approval grant"',
        "A grant opens data for one query. An amended query that only tightens takes over what was granted, unless "
        "data were opened with that already: two queries can tell together what neither tells alone.",
    ),
    "A-PURGED": Entry(
        Refused,
        "what was told of the population $population was forgotten on $date: it is answered about no more",
        "nothing is to be run again; a new study of these persons is for the federation to decide",
        "What was told before guards what is told next. Where the memory of a population was purged, an answer "
        "could give a person away together with one that nobody remembers.",
    ),
    "A-STALE": Entry(
        Refused,
        "the data, the policy or the round changed since $query was parked",
        'run it again, and review what is parked then: "fedcli run"',
        "A review is of what was found in one round, under one policy, on one snapshot of the data. What people see "
        "and let out must be what is released.",
    ),
    "A-SUPERSEDED": Entry(
        Refused,
        "the researcher amended $query: $by is in its place",
        'decide on the amended query: "fedcli approval show"',
        "A query that was amended is not computed any more, nor granted; what was answered before stays answered.",
    ),
    "A-TIME": Entry(
        Pending,
        "the time of this run was over before the query was answered",
        "let the next run go on; where a query never ends, give a longer --max-runtime",
        "With --max-runtime no query is begun after it, and the one under way is stopped at its end. Nothing is "
        "told of it: its charge is kept for the next run, which begins with what this one has not begun.",
    ),
    "A-WITHDRAWN": Entry(
        Refused,
        "this site has withdrawn its releases of $query, and answers it no more",
        "let the researcher amend the query, or sign a new one; it is then decided anew",
        "A recall stands for good. What a site says after it would have to be told from what it took back.",
    ),
    # B: bugs that a check inside fedcli found.
    "B-BUG": Entry(
        Bug,
        "something went wrong that should not ($place)",
        "report it with the id $id; $kept",
        "fedcli met an error of its own. The log names the place in the program, never a value.",
    ),
    "B-DEMO": Entry(
        Bug,
        "a command of the demonstration ended with $ended: $message",
        "report it; the demonstration should run anywhere",
        "The demonstration plays commands whose end is known.",
    ),
    "B-EVIDENCE": Entry(
        Bug,
        "the evidence $evidence for $field was not gathered",
        _REPORT,
        "A disclosure check found that it lacks what it needs. Silence is an error, never a pass.",
        data_dependent=True,
    ),
    "B-LENGTH": Entry(
        Bug,
        "the values take $length bytes, and $planned were planned",
        _REPORT,
        "Sealed values are padded to a length that follows from the query, so that size says nothing.",
        data_dependent=True,
    ),
    "B-NOISE": Entry(
        Bug,
        "no noise was drawn: $reason",
        _REPORT,
        "Noise is drawn for whole numbers of moderate size, at a price that is checked twice. Whatever does not fit "
        "is an error, and nothing is told without its noise.",
        data_dependent=True,
    ),
    "B-SHAPE": Entry(
        Bug,
        "two shapes of kind $kind do not match",
        _REPORT,
        "Only shapes over the same axes can be added.",
        data_dependent=True,
    ),
    "B-SILENCE": Entry(
        Bug,
        "no check judged a shape of kind $kind",
        _REPORT,
        "What no check has judged cannot pass the gate.",
        data_dependent=True,
    ),
    "B-UNDECLARED": Entry(
        Bug,
        "an analytic asked for columns that it did not declare: $columns",
        _REPORT,
        "An analytic sees the columns that its parameters name, and no others.",
        data_dependent=True,
    ),
    # C: the home of a participant, and its settings.
    "C-DATASET": Entry(
        Refused,
        "this site does not hold the dataset $dataset (it holds: $known)",
        '$meant (or add it: "fedcli data add NAME PATH")',
        "Datasets are known by the names of their dictionaries; a site answers for those that it has added.",
    ),
    "C-DICTIONARY": Entry(
        InvalidFile,
        "the dictionary given is not the one that the federation agreed on for $dataset",
        "leave --dictionary out, or let administrators publish the changed one under a higher version",
        "A site's data are held against the federation's dictionary, which the root names by its digest.",
    ),
    "C-HOME": Entry(
        UsageFault,
        "no home found: no fedcli.toml in $cwd or above it",
        'give --home DIR, set FEDCLI_HOME, or make one with "fedcli init"',
        "Most commands act for a participant, whose folder holds fedcli.toml, keys and state.",
    ),
    "C-NOT-HOME": Entry(
        UsageFault,
        "$path is not a home: it has no fedcli.toml",
        'give the folder that "fedcli init" made',
        "A home is a folder with a fedcli.toml.",
    ),
    "C-PIN": Entry(
        Refused,
        "the home $home trusts no federation yet",
        'ask an administrator for the digest of the first root, by another way, and run "fedcli federation verify --pin DIGEST"',
        "All trust comes from the first root. Its digest must reach you by a way that whoever writes to the exchange "
        "does not control, such as a telephone call.",
    ),
    "C-POPULATION": Entry(
        Refused,
        "no dataset of this site is about the population $population (it knows: $known)",
        "$meant (each dictionary names one, and an external output can name a dataset instead)",
        "A population is the space of person ids that a dictionary names. What is remembered is kept for each.",
    ),
    "C-ROLE": Entry(
        UsageFault,
        "$home is the home of a $role; this needs a $wanted",
        "give the right home with --home",
        "Sites run and approve, researchers ask and combine, the federation's home governs.",
    ),
    "C-TAKEN": Entry(
        UsageFault,
        "$home is the home of the $role $name already",
        "give another --dir",
        "A folder is the home of one participant.",
    ),
    # D: local data. Those about the form may be named to the researcher, those about content never.
    "D-BOUNDS": Entry(
        DataFault,
        "column $column has values outside its bounds",
        'correct the data or the agreed bounds; "fedcli data check" counts the rows',
        "Bounds are public facts from which intervals of suppressed means are computed: data must keep to them.",
        data_dependent=True,
    ),
    "D-CHANGED": Entry(
        DataFault,
        "the files of $dataset changed while they were read",
        "run again when nothing writes to them",
        "Files are looked at before and after. What was computed from a moving source is not released.",
        data_dependent=True,
    ),
    "D-COLUMN": Entry(
        DataFault,
        "column $column of the dictionary is not in the data",
        "add the column, spelled as in the dictionary, or agree on another dictionary",
        "Every column of the dictionary must be there, with the same letters in the same case.",
    ),
    "D-DEADLINE": Entry(
        DataFault,
        "the computation took longer than the policy's deadline",
        "ask for less at once, or raise limits.deadline",
        "A run is stopped at the deadline of the site's policy, with everything that it started.",
        data_dependent=True,
    ),
    "D-DIED": Entry(
        DataFault,
        "the vault ended without an answer (status $status)",
        "see whether the machine ran out of memory; raise or lower limits.memory, and run again",
        "The process that opens data died. Nothing of it is kept or released.",
        data_dependent=True,
    ),
    "D-EMPTY": Entry(
        DataFault,
        "the data have no rows",
        "give files with rows",
        "An empty dataset answers nothing, and a site that holds none should not offer it.",
        data_dependent=True,
    ),
    "D-ENGINE": Entry(
        DataFault,
        "the engine could not compute it ($kind)",
        'run "fedcli data check"; values near the limits of a number can overflow',
        "The engine's own message is not kept, because it may quote a value.",
        data_dependent=True,
    ),
    "D-FILE": Entry(
        DataFault,
        "a file of the dataset cannot be read as what it is said to be",
        "check that every file is whole, and is Parquet or a DuckDB database of a version that fedcli reads",
        "A truncated or damaged file, or one of another kind.",
    ),
    "D-FILES": Entry(
        DataFault,
        "the dataset has $files files, more than $limit",
        "merge them into fewer",
        "So many files are more likely a mistake in a pattern.",
    ),
    "D-INTEGER": Entry(
        DataFault,
        "column $column is declared integer and has values with a fraction",
        'correct the data, or agree on type = "real"',
        "Whole numbers may be stored as floating-point numbers, as long as they are whole.",
        data_dependent=True,
    ),
    "D-KEY": Entry(
        DataFault,
        "column $column identifies rows or persons and is missing in some rows",
        "give every row its identifier, or leave such rows out",
        "Without a person's identifier, persons cannot be counted, and the rules count persons.",
        data_dependent=True,
    ),
    "D-LEVEL": Entry(
        DataFault,
        "column $column has values that are none of its declared levels",
        'correct the data, or declare the levels or missing codes; "fedcli data check" counts the rows',
        "Levels are decided by people. A value that is not declared is not grouped, not dropped and not shown.",
        data_dependent=True,
    ),
    "D-MEMORY": Entry(
        DataFault,
        "the computation did not fit in the memory that the policy allows",
        "raise limits.memory, or ask for less at once",
        "A vault writes no row to a disk, so that what it needs at once must fit.",
        data_dependent=True,
    ),
    "D-MISSING": Entry(
        DataFault,
        "no file found at $path",
        "give a Parquet file, a folder or pattern of them, or a .duckdb file with --table",
        "The place of the data means no file now.",
    ),
    "D-MIXED": Entry(
        DataFault,
        "a DuckDB database must be given alone, with --table, and a table only with a database",
        "give one .duckdb file and its table, or Parquet files and no table",
        "A dataset is either Parquet files with the same columns or one table of one database.",
    ),
    "D-MOCK": Entry(
        InvalidFile,
        "no $rows mock rows can be made that meet the dictionary: column $column ($found)",
        "ask for fewer rows with -n, or correct the column's levels, bounds or missing codes in the dictionary",
        "Mock rows are made from the dictionary alone and held against it. Where a key has few levels or narrow "
        "bounds, there are not values enough for so many rows.",
    ),
    "D-ONCE": Entry(
        DataFault,
        "persons have several rows in the cohort of a model that takes one for each",
        'narrow the cohort to one row for each person, or ask with unit = "row"',
        "The rows of one person are not independent of each other.",
        data_dependent=True,
    ),
    "D-OVERFLOW": Entry(
        DataFault,
        "a column has values too large to be added or squared",
        "declare bounds for the column, and correct the values beyond them",
        "Sums of such values are infinite, and nothing can be said of their spread.",
        data_dependent=True,
    ),
    "D-PARTITION": Entry(
        DataFault,
        "the names of folders do not tell column $column of every row, or not as its type, or the files have it too",
        "write the column in all files, or in the names of all folders, and not in both",
        "In folders like region=01/year=2026 the names are values of columns that the files lack. They are read where "
        "the dictionary has such a column, as its type.",
        data_dependent=True,
    ),
    "D-PATTERN": Entry(
        DataFault,
        "the pattern $path would look through the whole disk, or through its folders again and again",
        "name the folder that ** is below, and write ** once: /data/visits/**/*.parquet",
        "A pattern may go down into folders once, below a folder that it names.",
    ),
    "D-REFUSED": Entry(
        Refused,
        "the site answered the question with a refusal",
        "widen the cohort, use fewer or coarser groups, or ask the site",
        "Disclosure rules, a review that is awaited, and faults of the data all sound alike to a researcher, because "
        "which of them it was would itself say something about the data. The site's own people see the detail.",
        data_dependent=True,
    ),
    "D-REMEMBERS": Entry(
        DataFault,
        "what is remembered of the releases of $population is too large for a vault",
        'let people decide whether this population is to be asked any more; disclosure.memory = "none" forgets',
        "Every number that was told is kept with the persons behind it. Large tables of many persons fill it.",
        data_dependent=True,
    ),
    "D-REPEATS": Entry(
        DataFault,
        "column $column has values in several rows and should have each in one",
        "name a row_key in the dictionary where persons have several rows, or remove the repetition",
        "Without row_key a dictionary says that a person has one row; with it, that the key tells rows apart.",
        data_dependent=True,
    ),
    "D-ROWS": Entry(
        DataFault,
        "column $column has persons with more rows than the dictionary's max_rows",
        "correct the data, or agree on a higher max_rows",
        "max_rows is a public fact, from which the upper ends of suppressed counts are computed.",
        data_dependent=True,
    ),
    "D-TABLE": Entry(
        DataFault,
        "the database has no table $table",
        "give the name of a table or view with --table",
        "The database was opened, and the table is not in it.",
    ),
    "D-TABLES": Entry(
        DataFault,
        "dataset $dataset has several tables, which are not all in the place that was given",
        "give one folder with a file or folder for each table, or one .duckdb file: $tables",
        "Where a dictionary has tables of events, a folder has NAME.parquet, or a folder NAME of files, for each of "
        "them and for the dataset's own table; a database has a table of each name.",
    ),
    "D-TWICE": Entry(
        DataFault,
        "column $column is in a file more than once",
        "write the file with one column of that name",
        "Programs take one of them, each another. Large and small letters count as the same.",
    ),
    "D-TYPE": Entry(
        DataFault,
        "column $column cannot hold values of its declared type",
        "store it as the dictionary says, or agree on another type",
        "fedcli never casts: a column's stored type must be able to hold its declared type.",
    ),
    "D-WAL": Entry(
        DataFault,
        "the database has an open write-ahead log",
        "close the program that writes to it (or run CHECKPOINT there), so that the .wal file is gone",
        "While a .wal file is there, part of the data is not in the database file, and another program may be writing.",
    ),
    # F: files.
    "F-BUSY": Entry(
        Busy,
        "another process holds $path",
        "wait and run it again",
        "One run of a site at a time. A lock ends with its process; nothing has to be removed by hand.",
    ),
    "F-DISK": Entry(
        Busy,
        "the machine could not read or write a file: $reason",
        "look at the disk, the mount and the permissions, and run it again: it goes on where it stopped",
        "A disk, a mount or a database page failed below fedcli. What was written before is whole; what was not is "
        "not there.",
    ),
    "F-ENCODING": Entry(
        InvalidFile,
        "the file is not plain UTF-8: $reason",
        "save it as UTF-8 without a byte-order mark",
        "Two programs that read different characters would see two different files.",
    ),
    "F-EXISTS": Entry(
        UsageFault,
        "$path exists and holds something else",
        "choose another name, or move it away",
        "Files in an exchange are written once, and fedcli replaces nothing that a person wrote.",
    ),
    "F-FULL": Entry(
        Busy,
        "the disk, or what you may have of it, has no room for what is to be written",
        "make room, and run it again: it goes on where it stopped",
        "Room for a release is taken before its question is charged, so that a full disk costs no budget. What was "
        "written before is whole.",
    ),
    "F-JSON": Entry(
        InvalidFile,
        "the file is not JSON that fedcli accepts: $reason",
        "correct it at that place; if a machine wrote it, fetch it again",
        "Duplicate keys, NaN, numbers beyond 2^53 - 1 and deep nesting are refused, because programs read them "
        "differently.",
    ),
    "F-MEMORY": Entry(
        Busy,
        "the machine has no memory left for this command",
        "end other programs, or give it more memory, and run it again: it goes on where it stopped",
        "The process that signs needs little; what a vault may use is limits.memory of the policy.",
    ),
    "F-MISSING": Entry(UsageFault, "there is no file $path", "check the name", "The file was not found."),
    "F-NAME": Entry(
        UsageFault,
        "no file system takes the name $path",
        "give a shorter one",
        "File systems bound the length of names: most take 255 bytes for each part of a path.",
    ),
    "F-OPEN": Entry(
        InvalidFile,
        "cannot read $path: $reason",
        "give a regular file that you may read",
        "Links, pipes and devices are not followed: a folder that others write to may hold them.",
    ),
    "F-PARQUET": Entry(
        Busy,
        "the process that writes Parquet ended without a file",
        "see whether the machine ran out of memory, and run it again; --csv writes the same numbers",
        "Parquet is written by a process of its own, because whoever signs loads no data library.",
    ),
    "F-SCHEMA": Entry(
        InvalidFile,
        "the file does not have its form: $problems",
        'correct it; "fedcli schema NAME" prints the form',
        "Unknown keys are refused as well, because a misspelt rule would otherwise be no rule.",
    ),
    "F-SIZE": Entry(
        InvalidFile,
        "the file is larger than $limit bytes",
        "check that it is the right file",
        "Every kind of file has a size beyond which it is not read.",
    ),
    "F-TENSORS": Entry(
        InvalidFile,
        "$where is no safetensors file of a model: $reason",
        'take one that "fedcli model export" wrote',
        "Names, shapes and places of arrays, and the model that they are of, are read strictly: a file that is "
        "read has the digest that its model had.",
    ),
    "F-TOML": Entry(
        InvalidFile,
        "the file is not TOML: $reason",
        "correct it at that place",
        "Files that people write are TOML 1.0.",
    ),
    "F-WRITE": Entry(
        Busy,
        "cannot write $path: $reason",
        "make room or give permission, and run it again; nothing was half-written",
        "Files are written whole or not at all.",
    ),
    # K: keys.
    "K-BROKEN": Entry(
        Untrusted,
        "the key file $path does not hold the keys that it names",
        "restore it from a safe copy, or rotate the key",
        "The public keys in the file do not belong to the private ones.",
    ),
    "K-EMPTY": Entry(
        UsageFault,
        "the pass-phrase of $name is empty",
        "give one, or --no-passphrase for a key that acts unattended",
        "A key without a pass-phrase is a decision, not an accident.",
    ),
    "K-MISSING": Entry(
        UsageFault,
        "there is no key of $name in this home (there are: $known)",
        '$meant (or make it: "fedcli key new NAME --role ROLE")',
        "Who acts needs a key in the home's folder keys/.",
    ),
    "K-MODE": Entry(
        Untrusted,
        "others may read $path",
        "chmod 600 the file, make sure that it is yours, and rotate the key if somebody may have read it",
        "A key file must belong to who runs fedcli, and be readable by nobody else.",
    ),
    "K-NEW": Entry(
        UsageFault,
        "a new key for $name needs a pass-phrase, and there is no terminal to ask at",
        "name a file with mode 600 in FEDCLI_PASSPHRASE_FILE, or give --no-passphrase for a key that acts unattended",
        "A key without a pass-phrase is a decision, not an accident.",
    ),
    "K-PASSPHRASE": Entry(
        Untrusted,
        "the key of $name does not open without its pass-phrase",
        "type it at a terminal, or name a file with mode 600 in FEDCLI_PASSPHRASE_FILE",
        "The pass-phrase is wrong or was not given. There is no way around it.",
    ),
    "K-TWICE": Entry(
        UsageFault,
        "the two pass-phrases for $name differ",
        "type the same one twice",
        "A slip would lock you out.",
    ),
    "K-WEAK": Entry(
        Untrusted,
        "the keys of $name are not keys that can be trusted",
        "let fedcli make the keys",
        "Keys of small order, or in an encoding that is not canonical, verify signatures that nobody made.",
    ),
    # L: the ledger.
    "L-BROKEN": Entry(
        Untrusted,
        "the site database $path is damaged",
        "restore it, and compare its checkpoint with the one in the exchange",
        "SQLite cannot read the file.",
    ),
    "L-CHANGED": Entry(
        Untrusted,
        "entry $entry of the ledger is not what was written",
        "keep the file as evidence, and restore the database",
        "Every entry is hashed into a Merkle tree. An entry that was changed, removed or moved does not fit.",
    ),
    "L-CHARGE": Entry(
        Untrusted,
        "charge $entry is not in the log that the release commits to",
        "ask the site; keep the file as evidence",
        "A release proves that its question was charged before it was answered.",
    ),
    "L-ENTRY": Entry(
        UsageFault,
        "the ledger has no entry $entry; it has $size",
        "give a smaller number",
        "Entries count from 0.",
    ),
    "L-EXTERNAL": Entry(
        InvalidFile,
        "the output does not fit what this site knows: $problem",
        "write the levels as the dictionary has them; leave out what it does not have",
        "What left by another door is compared with later releases, by the dictionary's columns and levels.",
    ),
    "L-FORK": Entry(
        Untrusted,
        "the checkpoint does not continue the one before it",
        "keep both files: together they prove it",
        "A log can only grow. Two checkpoints that cannot both be of one log show that there were two.",
    ),
    "L-MEMORY": Entry(
        Untrusted,
        "the $place cannot be opened",
        "restore keys/memory.key and the site database together; what was released cannot be forgotten",
        "What earlier releases told of persons is encrypted with keys/memory.key. A record that was changed, "
        "moved or locked with another key does not open, and without it no release can be judged.",
    ),
    "L-MISSING": Entry(
        UsageFault,
        "there is no site database $path",
        'restore it, or make the home with "fedcli init site"',
        "A site's charges, releases and approvals are in its database.",
    ),
    "L-PROOF": Entry(
        Untrusted,
        "entry $entry is not in the log that the checkpoint commits to",
        "ask the site; keep the file as evidence",
        "A proof is an entry with a path of hashes that leads to the root which the site signed.",
    ),
    "L-REVIEW": Entry(
        Untrusted,
        "a review that the ledger names is missing in $where",
        "restore the database from its newest backup, and ask who removed the review",
        "A rejection that somebody takes away would let out what people refused.",
    ),
    "L-ROLLBACK": Entry(
        Untrusted,
        "the ledger has $size entries and does not continue the published checkpoint of $published",
        "restore the newest database; nothing runs until the ledger continues what it published",
        "A restored backup or a second copy of a site would forget what was charged and released.",
    ),
    "L-UNPUBLISHED": Entry(
        UsageFault,
        "the site $site has published no checkpoint that holds",
        'publish one: "fedcli ledger checkpoint"',
        "An evidence pack proves each entry in the log that the site has published, so that nobody must take its "
        "word for it.",
    ),
    "L-VERSION": Entry(
        Untrusted,
        "the site database has version $have, this fedcli works with $wanted",
        "use the fedcli that made it, or a newer one",
        "The form of the database belongs to the version of fedcli.",
    ),
    # P: policies.
    "P-BUDGET": Entry(
        BudgetSpent,
        "the budget of the $of has rho $left left of $capacity, and this asks for $rho",
        'ask for less rho, or for fewer analyses: "fedcli query explain" tells what it costs',
        "Every answer under differential privacy spends some of a budget that was fixed beforehand, and what is "
        "spent never comes back: a person's data are in every later answer too.",
    ),
    "P-CASE": Entry(
        InvalidFile,
        "$case: $reason",
        '$meant; the keys of a case: "fedcli schema cases"',
        "A case that expects nothing, or what nothing can be, would hold or fail for the wrong reason.",
    ),
    "P-CASES": Entry(
        UsageFault,
        "there are no cases in $path",
        "name a TOML file of cases, or a folder with some",
        "A test of nothing would always hold.",
    ),
    "P-LEVELS": Entry(
        Refused,
        "column $column has $levels levels, the policy allows $limit in a table",
        "use a column with fewer levels",
        "Tables over many levels have many small cells, and single out persons by combination.",
    ),
    "P-MODE": Entry(
        Refused,
        "the population $population was answered under differential privacy within $period: no exact answers now",
        "ask under differential privacy, or wait",
        "One exact answer about persons who were promised differential privacy takes the promise back, so a "
        "population has one mode at a time (privacy.period).",
    ),
    "P-NETWORK": Entry(
        Refused,
        "the policy answers no network of several layers exactly",
        "ask for a linear model (logistic, fedavg), for boosted_trees, or under differential privacy",
        "A network can keep rows in its weights, and no rule of sums bounds how many; only noise does.",
    ),
    "P-NOISE": Entry(
        UsageFault,
        "policy $policy answers with noise, and these are trials of the checks of exact answers",
        'try a policy with mode = "disclosure-control"; "fedcli policy explain" tells what noise promises',
        "Under differential privacy no check looks at an answer. That its noise is as strong as its price is "
        "proved for each analytic, and measured by fedcli's own tests, whatever the policy.",
    ),
    "P-ORDER": Entry(
        InvalidFile,
        "the layers of the policy cannot be compared: $key",
        "make one of them stricter in every respect",
        "A layer can only tighten. Where neither of two values is the stricter, fedcli does not choose.",
    ),
    "P-SLOT": Entry(
        UsageFault,
        "the site's policy lets releases wait for their slot, $slot UTC, and --watch needs them at once",
        'leave --watch out; or let the policy say slot = "immediate"',
        "With a slot each round of a model becomes visible at the first run after that time of day, so that the "
        "time at which a release is seen tells nothing of how long it was computed.",
    ),
    "P-PROFILE": Entry(
        UsageFault,
        "there is no profile $profile (there are: $known)",
        "$meant (or give a file that ends in .toml)",
        "Profiles are policies that ship with fedcli.",
    ),
    "P-QUESTIONS": Entry(
        BudgetSpent,
        "$number new questions of the $of were asked within $period, as many as the policy allows",
        "wait, or ask the site to raise limits.questions_per_$of",
        "Enough exact answers reconstruct any table, whoever asks: there are limits of the researcher, the "
        "project and the population. Asking the same question again costs nothing.",
    ),
    "P-REFUSALS": Entry(
        Refused,
        "the researcher has met $number refusals that depend on data within $period, as many as the policy allows",
        "wait, or talk to the site",
        "Each refusal says a little about the data, so their number is capped, and then people talk.",
    ),
    # Q: queries.
    "Q-AMBIGUOUS": Entry(
        UsageFault,
        "$query could mean several queries: $known",
        "give more digits",
        "The short form of a query is for people; where it means two, nothing is guessed.",
    ),
    "Q-ANALYTIC": Entry(
        InvalidFile,
        "there is no analytic $analytic",
        "$meant",
        '"fedcli analytic list" shows what can be asked.',
    ),
    "Q-AMENDED": Entry(
        UsageFault,
        "$query was amended already, by $by",
        "amend that one",
        "A query has one amendment, so that everybody knows which is in its place.",
    ),
    "Q-BINS": Entry(
        InvalidFile,
        "the columns have more than $most bins in the nodes of a round",
        "take fewer columns, fewer edges, or a smaller depth",
        "Each level of a tree has twice as many nodes as the one before, and each node all bins of all columns.",
    ),
    "Q-CENTRE": Entry(
        InvalidFile,
        "$where: a first centre lies outside the declared bounds of $column",
        "choose starts within the bounds that the dictionary declares",
        "Where centres begin is public, and says nothing of the data: nobody's value can lie outside the bounds.",
    ),
    "Q-BOUNDS": Entry(
        InvalidFile,
        "the dictionary has no bounds for $column",
        "ask the federation to declare them, or take another column",
        "A number is modelled on the scale of its declared bounds, so that sums of products keep their digits, and "
        "under differential privacy clamped into them, so that what one person adds is known beforehand; bounds "
        "are public and never read off the data.",
    ),
    "Q-COLUMN": Entry(
        InvalidFile,
        "column $column is not in dataset $dataset",
        "$meant",
        '"fedcli data describe NAME" shows a dataset\'s columns. Names are compared letter by letter.',
    ),
    "Q-CONTRAST": Entry(
        InvalidFile,
        'the contrast "$contrast" of $where cannot be read at "$at"',
        'write a sum of coefficients as results name them, such as "sexmale - 2 * smokingyes"',
        "The names of a model's coefficients follow from its formula and the dictionary: a level comes right after "
        "its column. Something must be left of the sum.",
    ),
    "Q-COMPARE": Entry(
        InvalidFile,
        "$left cannot be compared with $right here",
        "compare numbers with numbers and texts with their levels; order only numbers and dates",
        "Nothing is cast at a site, so both sides of a comparison must have the same type.",
    ),
    "Q-DATASET": Entry(
        InvalidFile,
        "the federation has no dataset $dataset (it has: $known)",
        "use one of these, or let administrators add its dictionary",
        "A dataset exists in a federation through its dictionary.",
    ),
    "Q-DESIGN": Entry(
        InvalidFile,
        "the design of the query is not the one that its formula and the dictionary give",
        "sign the query again with the dictionary that is in force",
        "What is signed is the list of columns of a model. Every site derives it anew before it computes.",
    ),
    "Q-DOMAIN": Entry(
        InvalidFile,
        "$transform is not defined for all values of $column, whose lower bound is $low",
        "take log1p, or another function",
        "A function must be defined everywhere within a column's declared bounds.",
    ),
    "Q-EXACT": Entry(
        InvalidFile,
        "$what is answered under differential privacy only",
        'ask with mode = "differential-privacy" and a rho under [privacy], or leave it out',
        "What it would tell exactly is the value of one person; chosen under noise it hides everybody.",
    ),
    "Q-DERIVE": Entry(
        InvalidFile,
        "$column cannot be derived: $reason",
        "write one of count, exists, first, last, min, max, sum, mean of a table, or an expression: fedcli help derive",
        "A derived column has one value for each person, from the tables that the dictionary declares. It is one "
        "aggregate over one table, or an expression over columns and what is derived above it.",
    ),
    "Q-EXPIRED": Entry(
        Refused,
        "the query expired on $expires",
        "sign it again with a later date",
        "A query is for a bounded time, so that an old one cannot be answered with new data by surprise.",
    ),
    "Q-EXPRESSION": Entry(
        InvalidFile,
        "the cohort is not an expression that fedcli has: $reason",
        "use comparisons, between, in, is null, and, or, not, + - * /, abs, floor, ceil, year and days_between",
        "Cohorts select rows by their own values. Casts, subqueries and functions of the database are left out on "
        "purpose.",
    ),
    "Q-FORMULA": Entry(
        InvalidFile,
        "the formula cannot be read: $reason",
        "write column names with + - * : ^ and log(), log1p(), sqrt(), scale(), pow(), poly(), bs(), ns(), C(): fedcli help formula",
        "Formulas have a grammar of their own, and nothing in them is ever evaluated.",
    ),
    "Q-FREETEXT": Entry(
        InvalidFile,
        "column $column is text without declared levels",
        "compare it only with null, or use a column with levels",
        "A comparison with free text could pick out a person.",
    ),
    "Q-HOLDERS": Entry(
        Refused,
        "no site offers the dataset $dataset under the dictionary that is agreed now",
        'name the sites in the query, or ask them to run "fedcli data add"',
        "Sites say in their manifests what they hold.",
    ),
    "Q-LEVEL": Entry(
        InvalidFile,
        "$level is not a level of column $column",
        "$meant",
        "A column with declared levels is compared with those only.",
    ),
    "Q-LEVELS": Entry(
        InvalidFile,
        "column $column has no declared levels, so it cannot be grouped by",
        "use a column with levels, or let administrators declare them in the dictionary",
        "Groups come from the dictionary, never from the data: a group that only one person has would name them.",
    ),
    "Q-MODEL": Entry(
        InvalidFile,
        "$where asks of a model what does not go together: $reason",
        'leave one of them out: "fedcli analytic show glm" tells what each parameter is for',
        "Families have links, errors and estimates of their own, and few of these can be combined.",
    ),
    "Q-NOISE": Entry(
        InvalidFile,
        "$what is not answered under differential privacy",
        'leave it out, or ask elsewhere: "fedcli analytic show" tells what is answered how',
        "Only sums whose change by one person is known beforehand can be answered with noise.",
    ),
    "Q-NORMAL": Entry(
        InvalidFile,
        "the query is not in its normal form",
        'sign it with "fedcli query sign"',
        "One question has one form, so that asking it in other words is asking it again.",
    ),
    "Q-ONE-ROW": Entry(
        InvalidFile,
        "a person has one row in $dataset, so there is nothing to say of several",
        "leave unit out",
        "The unit of a model is a question where the dictionary has a person_id and a row_key.",
    ),
    "Q-SCORE": Entry(
        InvalidFile,
        "$where asks of a score what it cannot be: $reason",
        'give what the model has: "fedcli model evaluate" writes such an analysis',
        "A score is made of a model's columns, as a formula names them, and of its numbers, which are signed and "
        "approved with the query: a coefficient of each column, a network, or trees that split these columns.",
    ),
    "Q-OUTCOME": Entry(
        InvalidFile,
        "$column cannot be the outcome of this family",
        "binomial takes two levels or a column of 0 and 1, poisson and negative-binomial counts from zero on, "
        "gaussian numbers, gamma numbers whose bounds are above zero",
        "What an outcome can be follows from the family.",
    ),
    "Q-PERSONS": Entry(
        Refused,
        "the rows of $dataset repeat persons, and this model takes rows for independent",
        'set unit = "person" for a cohort with one row each, or, of a glm, unit = "row": errors by person',
        "Standard errors that take the rows of a person for independent are too small.",
    ),
    "Q-RECURS": Entry(
        InvalidFile,
        "$analysis takes rounds ($analytic), and cannot recur",
        "ask it once in a query of its own, and let the others recur",
        "Each run of a recurring query is answered in one step, unattended. A model takes rounds, which somebody "
        "has to ask for.",
    ),
    "Q-RHO": Entry(
        InvalidFile,
        "rho $rho is too little for the $draws draws of noise that the query takes",
        "give a larger rho, or fewer analyses",
        "The rho of a query is shared evenly by its analyses, and each share by its rounds, in whole units of 1e-12.",
    ),
    "Q-SAME": Entry(
        UsageFault,
        "the file asks what $query asks, for as long and of as many sites",
        "change the file, or leave the query as it is",
        "An amendment changes something. What the file leaves out stays as it was.",
    ),
    "Q-SITE": Entry(
        InvalidFile,
        "$site is not a site of the federation (there are: $known)",
        "correct sites in the query",
        "A query names members of the federation that have the role of a site.",
    ),
    "Q-TABLE": Entry(
        InvalidFile,
        "dataset $dataset has no table $table (it has: $known)",
        "take one of these",
        'The tables of events of a dataset are in its dictionary: "fedcli data describe NAME" shows them.',
    ),
    "Q-TYPE": Entry(
        InvalidFile,
        "column $column is of type $type, and $wanted is needed",
        "use another column, or another analytic",
        "Each parameter of an analytic says which columns it can take.",
    ),
    "Q-UNIT": Entry(
        InvalidFile,
        "dataset $dataset has no persons to count: its unit is the row",
        'leave `of` out, or set of = "row"',
        "Persons can be counted where the dictionary says which column tells them apart.",
    ),
    "Q-UNKNOWN": Entry(
        UsageFault,
        "no query here is called $query (there are: $known)",
        'see "fedcli query list" or "fedcli approval list"',
        "A query is named by its digest, or by q- and the first digits of it.",
    ),
    "Q-WEIGHTS": Entry(
        InvalidFile,
        "$column cannot weigh rows",
        "name a column of numbers whose lower bound in the dictionary is zero or more",
        "A prior weight says how many observations a row stands for, so it is not below zero.",
    ),
    "Q-UNSUBMITTED": Entry(
        UsageFault,
        "$query was not submitted, so there is nothing to amend",
        'submit the changed file: "fedcli query submit FILE"',
        "Nobody has seen a query that is not in the exchange.",
    ),
    "Q-USE": Entry(
        InvalidFile,
        "the dictionary does not let column $column be used for $use",
        "use another column",
        "Identifiers can never be asked about; other columns have their uses listed in the dictionary.",
    ),
    "Q-VERSION": Entry(
        Refused,
        "the query wants version $wanted of $analytic, this fedcli has version $have",
        "use the same version of fedcli at the researcher and at the sites",
        "Two versions of an analytic may compute differently; their answers cannot be added.",
    ),
    # R: results.
    "R-MIN-SITES": Entry(
        UsageFault,
        "the query was signed with a quorum of $signed; --min-sites $asked is lower",
        "give a higher number or none",
        "The quorum was approved with the query. It can be raised, never lowered.",
    ),
    "R-LEFT-OUT": Entry(
        Untrusted,
        "round $round leaves out sites that answered or still had time: $sites",
        "keep the files as evidence, and ask the researcher",
        "Which sites are in a sum follows from the signed query: all that answer before its deadline, each with "
        "the last that it said, and by the clock of the site that checks. The time of a later round begins when the "
        "first site signed its answer. Two sums that differ in one site would tell that site's own numbers.",
    ),
    "R-CARD": Entry(
        UsageFault,
        "$model is a file that was given: its card is where it was made",
        'ask who gave it for its card: "fedcli model export ID --card -o card.md"',
        "What a model is for, and of whom it is, are in the query that was signed, which a model names by its "
        "digest.",
    ),
    "R-CLASSIFIER": Entry(
        UsageFault,
        "$model is no classifier that counts in bins of a score can evaluate: $reason",
        "evaluate a model of two classes: a binomial glm, logistic, naive_bayes, fedavg, network, trees",
        "A score is computed at each site of its own rows, from numbers that the query has. What leaves is how many "
        "have the outcome in each bin of it. Models of a number have no classes; splines are not computed so.",
    ),
    "R-COLUMNS": Entry(
        UsageFault,
        "$model does not have the columns that its formula means in $dataset: $columns",
        "evaluate it on a dataset whose dictionary has the same columns, levels and bounds",
        "The coefficients of a model are of its own columns. Another dictionary may code levels otherwise, or "
        "stretch a polynomial over other bounds, and then the same numbers mean another model.",
    ),
    "R-MODEL": Entry(
        UsageFault,
        "$model means $many: $known",
        'write more of its digest; "fedcli model list" has all that results of this home tell',
        "A model is named by its digest, which begins with m-, or by its query, where that has one model. A fit that "
        "did not end, hides a coefficient or has an intercept of each site's own is no model to predict with.",
    ),
    "R-MISSED": Entry(
        Pending,
        "too few sites answered run $run while it was open: $missing did not",
        "ask them why, and combine the next run; or sign a query that needs fewer sites",
        "A run below its quorum has no result. What a site did not answer in time it answers no more.",
    ),
    "R-NETWORK": Entry(
        UsageFault,
        "$model is no network: a safetensors file has arrays of weights",
        "name a file that ends with .json",
        "Coefficients have names, which JSON tells beside them; weights of a network have places alone.",
    ),
    "R-NONE": Entry(
        Pending,
        "the query $query has no result yet",
        'run "fedcli combine" first',
        "A report shows what combining has made.",
    ),
    "R-NOT-DUE": Entry(
        Pending,
        "run $run is due $due UTC",
        "wait until then, or name a run that is due: --run N",
        "The runs of a recurring query follow from its signature: nothing can be asked of one before it is due.",
    ),
    "R-QUORUM": Entry(
        Refused,
        "fewer sites answered the analysis than the query's quorum",
        "see which sites refused, and ask for less",
        "An analysis is combined only when as many sites answered as the query promised.",
    ),
    "R-RUN": Entry(
        UsageFault,
        "the query has no run $run: $runs",
        "name a run that it has, or leave --run out for the last that has ended",
        "The runs of a recurring query are counted from one.",
    ),
    "R-RECALLED": Entry(
        Untrusted,
        "$site has recalled this release: $reason",
        "do not use its numbers; combine again for a result without them",
        "A site withdraws a release that it should not have made. The file is as it was signed, and the site "
        "does not stand by it any more.",
    ),
    "R-REPLAY": Entry(
        Untrusted,
        "a release is not for this query, round and place",
        "remove it from the exchange, and ask the site",
        "A release counts once, for the query, round and attempt that it was signed for.",
    ),
    "R-ANEW": Entry(
        Pending,
        "round $round starts anew with the $sites sites that answered: another had its time and did not",
        "combine again when they have answered",
        "The sums of an exact method are over the same sites from its start to its end. Every site checks that "
        "who is left out had until the deadline. Federated averaging without noise goes on without that site, and "
        "starts anew only where one recalled a release.",
    ),
    "R-CONTRADICTED": Entry(
        InvalidFile,
        "no data can have both the external totals and what the sites published",
        "see that the totals count the same as the query: the same cohort, the same sites, the same time",
        "Totals from elsewhere show what somebody who has them can work out. Where they and the sites' intervals "
        "exclude each other they are of something else, and an audit with them would say nothing.",
    ),
    "R-DROPPED": Entry(
        Pending,
        "$missing did not answer round $round in time, and too few others did",
        "ask them to answer; or sign the query again without them",
        "Without a site that falls silent an exact method starts anew, and federated averaging goes on, only while "
        "as many answer as the query promised. A method whose sites are fixed in its first round is given up where "
        "one of them refuses a later round.",
    ),
    "R-ROUND": Entry(
        Pending,
        "round $round is asked: the sites answer it with their next run",
        'combine again when they have; "fedcli query status" shows who has',
        "A fit takes several rounds. Each follows from the sites' signed answers to the one before.",
    ),
    "R-STATE": Entry(
        Untrusted,
        "the state of $analysis is not what the signed releases of the round before give",
        "keep the files as evidence, and ask the researcher",
        "Every site recomputes the step of a round before it answers the next, so that nobody can choose "
        "coefficients or leave a site out of a sum.",
    ),
    "R-SHAPE": Entry(
        Untrusted,
        "the answer of $site does not have the form that the query asks for",
        "ask the site which version of fedcli it runs",
        "What is added must have the same axes and fields at every site.",
    ),
    "R-ROBUST": Entry(
        Refused,
        "$combiner needs $fewest sites where $faulty may be wrong, and $have answered",
        "ask more sites, expect fewer of them to be wrong, or take another combiner",
        "A combiner that withstands wrong sites needs more right ones: 2 f + 1 of a median or a trimmed mean, 2 f + 3 "
        "of Krum.",
    ),
    "R-UPDATE": Entry(
        Untrusted,
        "the update of $site cannot be combined: $reason",
        "keep the files as evidence, and ask the site; without it the query is to be signed again",
        "What a site adds to a model that is trained is a number for each coefficient, and none that would drown "
        "those of all others.",
    ),
    "R-SITE": Entry(
        Untrusted,
        "$site is not among the sites that are asked",
        "remove its release from the exchange",
        "The sites of a query are fixed when it is signed, and those of a method that takes rounds in its first one.",
    ),
    "R-FEW": Entry(
        Pending,
        "too few sites answered in time: $missing did not",
        "ask them, and combine when they have answered; or sign a query that needs fewer sites",
        "Below its quorum a query has no result, whatever time has passed.",
    ),
    "R-TIME": Entry(
        Untrusted,
        "the release of $site for run $run was not made while that run was open",
        "keep the files as evidence, and ask the site; its clock may be wrong",
        "A release of a recurring query says which run it is for, and when that was due. One that was made before or "
        "after is of other data.",
    ),
    "R-TOTALS": Entry(
        InvalidFile,
        "the external totals do not fit the query: $problem",
        "write analyses, levels and sites as the query and its dictionary have them",
        "A total is of cells of one table of counts; where persons have several rows, of one cell. It is used for "
        "the audit of what the sites hid, and added to nothing.",
    ),
    "R-TREES": Entry(
        UsageFault,
        "$model has no $wanted: it is $kind",
        "see docs/models.md for how each kind of model is loaded, and what it predicts",
        "A reader has models of trees, which scikit-learn has no way to make of a file; other kinds are made into "
        "its own estimators. Probabilities are of classes, and a number has none.",
    ),
    "R-WAIT": Entry(
        Pending,
        "sites have not answered yet: $missing",
        "wait until the deadline ($deadline UTC), or go ahead with --min-sites N",
        "All sites are waited for until the round's deadline; after it, who has not answered has dropped out.",
    ),
    # S: signatures and seals.
    "S-BINDING": Entry(
        Untrusted,
        "the sealed values belong to another release",
        "ask the site to publish again",
        "Values are bound to their query, site, round and attempt.",
    ),
    "S-ENCODING": Entry(
        Untrusted,
        "a key or signature is not in canonical base64",
        "fetch the file again",
        "An encoding with two forms would give one thing two digests.",
    ),
    "S-FEDERATION": Entry(
        Untrusted,
        "the file is of the federation $federation, and this one is $ours",
        "check which exchange it came from",
        "Everything that is signed names its federation, so that nothing can be moved to another.",
    ),
    "S-FORM": Entry(
        Untrusted,
        "the file is not a whole signed file",
        "fetch it again; if it stays so, keep it as evidence and ask who signed it",
        "A signed file is a DSSE envelope over an in-toto statement in strict JSON. One changed byte can break its "
        "form before it breaks its signature, so both are the same alarm.",
    ),
    "S-GONE": Entry(
        Untrusted,
        "a signed file names another that is not there",
        "where folders are synchronised, wait for the rest; else ask who wrote it",
        "The file that is named is published first, so that who sees its statement finds it. One that is missing "
        "was taken away, or has not arrived yet.",
    ),
    "S-KIND": Entry(
        Untrusted,
        "the signed file is not a $wanted",
        "check which file it is",
        "What a statement is, is part of what is signed: an approval cannot pass for a release.",
    ),
    "S-NOTE": Entry(
        Untrusted,
        "the checkpoint is not signed by its site",
        "fetch it again, and ask the site",
        "A checkpoint is a signed note over a log's size and root.",
    ),
    "S-PLACE": Entry(
        Untrusted,
        "a genuine file lies in a place of the exchange that is not its own; it belongs at $place",
        "find out who put it there, and move it away",
        "A file counts for its site, query, round and attempt only. In the place of another one it would answer "
        "what was never asked.",
    ),
    "S-RECIPIENT": Entry(
        Untrusted,
        "the values were not sealed to $name",
        "use the key of a recipient that the query names",
        "Only the recipients that the approvers saw can open a release.",
    ),
    "S-RECIPIENTS": Entry(
        Untrusted,
        "a recipient of the query is no longer a member of the federation",
        "the researcher signs the query again with the present keys",
        "Values are sealed to members' keys as the root has them now.",
    ),
    "S-REHEARSAL": Entry(
        Untrusted,
        "this is a rehearsal, not a release",
        "nothing to do: rehearsals prove nothing, and are marked",
        "A rehearsal runs the whole walk with keys made for the occasion.",
    ),
    "S-REVIEW": Entry(
        Untrusted,
        "the release names reviews that do not let it out",
        "do not use it; keep it as evidence and ask the site",
        "A release that was parked carries the reviews of two people of its site, with keys of their own, neither "
        "of whom asked: each approves this query, on this snapshot, under this policy.",
    ),
    "S-SEAL": Entry(
        Untrusted,
        "the sealed file does not open",
        "fetch it again; if it stays so, ask who sealed it",
        "A sealed file that was changed by one bit does not open.",
    ),
    "S-SIGNATURE": Entry(
        Untrusted,
        "a signature does not hold: the file was changed after signing",
        "fetch it again; if it stays so, keep it as evidence and ask who signed it",
        "Signatures are over the bytes as sent.",
    ),
    "S-SIGNER": Entry(
        Untrusted,
        "the file is signed by nobody who may sign it here",
        "check the federation's root: the signer may have left, or have another role",
        "Which keys count, and for what, is said by the root alone.",
    ),
    "S-SUBJECT": Entry(
        Untrusted,
        "the file is not the one that was signed about",
        "fetch both files again; if it stays so, keep them as evidence",
        "A statement names the digest of what it is about.",
    ),
    "S-WHO": Entry(
        Untrusted,
        "the file names $name and is signed by $signers",
        "keep it as evidence, and ask both",
        "Nobody can sign in the name of another.",
    ),
    # T: the federation's root.
    "T-ADMINISTRATOR": Entry(
        Refused,
        "$name is not an administrator of the federation",
        "act as one with --key NAME",
        "Roots are signed by administrators of the last root or of the next.",
    ),
    "T-CHAIN": Entry(
        Untrusted,
        "the file is not part of the chain of roots",
        "fetch the federation's folder again",
        "Roots are numbered from 1 without gaps, and each is of the same federation.",
    ),
    "T-DICTIONARY": Entry(
        InvalidFile,
        "the dictionary of $dataset differs from the agreed version $version and has no higher one",
        "raise version in the file",
        "A dictionary that changed is another one, and says so by its version.",
    ),
    "T-EXPIRED": Entry(
        Untrusted,
        "root $version of the federation expired on $expires",
        "administrators sign and publish the next one",
        "Somebody may be holding a newer root back. A root that has expired is trusted for nothing new.",
    ),
    "T-FORK": Entry(
        Untrusted,
        "root $version differs from the one that was seen before",
        "keep the exchange's folder as evidence, and ask the administrators",
        "Two different roots of one version mean that somebody is shown another federation.",
    ),
    "T-KEY": Entry(
        Untrusted,
        "the key of $name in this home is not the one in the root",
        "have the new card enrolled, or use the key that is",
        "After a rotation the administrators publish a root with the new key.",
    ),
    "T-MEMBER": Entry(
        UsageFault,
        "$name is not a member (there are: $known)",
        "$meant",
        "Members are listed in the root.",
    ),
    "T-NOT-MEMBER": Entry(
        Refused,
        "$name is not a member of the federation",
        "give your card to an administrator",
        "Only members can sign queries.",
    ),
    "T-PIN": Entry(
        Untrusted,
        "the first root does not have the pinned digest $pin",
        "compare the digest with an administrator by another way; it may be another federation",
        "The pin is the one thing that you know from outside the exchange.",
    ),
    "T-ROLLBACK": Entry(
        Untrusted,
        "the exchange shows root $version, and $seen was seen before",
        "fetch the federation's folder again; somebody may have put an old copy there",
        "Nobody goes back to an older root.",
    ),
    "T-SIGNATURES": Entry(
        Pending,
        "root $version has the signatures of $signers; it needs $threshold of its administrators, and as many as "
        "the last root wants of its own",
        'the others run "fedcli federation sign --key NAME"',
        "A root counts with the signatures of a threshold of administrators of the last root and of its own.",
    ),
    "T-THRESHOLD": Entry(
        Untrusted,
        "a root in the exchange has $signed of $threshold signatures",
        "fetch the federation's folder again, and ask the administrators",
        "A root counts with the signatures of a threshold of administrators of the last root and of its own.",
    ),
    "T-VERSION": Entry(
        Untrusted,
        "root $version is meant, and there are $have",
        "fetch the federation's folder again",
        "The file was made under a newer root than this exchange has.",
    ),
    "T-WAIT": Entry(
        Pending,
        "root $version is not signed as it stands now",
        'administrators run "fedcli federation sign --key NAME"',
        "What was changed after signing has to be signed again.",
    ),
    # U: the command line.
    "U-ANALYTIC": Entry(
        UsageFault,
        "there is no analytic $analytic",
        "$meant",
        '"fedcli analytic list" shows what can be asked.',
    ),
    "U-CRON": Entry(
        UsageFault,
        "cron cannot say: $problem",
        'take what divides an hour or a day, and a path of one line; or "fedcli schedule show --systemd"',
        "A crontab has minutes, hours and days, and one line for each command.",
    ),
    "U-DURATION": Entry(
        UsageFault,
        "$text is no length of time",
        'write it like "1 day", "12 hours" or "20 min"',
        "A length of time is a whole number of minutes, hours or days.",
    ),
    "U-LINE": Entry(
        UsageFault,
        "the $what is not one line of 1 to $length printable characters",
        "write it anew: no line breaks, no control characters",
        "What people write is signed and shown to others, at whose terminal an escape sequence would act.",
    ),
    "U-NAME": Entry(
        UsageFault,
        "$name cannot be a name here",
        "use small letters, digits and single hyphens, starting with a letter, at most 40",
        "Names become folders in the exchange.",
    ),
    "U-OPT-OUTS": Entry(
        UsageFault,
        "opt-outs cannot be taken out as of $date, which is to come",
        "give the day of the list of objections that was used",
        "The day says which objections are respected: those that were known then.",
    ),
    "U-PIN": Entry(
        UsageFault,
        "nobody has said which federation to trust",
        "give --pin with the digest of its first root, or --home with a home that trusts it",
        "Whoever hands over an exchange could hand over another one with roots of their own. The digest comes "
        "from an administrator, by another way.",
    ),
    "U-ROLE": Entry(
        UsageFault,
        "there is no role $role (there are: $known)",
        "$meant",
        "What a member may do follows from roles.",
    ),
    "U-SCENARIO": Entry(UsageFault, "there is no scenario $name", "$meant", "Scenarios ship with fedcli."),
    "U-USAGE": Entry(
        UsageFault, "$problem", 'see "fedcli$words --help"', "The command line could not be understood."
    ),
    "U-CODE": Entry(UsageFault, "there is no code $name", "$meant", '"fedcli explain" lists all codes.'),
    "U-SCHEMA": Entry(
        UsageFault,
        "there is no schema $name",
        "$meant",
        "The forms of files by name, and for each command that of its answer: cli-query-list is that of query list.",
    ),
    "U-TOPIC": Entry(
        UsageFault,
        "there is no help on $name",
        "$meant",
        "Help has a page for each command and for each topic.",
    ),
    # V: the vault.
    "V-BUG": Entry(
        Bug,
        "the vault met an error of its own ($place)",
        _REPORT,
        "The message names the place in the program and the kind of error; the error's text may hold a value, so it "
        "is not kept.",
        data_dependent=True,
    ),
    "V-CAGE": Entry(
        Bug,
        "the vault could not shut itself in ($wall)",
        _REPORT,
        "Before it opens anything the vault gives up files, network and other processes, and looks whether they are "
        "gone. A cage that cannot be seen to be shut is not used. docs/operations.md tells what a machine must offer.",
        data_dependent=True,
    ),
    "V-LOCK": Entry(
        Bug,
        "the engine did not keep the settings that shut it in",
        "use the version of DuckDB in the lock file",
        "Settings are read back after they are made. A door that cannot be seen to be shut is not used.",
        data_dependent=True,
    ),
    "V-SANDBOX": Entry(
        Refused,
        "the policy requires a sandbox that this machine does not offer: $missing",
        'see "fedcli doctor"; run on a machine that has it, or let those who decide the policy change limits.sandbox',
        "Landlock in the version of Linux 6.12 or newer keeps files, programs and signals from the process that reads "
        "data, and a network namespace the network. Nothing was opened or charged.",
    ),
    "V-READMIT": Entry(
        Bug,
        "the vault's message is no release that the policy lets out: $field",
        _REPORT,
        "What the vault sends is checked once more against the query and the policy, without data.",
        data_dependent=True,
    ),
    "V-REPLY": Entry(
        Bug,
        "the vault's message is too long or not whole",
        _REPORT,
        "The vault sends one message of bounded size.",
        data_dependent=True,
    ),
    # X: the exchange.
    "X-AUTH": Entry(
        Busy,
        "the exchange $exchange did not let this home in",
        "check the user, the key or the credentials in fedcli.toml with who runs the exchange, and run it again",
        "The server was the right one and refused who came. Nothing is lost: what is still to be carried stays in the home.",
    ),
    "X-CREDENTIALS": Entry(
        Refused,
        "the exchange $exchange needs credentials and this home names none",
        "$remedy",
        "A far exchange is entered with a key file or with credentials from a file or the environment, never with what is in an address.",
    ),
    "X-DOWN": Entry(
        Busy,
        "the exchange $exchange is not there",
        "mount or synchronise it, or see that its server answers, and run it again",
        "What participants share cannot be reached now. Nothing is lost by waiting: what is still to be carried stays in the home.",
    ),
    "X-EXTRA": Entry(
        InvalidFile,
        "an exchange of the kind $kind needs the package $package, which is not installed",
        "install fedcli with it: pip install 'fedcli[$kind]'",
        "Who shares a folder needs neither the library for SFTP nor the one for object stores, so they are extras.",
    ),
    "X-FULL": Entry(
        Busy,
        "the exchange $exchange did not take $name",
        "see with who runs it whether this home may write there and has room left, and run it again",
        "A quota, a full disk or a missing permission at the exchange. What was refused stays in the home and is carried next time.",
    ),
    "X-HOST-KEY": Entry(
        Untrusted,
        "the server of $exchange shows the key $seen, and the pinned one is $pinned",
        "do not go on: ask who runs the exchange, by another way, whether its key was changed, and pin the new one only then",
        "Another key means another machine, or somebody in between who would see and hold back what is carried.",
    ),
    "X-NO-PIN": Entry(
        Refused,
        "no host key is pinned for $exchange; its server shows $seen",
        'ask who runs the exchange for its key, by another way, compare it with what "ssh-keyscan -p $port $host" prints, and write it into fedcli.toml: [sftp] host_key',
        "Whoever answers first is not trusted for that. The fingerprint is told so that it can be compared.",
    ),
    "X-OTHER": Entry(
        Untrusted,
        "$name in the exchange has other bytes than in this home, which has kept its own",
        "keep both as evidence, and ask whose folder it is; who is right puts the name in order at the exchange or in the home's exchange folder",
        "Names are written once. What was seen first is what was verified, and is never replaced.",
    ),
    "X-REPLACES": Entry(
        Untrusted,
        "the store of $exchange replaces what is there",
        "ask who runs it for a store that creates an object only where there is none yet, or share a folder or SFTP",
        "Every name in an exchange is written once. Such a store takes a second object of the same name without a word, so that what was published could be gone. Nothing more was given to it.",
    ),
    "X-STRANGE": Entry(
        Untrusted,
        "$name in the exchange was not taken: $reason",
        "ask whose folder it is, and let it be removed from the exchange",
        "Under a name that counts there must be a plain file of bounded size. Links, devices and floods are left where they are.",
    ),
    "X-TAKEN": Entry(
        Untrusted,
        "a name in the exchange that only this participant writes holds something else",
        "find out who wrote there and move the file away; the next run publishes what is due",
        "Each participant has a folder of its own in the exchange, and every name is written once.",
    ),
    "X-URL": Entry(
        InvalidFile,
        "$exchange is not an exchange that fedcli can reach: $reason",
        "write a folder, file:///folder, sftp://user@host:22/folder or s3://bucket/prefix",
        "An address never holds a password. Ways without encryption are for this machine alone, unless fedcli.toml says otherwise.",
    ),
}


def fault(code: str, **facts: object) -> FedcliError:
    """The error of a code with its facts filled in, to be raised."""
    entry = CATALOGUE[code]
    told = {name: printable(fact) for name, fact in facts.items()}
    what, fix = (string.Template(text).substitute(told) for text in (entry.what, entry.fix))
    return entry.kind(code, what, fix, told, entry.data_dependent)
