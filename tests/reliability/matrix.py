"""The failure matrix: every fault, what is promised, and the tests that hold it, here and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault; ``tests`` are files under tests/ and the names in them."""

    id: str
    fault: str
    expected: str
    tests: tuple[str, ...]


def _here(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"reliability/test_{file}.py::test_{name}" for name in names)


ROWS: tuple[Row, ...] = (
    Row(
        id="kill-steps",
        fault="kill -9 at every step",
        expected="The next run completes. Nobody is lost; there is at most one second copy a kill, which is the same "
        "message; one digest row; no half file in output/.",
        tests=(
            *_here(
                "kills",
                "killed_while_collecting",
                "killed_while_composing_and_publishing",
                "killed_before_an_old_folder_is_removed",
                "killed_while_an_old_folder_is_removed",
                "killed_while_delivering",
            ),
            "test_site.py::test_kill_at_any_moment_leaves_no_half_folder",
            "store/test_memory.py::test_a_kill_in_between_leaves_neither_items_nor_validators",
            "e2e/test_faults.py::test_killed_while_collecting_the_next_run_goes_on",
        ),
    ),
    Row(
        id="kill-random",
        fault="kill -9 at random, over a faulty mail server",
        expected="The server answers 4xx and 421 and drops connections, before and after it took a letter, while the "
        "process is killed again and again. Nobody is lost; second copies are no more than kills and letters taken "
        "without an answer, and each is the same message. With several connections: one each.",
        tests=(
            *_here("kills", "killed_at_random_over_a_faulty_server", "killed_at_random_with_several_connections"),
            "e2e/test_faults.py::test_killed_between_acceptance_and_book_keeping_the_same_message_is_sent_again",
        ),
    ),
    Row(
        id="after-data",
        fault="Connection lost or hung after DATA",
        expected="Unknown: sent again as the same message (`unknown: resend`) or held (`unknown: hold`). Three "
        "tries at "
        "most; what a server put off before does not count. The reply to the last dot is waited for ten minutes "
        "(RFC 5321, 4.5.3.2.6), or as long as `mail.reply_timeout` says.",
        tests=(
            *_here(
                "mail",
                "lost_after_data_is_unknown_and_sent_again",
                "unknown_three_times_is_left_to_the_operator",
                "unknown_may_be_held",
            ),
            "mail/test_smtp.py::test_a_slow_reply_to_the_final_dot_is_waited_for",
            "e2e/test_faults.py::test_unknown_may_be_held_instead",
        ),
    ),
    Row(
        id="4xx",
        fault="4xx for everybody",
        expected="Tried again after 5, 15, 60, 60 … minutes, for 48 hours of trying and at least three attempts, then "
        "refused with a notice. A newer edition cancels an older one that still waits.",
        tests=(
            *_here("mail", "put_off_for_48_hours", "put_off_and_taken_later"),
            "e2e/test_weekly_path.py::test_after_two_days_of_4xx_a_delivery_is_refused",
            "store/test_digests.py::test_an_older_letter_that_waits_is_cancelled",
        ),
    ),
    Row(
        id="550",
        fault="550 for one recipient",
        expected="The others get theirs; that one is refused and not tried again for this digest. Refused "
        "because of the "
        "address in two digests in a row: suppressed, with a notice; an accepted letter begins the count anew, "
        "and who asks again is back.",
        tests=_here(
            "mail",
            "a_refusal_costs_its_recipient_alone",
            "two_digests_refused_in_a_row_suppress_the_address",
            "a_policy_refusal_suppresses_nobody",
        ),
    ),
    Row(
        id="421",
        fault="421",
        expected="A fresh connection and the same row; nobody is put off by it. A server that takes fewer "
        "connections than "
        "`mail.connections` gets fewer.",
        tests=_here(
            "mail", "421_reconnects_and_goes_on_with_the_same_letter", "a_server_that_takes_only_one_connection"
        ),
    ),
    Row(
        id="5xx",
        fault="535, 552 or 554 after DATA, 5xx to MAIL FROM, three identical refusals",
        expected="A failed login or a refused sender is our fault: stopped at once, one notice, nobody marked. "
        "552 and 554 "
        "cost their recipient alone, in the server's words. Three refusals of the content in the same words, one after "
        "another: stopped, and nobody else is marked, over however many connections.",
        tests=(
            *_here(
                "mail",
                "a_wrong_password_stops_at_once",
                "a_refusal_costs_its_recipient_alone",
                "a_refused_sender_is_our_fault",
                "three_identical_refusals_mark_three_and_nobody_else",
            ),
            "e2e/test_faults.py::test_three_identical_refusals_in_a_row_stop_the_run",
            "e2e/test_faults.py::test_unknown_addresses_in_a_row_do_not_stop_the_run",
        ),
    ),
    Row(
        id="tls",
        fault="STARTTLS missing, or a bad certificate",
        expected="No letter leaves while TLS is required, which is the default.",
        tests=(
            *_here("mail", "no_letter_leaves_without_tls"),
            "mail/test_connection.py::test_a_bad_certificate_ends_it_before_anything_is_said",
            "e2e/test_faults.py::test_a_failed_login_stops_at_once_and_marks_nobody",
        ),
    ),
    Row(
        id="plain",
        fault="No 8BITMIME, no SMTPUTF8",
        expected="Letters leave all the same, as pure ASCII and with domains by IDNA; an address with other "
        "letters before "
        "its @ is refused by itself.",
        tests=(
            *_here("mail", "a_server_that_knows_no_extension"),
            "mail/test_smtp.py::test_a_server_with_no_extensions_gets_the_letter_all_the_same",
        ),
    ),
    Row(
        id="alone",
        fault="One message per recipient",
        expected="Nobody ever sees another's address.",
        tests=("e2e/test_weekly_path.py::test_an_entry_becomes_a_letter_in_each_recipients_inbox_and_language",),
    ),
    Row(
        id="down",
        fault="Down at the due time, back after 2 hours, 2 days, 10 days",
        expected="Sent once; sent once and marked late; not sent, its items are in the next letter, with a notice.",
        tests=(
            *_here("clocks", "down_at_the_due_time"),
            "e2e/test_serve.py::test_after_days_down_only_the_latest_slot_is_made_up_and_marked_late",
        ),
    ),
    Row(
        id="calendar",
        fault="29 March, 25 October, week 53, 1 January",
        expected="Exactly one digest a week, with its right number.",
        tests=(
            *_here("clocks", "one_digest_a_week_whatever_the_clock_does"),
            "test_calendar.py::test_a_time_that_comes_twice_is_a_slot_once",
        ),
    ),
    Row(
        id="clock",
        fault="Clock back 1 hour or 400 days, forward 400 days",
        expected="No second digest, no storm, nobody given up: 48 hours of trying count, not 48 hours by a "
        "clock that was "
        "set. While serving, a clock that leaps 100 days or more ahead in a moment makes no letter for an hour.",
        tests=(
            *_here("clocks", "a_clock_that_was_set_gives_up_no_letter", "a_clock_that_leaps_ahead_makes_no_letter"),
            "e2e/test_serve.py::test_a_clock_that_was_set_makes_no_second_letter_and_no_storm",
        ),
    ),
    Row(
        id="two",
        fault="Two processes started in the same second",
        expected='One works; the other says "already running, pid N" and exits 75. kill -9 frees the lock.',
        tests=(
            *_here("processes", "two_starts_in_the_same_second", "two_deliveries_at_once_send_each_letter_once"),
            "e2e/test_faults.py::test_a_second_run_beside_a_living_one_exits_75",
        ),
    ),
    Row(
        id="disk",
        fault="Disk full while pulling, rendering, queueing",
        expected="What was begun is taken back, old pages stand untouched, a sentence names the disk; the next "
        "run is right.",
        tests=(
            *_here(
                "disk",
                "a_disk_that_fills_while_pulling",
                "a_disk_that_fills_while_queueing",
                "a_disk_that_fills_while_rendering",
                "a_small_disk_that_is_really_full",
            ),
            "store/test_opening.py::test_a_full_disk_undoes_the_whole_recording",
        ),
    ),
    Row(
        id="output",
        fault="output/ read-only or deleted",
        expected="Nothing is sent before it is rendered and written.",
        tests=_here(
            "disk",
            "output_that_is_deleted_comes_back_before_anything_is_sent",
            "output_that_cannot_be_written_holds_the_letter",
        ),
    ),
    Row(
        id="database",
        fault="Database damaged, not a database, 0 bytes, newer",
        expected="Refused, with the file's name and the way out; never replaced by an empty one.",
        tests=(
            *_here("database", "a_wrong_database_is_refused_and_never_replaced"),
            "store/test_opening.py::test_a_truncated_file_is_refused",
        ),
    ),
    Row(
        id="lock",
        fault="Write lock held by another process",
        expected="Waited for, 30 seconds or as long as `DIGIKOOSTE_LOCK_SECONDS` says, then a clear error.",
        tests=(
            *_here("database", "a_lock_that_another_process_holds_is_waited_for"),
            "store/test_opening.py::test_a_writer_that_does_not_end_is_named",
        ),
    ),
    Row(
        id="backup",
        fault="Backup while running, restored",
        expected="It holds together, and nothing is sent twice.",
        tests=_here("database", "a_backup_made_while_letters_leave_sends_nothing_twice"),
    ),
    Row(
        id="source",
        fault="One source hangs, one has 5 GB, one kills the parser",
        expected="The others are in the letter, the bad ones are named, and the run ends within its deadline.",
        tests=(
            *_here("sources", "bad_sources_cost_themselves_alone"),
            "fetch/test_bounds.py::test_the_deadline_is_total",
            "e2e/test_faults.py::test_dead_and_hostile_sources_are_named_and_the_letter_goes_out",
        ),
    ),
    Row(
        id="every-source",
        fault="Every source fails",
        expected="No letter, a notice, exit 2; the period stays open.",
        tests=(
            *_here("sources", "when_every_source_fails_the_operator_hears_of_it"),
            "e2e/test_faults.py::test_when_every_source_fails_there_is_no_letter_and_the_period_stays_open",
        ),
    ),
    Row(
        id="flood",
        fault="A source suddenly has 5,000 new items",
        expected="Capped in the letter, the rest counted, a notice.",
        tests=_here("sources", "a_flood_is_capped_counted_and_told"),
    ),
    Row(
        id="sigterm",
        fault="SIGTERM",
        expected="The message in hand is finished and written down; exit 0 within 10 seconds, also when the "
        "server never "
        "answers.",
        tests=(
            *_here(
                "processes",
                "sigterm_does_not_wait_for_a_server_that_never_answers",
                "sigterm_while_sources_are_read",
            ),
            "e2e/test_serve.py::test_a_signal_finishes_the_message_in_hand",
            "e2e/test_serve.py::test_sigterm_does_not_wait_for_a_server_that_never_answers",
        ),
    ),
)
