"""What was tried against programs of this kind, row by row, and the tests that hold each row down."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

MONSTERS = "security/test_monsters.py"
BOMBS = f"{MONSTERS}::test_a_bomb_costs_its_own_source_at_most"
ODDITIES = f"{MONSTERS}::test_an_oddity_is_an_error_of_its_source_or_clean_items"
LETTER = f"{MONSTERS}::test_nothing_that_a_publisher_writes_takes_effect_in_a_letter"

ROWS: dict[str, tuple[str, ...]] = {
    # Addresses
    "address: 31 spellings of a private one": ("fetch/test_addresses.py::test_no_spelling_reaches_a_private_address",),
    "address: DNS that changes its mind": (
        "fetch/test_public_network.py::test_nothing_leads_inside",
        "fetch/test_addresses.py::test_a_name_is_judged_by_its_addresses",
    ),
    "address: other ports than 80 and 443": ("fetch/test_addresses.py::test_other_ports_need_allow_private",),
    "address: not global, multicast": ("fetch/test_addresses.py::test_what_is_not_global_is_never_allowed",),
    "address: mapped, translated, 6to4, Teredo": (
        "fetch/test_addresses.py::test_an_embedded_address_is_as_bad_as_it_is",
    ),
    "address: one bad address among good ones": (
        "fetch/test_addresses.py::test_one_bad_address_in_the_answer_refuses_the_host",
    ),
    "address: by redirect": (
        "fetch/test_redirects.py::test_another_scheme_a_user_name_or_a_forbidden_address_is_refused",
        "fetch/test_public_network.py::test_nothing_leads_inside",
    ),
    "address: link-local, though the network is one's own": (
        "fetch/test_addresses.py::test_an_intranet_source_still_reaches_no_credentials",
    ),
    "address: a connection lent to another source": (
        "fetch/test_public_network.py::test_an_intranets_connection_is_not_lent",
        "fetch/test_requests.py::test_one_key_is_one_request",
    ),
    "address: yt-dlp's own redirects": ("sources/test_youtube.py::test_address_is_built_anew",),
    "address: through a proxy": ("fetch/test_errors.py::test_through_a_proxy_the_urls_own_host_is_judged",),
    # Bytes
    "bytes: 200 kB of leading blanks": ("sources/test_feed.py::test_leading_blanks_cost_nothing", BOMBS),
    "bytes: entities, 2 MB of them, or a billion laughs": (
        "sources/test_feed.py::test_xml_built_to_hurt_is_refused_at_once",
        BOMBS,
    ),
    "bytes: 100,000 prefixes, attributes": ("sources/test_feed.py::test_xml_built_to_hurt_is_refused_at_once", BOMBS),
    "bytes: 100 kB of style, 100,000 comments": ("test_prose.py::test_hostile_input_costs_no_time", BOMBS),
    "bytes: a million nested elements": ("sources/test_feed.py::test_xml_built_to_hurt_is_refused_at_once", BOMBS),
    "bytes: more entries than anybody reads": (
        "sources/test_feed.py::test_limit_caps_a_reading_and_spares_the_parser",
        BOMBS,
    ),
    "bytes: a parser that hangs": (
        "test_isolate.py::test_a_call_that_takes_too_long_is_stopped",
        "sources/test_feed.py::test_killed_parser_costs_its_source_only",
    ),
    "bytes: a parser that eats memory": ("test_isolate.py::test_a_call_that_needs_too_much_memory_is_stopped", BOMBS),
    "bytes: a parser that crashes": ("test_isolate.py::test_a_crash_costs_only_its_own_call",),
    "bytes: what makes a parser raise": (
        "test_isolate.py::test_a_foreign_exception_is_a_parse_error",
        "sources/test_recorded.py::test_every_recorded_feed_gives_its_entries",
        ODDITIES,
    ),
    "bytes: a path or an address instead of a feed": (ODDITIES,),
    "bytes: a link in the place of a file": ("adding/test_add.py::test_a_feed_in_a_file_is_tried_out",),
    "bytes: dates that never were": ("sources/test_feed.py::test_impossible_date_is_unknown", ODDITIES),
    "bytes: links that are no web addresses": ("sources/test_feed.py::test_links_lead_only_to_the_web", ODDITIES),
    "bytes: gzip and deflate bombs, endless bodies": ("fetch/test_bounds.py::test_a_body_over_the_cap_is_too_big",),
    "bytes: a byte, a header a second": (
        "fetch/test_bounds.py::test_the_deadline_is_total",
        "fetch/test_bounds.py::test_the_deadline_covers_every_hop",
    ),
    "bytes: broken answers": ("fetch/test_bounds.py::test_a_broken_answer_is_an_error",),
    "bytes: robots.txt with costly wildcards": ("security/test_pages.py::test_a_costly_robots_txt_is_stopped",),
    "bytes: pages and sitemaps built to hurt": (
        "security/test_pages.py::test_a_monstrous_page_or_sitemap_costs_its_own_source",
        "adding/test_add.py::test_hostile_pages_cost_an_error_at_most",
    ),
    "bytes: subscription lists built to hurt": ("adding/test_keep.py::test_what_is_no_list_changes_nothing",),
    "bytes: any at all, in every parser": ("fuzz/test_fuzz.py::test_damage_gives_clean_items_or_our_own_error",),
    # Text
    "text: a title that writes header lines": (
        "mail/test_headers.py::test_a_hostile_title_writes_no_header",
        "mail/test_message.py::test_a_hostile_subject_changes_no_other_line",
        LETTER,
    ),
    "text: a letter that such a title holds up": (LETTER,),
    "text: lone surrogates": ("mail/test_message.py::test_a_lone_surrogate_costs_one_character", LETTER),
    "text: words put into another source's mouth": (
        "store/test_identity.py::test_the_words_of_an_item_are_those_of_the_source_that_had_it_first",
    ),
    "text: markup, handlers, script": ("render/test_letter.py::test_what_a_publisher_writes_stays_text", LETTER),
    "text: what a template would obey": (
        "render/test_letter.py::test_what_a_publisher_writes_stays_text",
        "render/test_templates.py::test_html_is_escaped_in_own_templates_too",
        LETTER,
    ),
    "text: addresses with a scheme that acts": (
        "test_identity.py::test_gate_refuses_what_is_no_plain_web_address",
        LETTER,
    ),
    "text: pictures from elsewhere": (LETTER,),
    "text: bidirectional marks": ("render/test_letter.py::test_a_leftward_text_turns_nothing_round", LETTER),
    "text: titles that nobody sees": ("render/test_letter.py::test_untitled_item",),
    "text: what steers a terminal": (LETTER,),
    "text: a regular expression that never ends": (
        "config/test_filters.py::test_a_wrong_condition_is_named_where_it_stands",
        "security/test_pages.py::test_a_pattern_that_never_ends_is_set_aside_and_said",
    ),
    # YAML
    "yaml: aliases and bombs": (
        "config/test_yaml.py::test_an_alias_is_refused_and_its_key_remembered",
        "config/test_yaml.py::test_a_billion_laughs_costs_nothing",
    ),
    "yaml: repeated keys": ("config/test_yaml.py::test_a_repeated_key_is_refused_with_the_line_of_the_first",),
    "yaml: 50,000 brackets": ("config/test_yaml.py::test_deep_nesting_is_refused_before_anything_is_composed",),
    "yaml: no, 010 and 12:30": ("config/test_yaml.py::test_scalars_stay_the_text_in_the_file",),
    "yaml: tags and second documents": (
        "config/test_yaml.py::test_tags_are_refused",
        "config/test_yaml.py::test_a_second_document_is_refused",
    ),
    "yaml: 20,000 sources": ("config/test_speed.py::test_large_files_load",),
    "yaml: secrets in the file": ("config/test_load.py::test_a_secret_in_the_file_is_never_repeated",),
    # Names
    "names: ids that climb": ("security/test_pages.py::test_no_name_leads_out_of_the_folder",),
    "names: periods that climb": ("test_site.py::test_a_key_is_a_period", "test_site.py::test_a_file_name_is_plain"),
    "names: links in the way": (
        "test_site.py::test_a_symlinked_folder_is_refused",
        "test_site.py::test_a_symlinked_file_is_replaced",
        "test_site.py::test_a_pipe_or_folder_in_the_way",
    ),
    "names: files cut short by a kill or a full disk": (
        "test_site.py::test_kill_at_any_moment_leaves_no_half_folder",
        "test_site.py::test_a_full_disk_changes_nothing",
    ),
    "names: anything outside output/ and var/": (BOMBS,),
}
"""By row: the tests of it, below tests/."""


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in one file."""
    file = TESTS / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_held_down_by_tests_that_exist(row: str) -> None:
    """A test that was renamed or taken away leaves its row without one, and that is seen here."""
    assert ROWS[row]
    missing = [name for name in ROWS[row] if name.partition("::")[2] not in names_in(name.partition("::")[0])]
    assert missing == []
