"""The catalogue of 64 attacks: what stops each, the test that plants it, and its control, or why it is not here.

`docs/attacks.md` prints it; a test holds that every number is there and every test that is named exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Row(NamedTuple):
    """One attack: `tried` names tests; where there is none, `stops` says why."""

    number: int
    attack: str
    stops: str
    tried: tuple[str, ...] = ()
    control: str = "in it"


MUTANT = "a mutant"
_DOOR, _STRINGS, _HOSTILE = (
    "attacks/test_front_door",
    "engine/test_strings",
    "workflows/test_hostile_exchange",
)
_DSSE, _MEMBERS, _LEDGER = "unit/trust/test_dsse", "unit/trust/test_membership", "workflows/test_ledger"
_PLANTED, _ROUNDS = "attacks/test_planted", "workflows/test_rounds"
_PARTS = {
    1: "A. What is asked",
    13: "B. Disclosure",
    29: "C. Files and parsers",
    37: "D. Signatures, keys, logs",
    52: "E. The federation",
    58: "F. Reliability",
}

ROWS = (
    Row(1, "SQL in a value of a filter, a level or a missing code", "values are bound; the SQL is a template", (f"{_STRINGS}::test_published_injections", f"{_STRINGS}::test_naughty_strings", f"{_STRINGS}::test_the_sql_of_a_literal_is_a_template")),
    Row(2, "a column named like a statement", "a name is letters, digits and underscores, and in the dictionary", (f"{_STRINGS}::test_no_string_names_a_column", "laws/test_columns::test_only_declared_columns_are_asked_for"), MUTANT),
    Row(3, "a function, a cast or a subquery in the tree", "a closed set of forms; unknown keys are refused", ("unit/model/test_predicate::test_what_is_not_is_refused", "unit/language/test_expression::test_what_is_refused")),
    Row(4, "a deep tree, a million choices, a file of 200 MB, a key of many parts", "sizes, depths and numbers of values are counted before parsing", (f"{_DOOR}::test_files_that_would_fill_the_memory", f"{_DOOR}::test_toml_that_would_become_much", f"{_DOOR}::test_json_that_would_become_much", "unit/language/test_expression::test_large_trees_are_refused_by_a_code"), MUTANT),
    Row(5, "two values for one key", "the strict reader", (f"{_DOOR}::test_a_key_twice", "unit/files/test_strict::test_duplicate_keys_are_refused")),
    Row(6, "amounts that are none: NaN, infinite, negative, other scripts' digits", "an amount is a decimal text of one grammar", (f"{_DOOR}::test_amounts_in_every_bad_form", "unit/ledger/test_budget::test_what_is_no_amount")),
    Row(7, "groups by a person's number, or more groups than may be", "grouping by declared levels alone, bounded in number", ("workflows/test_admission::test_too_many_levels", "attacks/test_canary::test_questions_that_are_wrong")),
    Row(8, "a level read off the data", "only declared levels are told", (f"{_PLANTED}::test_a_rare_level_is_no_label",)),
    Row(9, "an error that depends on one row", "one voice, one length, one charge", ("workflows/test_neighbours::test_a_refusal_is_the_same_to_the_byte", "attacks/test_canary::test_a_number_that_overflows"), "`tests/workflows/test_neighbours.py::test_the_first_is_answered`"),
    Row(10, "numbers at the edges: 1e400, -0.0, 2^63, 0.1 + 0.2", "finite doubles, whole numbers within 2^53; both engines agree", ("engine/test_values::test_the_shared_table", "unit/files/test_strict::test_integers_beyond_the_limit_are_refused", "engine/test_stored_types::test_no_constant_fails")),
    Row(11, "a pattern that never ends", "no operator has patterns", ("unit/language/test_expression::test_what_is_refused",)),
    Row(12, "a path as the name of a dataset, a query, a key or a person", "names have one grammar, ids are digests", (f"{_DOOR}::test_strings_are_no_names", f"{_DOOR}::test_published_strings_are_no_names", "unit/exchange/test_folder::test_only_participants_and_digests_are_queries")),
    Row(13, "differencing: a cohort, and the same without one", "`memory`, `complement`", ("attacks/test_remembered::test_differencing", "laws/test_differencing::test_persons_who_are_left_out_wholly")),
    Row(14, "averaging one question over and over", "the same question has the same answer, and one charge", ("workflows/test_private::test_the_same_question_has_the_same_noise", "workflows/test_data_changed::test_the_same_question_costs_once")),
    Row(15, "reconstruction from many random subsets", "`memory`, limits, the budget", ("attacks/test_policy_attacks::test_standard_tells_nobody_apart",), "`tests/attacks/test_policy_attacks.py::test_all_succeed_where_nothing_is_in_the_way`"),
    Row(16, "one who holds nearly all of a sum", "`dominance`, `p_percent`", (f"{_PLANTED}::test_one_holds_nearly_all_of_a_sum",)),
    Row(17, "one who is not zero among many who are", "`contributors`", (f"{_PLANTED}::test_one_who_is_not_zero",)),
    Row(18, "a saturated model, an indicator of one person", "`model_cells`, `parameters`, `model_dof`", (f"{_PLANTED}::test_an_indicator_of_one_person", f"{_PLANTED}::test_a_model_with_a_parameter_for_every_third_person")),
    Row(19, "minimum, maximum, exact quantile, mode", "they are not offered", (f"{_PLANTED}::test_what_is_one_persons_value_is_not_offered",)),
    Row(20, "a hidden cell as the rest of a total", "`secondary`", ("attacks/test_remembered::test_margins", "attacks/test_attacker::test_tables_with_margins_cannot_be_solved"), "`tests/attacks/test_attacker.py::test_both_can_be_solved_with_nothing_in_the_way`"),
    Row(21, "one site's share as the sum of two less the other's", "`min_sites`", ("workflows/test_planted::test_the_other_of_two_sites",)),
    Row(22, "yesterday's data and today's, with one row more", "`memory` over snapshots", ("workflows/test_remembering::test_a_changed_snapshot",), "`tests/workflows/test_remembering.py::test_nothing_is_remembered_where_the_policy_says_so`"),
    Row(23, "gradient inversion, also by weights that were planted", "weights begin by lot, and every site draws them again; a site's steps are over all of its rows, and enough persons must move each; the slope of many is nobody's row", ("attacks/test_networks::test_a_slope_of_few_does_not_leave", "workflows/test_networks::test_weights_that_were_planted", "attacks/test_networks::test_a_planted_unit_is_seen_by_the_gate", "attacks/test_networks::test_nobody_knows_the_lots_before_sites_have_signed", "attacks/test_networks::test_a_slope_of_many_is_nobodys_row", "attacks/test_trained::test_what_a_model_that_is_sure_leaves_is_few", "attacks/test_trained::test_a_later_step_is_looked_at_too"), "`tests/attacks/test_networks.py::test_a_slope_of_one_row_is_the_row`, `tests/attacks/test_networks.py::test_a_planted_unit_isolates_a_person`"),
    Row(24, "models that keep rows", "what keeps one person's value is not in the list of analytics; networks are refused exactly unless allowed, and have ten persons for each weight under every policy", (f"{_PLANTED}::test_what_is_one_persons_value_is_not_offered", "workflows/test_networks::test_a_network_is_refused_unless_the_policy_allows_it", "attacks/test_networks::test_a_network_that_could_keep_its_rows"), "`tests/attacks/test_networks.py::test_a_loss_tells_who_was_there`"),
    Row(25, "membership in a trained model", "ten persons for each weight, or noise ([ADR 49](adr/0049-membership-is-measured-by-a-hold-out.md) says what is not measured). Membership by the means of many traits is tried by `fedcli policy attack`", ("attacks/test_networks::test_a_loss_tells_hardly_who_was_there_within_the_bound", "attacks/test_networks::test_noise_tells_nobody", "attacks/test_policy_attacks::test_standard_tells_nobody_apart"), "`tests/attacks/test_networks.py::test_a_loss_tells_who_was_there`, `tests/attacks/test_policy_attacks.py::test_all_succeed_where_nothing_is_in_the_way`"),
    Row(26, "two researchers, or two keys, with a budget each", "budget and memory are the population's", ("workflows/test_planted::test_two_researchers", "unit/ledger/test_budget::test_the_capacity_of_a_population"), "`tests/workflows/test_planted.py::test_two_researchers_of_a_site_that_forgets`"),
    Row(27, "a budget begun anew by a clock or another project's name", "periods count from the site's log; projects share limits", ("workflows/test_planted::test_another_project_has_no_limit_of_its_own", "workflows/test_private::test_exact_answers_wait_for_the_period", "unit/ledger/test_accounts::test_the_window_moves")),
    Row(28, "sizes, counts and times beside the numbers", "nothing in clear depends on data; files have one length", ("workflows/test_voice::test_the_sealed_files_are_alike", "workflows/test_private_neighbours::test_nothing_but_noisy_cells_differs"), "`tests/workflows/test_private_neighbours.py::test_an_exact_release_does_not_pass`"),
    Row(29, "a pickle, or another file that names code", "no file names a class; no such reader is in the program", ("architecture/test_doors::test_never_imported", "architecture/test_doors::test_never_called"), MUTANT),
    Row(30, "links, pipes, devices and odd names, in an exchange, a home, or as data", "regular files, opened without following links", (f"{_DOOR}::test_things_that_are_no_files", f"{_DOOR}::test_a_pipe_in_a_home", "unit/files/test_reader::test_a_pipe_does_not_hang", "unit/files/test_reader::test_a_device_is_not_read", "workflows/test_broken_files::test_a_broken_file"), MUTANT),
    Row(31, "JSON that parsers read in two ways", "the strict reader, over all of JSONTestSuite", ("vectors/test_json::test_what_is_no_json_is_refused", "vectors/test_json::test_the_choices_stay_as_they_are", "unit/files/test_strict::test_any_bytes_give_a_value_or_a_refusal")),
    Row(32, "Parquet: bombs, lies in the footer, encrypted, nested, 10 000 columns, columns twice", "bounded memory; form is held against the dictionary", ("attacks/test_parquet::test_fifty_million_rows_in_a_small_file", "attacks/test_parquet::test_files_that_lie", "attacks/test_parquet::test_a_file_of_another_form", "engine/test_check::test_malformed_parquet_ends_in_a_code"), MUTANT),
    Row(33, "rows in the metadata of a file", "metadata are not told", ("attacks/test_parquet::test_rows_in_the_metadata", "attacks/test_canary::test_every_analytic")),
    Row(34, "NaN, infinite, denormal, far moments, long decimals", "null, or clamped; never in a release", ("engine/test_stored_types::test_no_number_fails", "engine/test_stored_types::test_no_level_fails", "workflows/test_private::test_faulty_values_are_bounded_and_not_told"), MUTANT),
    Row(35, "tags, bombs and two readings in a settings file", "TOML 1.0, strictly read; there is no YAML", ("vectors/test_toml::test_malformed_toml_is_refused", "architecture/test_doors::test_never_imported")),
    Row(36, "a label or a name that a terminal or a table obeys", "labels are printable; whatever is shown is escaped", (f"{_DOOR}::test_a_name_that_is_an_order", f"{_DOOR}::test_a_level_that_is_an_order", "workflows/test_queries_written::test_a_text_with_escapes_is_refused"), MUTANT),
    Row(37, "a signature taken away; none at all; a threshold of zero", "at least one signature, and the root's threshold", (f"{_DSSE}::test_no_signature_is_refused", f"{_MEMBERS}::test_a_first_root_is_signed_by_its_own_threshold")),
    Row(38, "one byte changed, anywhere, in any kind of signed file", "signatures over the bytes; one form for the rest", ("attacks/test_every_byte::test_a_changed_byte", "attacks/test_every_byte::test_every_kind_is_here"), MUTANT),
    Row(39, "one kind of document played as another", "the kind is in the signed bytes (DSSE's PAE, in-toto's type)", (f"{_DSSE}::test_another_kind_is_refused", f"{_DSSE}::test_a_signature_over_another_payload_type_does_not_hold", "unit/trust/test_verified::test_another_kind_is_refused")),
    Row(40, "key confusion: another's id, a weak point, another scheme", "the root names keys and scheme; weak keys are not enrolled", (f"{_DSSE}::test_a_trusted_key_id_over_anothers_signature_does_not_hold", "vectors/test_ed25519::test_the_edge_points_of_cctv", f"{_MEMBERS}::test_a_weak_key_is_refused")),
    Row(41, "one signature, or one key under two names, counted twice", "a key counts once", (f"{_DSSE}::test_a_key_counts_once", f"{_MEMBERS}::test_one_key_is_one_signature", "workflows/test_reviews::test_two_reviews_with_one_key"), MUTANT),
    Row(42, "the same JSON in another form", "a signed file has one form", (f"{_DSSE}::test_a_file_has_one_form", f"{_DSSE}::test_the_signed_bytes_are_what_counts"), MUTANT),
    Row(43, "keys that expired or were revoked; a clock that went back", "roots step by one; order comes from logs and versions", (f"{_MEMBERS}::test_a_revoked_key_counts_no_more_in_any_version", "workflows/test_governance::test_a_key_that_was_revoked_does_not_come_back", "workflows/test_governance::test_an_expired_root")),
    Row(44, "replay: another round, query, site or federation", "a file counts for what it was signed for, once", ("workflows/test_replay::test_an_attempt_again", "workflows/test_replay::test_the_release_of_another_query", f"{_HOSTILE}::test_files_in_the_wrong_hands"), MUTANT),
    Row(45, "trust or policy led back to an older version", "what was seen is remembered; approvals name the policy", (f"{_MEMBERS}::test_nobody_goes_back", "workflows/test_governance::test_an_old_copy_of_the_federation", "workflows/test_approvals::test_a_policy_that_was_edited")),
    Row(46, "a log that was cut, edited, swapped or replaced", "a Merkle tree and published checkpoints; the first bad entry is named", (f"{_LEDGER}::test_an_edited_ledger", "unit/ledger/test_log::test_an_edited_entry_is_named", "unit/ledger/test_log::test_a_history_that_was_rewritten_does_not_continue"), MUTANT),
    Row(47, "another history for each reader", "two that are laid side by side do not hold", (f"{_HOSTILE}::test_two_histories_side_by_side", f"{_HOSTILE}::test_a_release_of_another_history", f"{_LEDGER}::test_a_fork_is_seen_by_others"), MUTANT),
    Row(48, "a state folder from a backup", "it does not continue what was published: nothing runs", (f"{_LEDGER}::test_a_restored_backup", f"{_LEDGER}::test_a_grant_does_not_hide_a_restored_backup"), MUTANT),
    Row(49, "a state folder on a second host", "whichever the exchange does not show is stopped", (f"{_LEDGER}::test_a_second_copy_of_a_site", f"{_HOSTILE}::test_a_backup_behind_a_fork"), MUTANT),
    Row(50, "a private key that others may read, or in a dump", "modes are looked at; no process leaves a dump", ("unit/trust/test_keys::test_a_file_that_others_may_use_is_refused", "workflows/test_surroundings::test_no_dump", "workflows/test_surroundings::test_the_answer_is_the_same"), MUTANT),
    Row(51, "a transfer that broke off, or changed line ends", "part of a file is no file", (f"{_HOSTILE}::test_a_part_of_a_file", "workflows/test_tampering::test_combine_notices")),
    Row(52, "a site that sends false numbers under its key", "Out of scope: a site is believed about its own data (SECURITY.md); robust combiners of models that sites train bound what it does there. NaN and infinite numbers are refused by every form", ("unit/model/test_document::test_a_number_is_finite", "oracle/test_fedavg::test_sites_that_lie", "attacks/test_trained::test_updates_that_are_no_numbers_are_refused_by_name")),
    Row(53, "a site left out, or counted twice", "a result names releases; a site recomputes each step", (f"{_ROUNDS}::test_a_site_that_is_left_out", "workflows/test_absences::test_one_of_those_who_are_late", "workflows/test_absences::test_a_round_that_is_dated_back", "workflows/test_replay::test_a_second_answer", f"{_HOSTILE}::test_files_in_the_wrong_hands"), MUTANT),
    Row(54, "secure aggregation from which a site drops out", "Not here yet: there is no secure aggregation, and every site's own release passes its own gate"),
    Row(55, "a description that says less than the query asks", "what people see is made from what was signed", ("workflows/test_references::test_they_are_signed_and_shown", "workflows/test_noisy_results::test_people_see_mode_and_price")),
    Row(56, "a query altered after approval; an approver of one's own query", "approvals bind digests; nobody approves for themselves", ("workflows/test_approvals::test_an_approval_of_another_query", "workflows/test_approvals::test_the_researcher_approves_nothing_of_theirs"), MUTANT),
    Row(57, "a flood of queries", "limits for each researcher, project and population; one bad query stops no other", ("workflows/test_voice::test_the_limit_of_questions", "workflows/test_tampering::test_one_bad_query_stops_no_other")),
    Row(58, "a process that is killed, anywhere", "the order of deeds; the next run finishes", ("faults/test_faults::test_faults", "workflows/test_interrupted::test_a_kill", "workflows/test_budget_races::test_a_kill_at_any_moment"), MUTANT),
    Row(59, "a full or failing disk", "whole files or none; one transaction", ("faults/test_faults::test_faults", "workflows/test_unforeseen::test_a_full_disk_costs_no_budget", "workflows/test_interrupted::test_an_exchange_that_is_full", "unit/files/test_writer::test_a_full_disk_says_that_nothing_was_half_written"), MUTANT),
    Row(60, "processes at the edge of a budget", "one transaction; a lock for each site", ("workflows/test_runs_at_once::test_runs_behind_a_barrier", "workflows/test_budget_races::test_processes_at_one_budget", "workflows/test_private_interrupted::test_processes_at_the_edge_of_a_capacity"), MUTANT),
    Row(61, "time zone, locale, optimisation, hash seed, mask, no HOME, no folder", "one time, passed in; asserts guard nothing; the mask is raised", ("workflows/test_surroundings::test_the_answer_is_the_same", "cli/test_processes::test_a_folder_that_is_gone", "architecture/test_doors::test_asserts_only_tell_types"), MUTANT),
    Row(62, "two runs at once, signals, closed streams, a full stdout", "a lock; what was begun is finished once", ("workflows/test_interrupted::test_two_runs_at_once", "workflows/test_surroundings::test_a_signal_on_the_way", "cli/test_processes::test_closed_streams", "cli/test_processes::test_a_full_stdout")),
    Row(63, "data that change while they are read; more than fits", "they are looked at before and after; memory is bounded", ("workflows/test_data_changed::test_data_that_change_while_they_are_read", "engine/test_opening::test_what_does_not_fit_is_told_and_written_nowhere"), MUTANT),
    Row(64, "a file in the working folder that is called as a library", "the vault starts with -I; the program looks elsewhere", ("cli/test_processes::test_libraries_in_the_working_folder", "engine/test_vault::test_the_child_has_no_environment_and_no_folder"), MUTANT),
)  # fmt: skip


def table() -> str:
    """The catalogue as Markdown, a table for each part."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for row in ROWS:
        if row.number in _PARTS:
            yield f"\n### {_PARTS[row.number]}\n\n| no. | attack | what stops it | tried in | control |\n|---|---|---|---|---|"
        tried = ", ".join(f"`{named(test)}`" for test in row.tried)
        yield f"| {row.number} | {row.attack} | {row.stops} | {tried or '-'} | {row.control if tried else '-'} |"


def named(test: str) -> str:
    """A test as pages name it."""
    path, _, function = test.partition("::")
    return f"tests/{path}.py::{function}"
