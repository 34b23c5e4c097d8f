"""kith estimate: what a collection takes, as text and as JSON; and what it refuses."""

import pytest


def test_components_add_up_to_what_all_takes(kith):
    (estimate,) = kith("estimate", "1000000", "384", "--json").lines
    assert (estimate["vectors"], estimate["dimension"], estimate["index"]) == (1000000, 384, "graph")
    for kind in ("memory_bytes", "disk_bytes"):
        assert estimate[kind] == sum(part[kind] for part in estimate["components"])
    parts = {part["name"]: part for part in estimate["components"]}
    assert parts["vectors"]["memory_bytes"] == 1536 * 1000000
    assert parts["store"]["memory_bytes"] == 0 and parts["store"]["disk_bytes"] > 1536 * 1000000
    assert parts["words"]["memory_bytes"] == parts["fields"]["memory_bytes"] == 0


def test_texts_ids_and_fields_are_asked_for(kith):
    (bare,) = kith("estimate", "20000", "384").lines
    (full,) = kith("estimate", "20000", "384", "--text-bytes", "900", "--fields", "3", "--id-bytes", "36").lines
    grown = [a["name"] for a, b in zip(full["components"], bare["components"], strict=True) if a["memory_bytes"] > b["memory_bytes"]]
    assert grown == ["ids", "fields", "words"]


def test_a_person_reads_a_line_for_each_component_that_takes_something(kith):
    out = kith("estimate", "1000", "3", "--text").out
    names = [line.split("  ")[0].strip() for line in out.splitlines()]
    assert names == ["", "vectors", "slots", "rows", "ids", "store", "all"]
    assert "searches compare every vector" in out


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (("x", "3"), 2, "VECTORS 'x' is not a number"),
        (("3", "-1"), 2, "unknown option"),
        (("3",), 2, "needs VECTORS DIMENSION"),
        (("3", "0"), 2, "1 to 65536 dimensions, not 0"),
        (("2147483648", "3"), None, "at most 2147483647 vectors"),
        (("3", "3", "--fields", "257"), 2, "--fields"),
    ],
)
def test_what_cannot_be_is_refused(kith, arguments, status, words):
    result = kith("estimate", *arguments, status=status)
    assert result.status != 0 and words in result.err and not result.out
