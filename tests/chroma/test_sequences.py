"""Sequences that hypothesis makes: filters and record operations, sent to Chroma's own server and to `kith serve`, and compared.

A failure is shrunk to the shortest sequence that shows it."""

import hypothesis.strategies as st
import pytest
from differential import DATABASE, Pair, below
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from servers import start_chroma

IDS = st.sampled_from([f"id{n}" for n in range(12)])
SOME_IDS = st.lists(IDS, min_size=1, max_size=5, unique=True)
TEXT = st.text(alphabet=st.sampled_from("abAB é%_\\\"'\n\U0001f600中"), max_size=12)
SHORT = st.text(alphabet=st.sampled_from("abABé%_\\中"), min_size=1, max_size=3)
INTEGERS = st.integers(-(2**53), 2**53) | st.integers(-3, 3)
# Never whole numbers, nor compared with them: Chroma cuts fractions off when it compares them with integers.
FRACTIONS = st.integers(-8, 8).map(lambda n: n + 0.25)
VALUES = {"n": INTEGERS, "f": FRACTIONS, "s": SHORT, "b": st.booleans()}
LISTS = {"ints": st.integers(-3, 3), "words": SHORT}
METADATA = st.fixed_dictionaries({}, optional=VALUES | {k: st.lists(v, min_size=1, max_size=3) for k, v in LISTS.items()})
CHANGES = st.fixed_dictionaries({}, optional={k: st.none() | v for k, v in VALUES.items()} | {k: st.none() | st.lists(v, min_size=1, max_size=3)
                                                                                              for k, v in LISTS.items()})
VECTORS = st.tuples(*[st.integers(-4, 4).map(float)] * 3).filter(any).map(list)


def condition_of(field: str) -> st.SearchStrategy:
    value = VALUES[field]
    operators = ["$eq", "$ne"] + (["$gt", "$gte", "$lt", "$lte"] if field in ("n", "f") else [])
    return (value.map(lambda v: {field: v}) | st.builds(lambda o, v: {field: {o: v}}, st.sampled_from(operators), value)
            | st.builds(lambda o, v: {field: {o: v}}, st.sampled_from(["$in", "$nin"]), st.lists(value, min_size=1, max_size=3)))


def membership_of(field: str) -> st.SearchStrategy:
    return st.builds(lambda o, v: {field: {o: v}}, st.sampled_from(["$contains", "$not_contains"]), LISTS[field])


def trees(leaves: st.SearchStrategy) -> st.SearchStrategy:
    return st.recursive(leaves, lambda inner: st.builds(lambda o, list_: {o: list_}, st.sampled_from(["$and", "$or"]),
                                                        st.lists(inner, max_size=3)), max_leaves=6)


WHERE = trees(st.one_of([condition_of(f) for f in VALUES] + [membership_of(f) for f in LISTS]))
PATTERNS = st.sampled_from(["a", "^a", "b$", "(?i)ab", "[ab]{2}", "é|中", "\\\\", "a.b", "(?s)a.*b", "\\w+"])
WHERE_DOCUMENT = trees(st.builds(lambda o, t: {o: t}, st.sampled_from(["$contains", "$not_contains"]), SHORT)
                       | st.builds(lambda o, t: {o: t}, st.sampled_from(["$regex", "$not_regex"]), PATTERNS))
CONDITIONS = st.fixed_dictionaries({}, optional={"where": WHERE, "where_document": WHERE_DOCUMENT})
SELECTED = st.fixed_dictionaries({}, optional={"where": WHERE, "where_document": WHERE_DOCUMENT, "ids": SOME_IDS})
PAGE = st.fixed_dictionaries({}, optional={"limit": st.integers(0, 5), "offset": st.integers(0, 5)})


class Records(RuleBasedStateMachine):
    """One collection on both servers."""

    pair: Pair
    made = 0

    @initialize(space=st.sampled_from(["l2", "cosine", "ip"]))
    def create(self, space):
        Records.made += 1
        self.paths = self.pair.collection(name=f"sequence-{Records.made}", configuration={"hnsw": {"space": space}})
        self.known: set[str] = set()
        self.send("add", {"ids": ["first"], "embeddings": [[1.0, 2.0, 3.0]]})

    def send(self, route, body):
        return self.pair.send("sequence", "POST", below(self.paths, "/" + route), body)

    def write(self, data, route, metadata):
        ids = data.draw(SOME_IDS)
        column = {"min_size": len(ids), "max_size": len(ids)}
        body = {"ids": ids, "embeddings": data.draw(st.lists(VECTORS, **column))}
        if route == "update":
            # Only of records that exist: Chroma may keep the vector of an update that it ignores.
            body["embeddings"] = [v if i in self.known else None for i, v in zip(ids, body["embeddings"])]
        else:
            self.known.update(ids)
        for name, values in (("documents", st.none() | TEXT), ("metadatas", st.none() | metadata.filter(bool)), ("uris", st.none() | SHORT)):
            if data.draw(st.booleans()):
                body[name] = data.draw(st.lists(values, **column))
        self.send(route, body)

    @rule(data=st.data())
    def add(self, data):
        self.write(data, "add", METADATA)

    @rule(data=st.data())
    def upsert(self, data):
        self.write(data, "upsert", CHANGES)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def update(self, data):
        self.write(data, "update", CHANGES)

    @rule(conditions=CONDITIONS, page=PAGE)
    def get(self, conditions, page):
        self.send("get", {"include": ["documents", "metadatas", "embeddings", "uris"], **conditions, **page})

    @rule(ids=SOME_IDS, conditions=CONDITIONS)
    def get_by_ids(self, ids, conditions):
        self.send("get", {"ids": ids, **conditions})

    @rule(vectors=st.lists(VECTORS, min_size=1, max_size=2), conditions=CONDITIONS)
    def query(self, vectors, conditions):
        # All that match: which of several at one distance come first is nobody's promise when not all do.
        self.send("query", {"query_embeddings": vectors, "n_results": 50, "include": ["distances", "documents", "metadatas"], **conditions})

    @rule(selected=SELECTED)
    def delete(self, selected):
        before = self.send("get", {"include": []})[1].body["ids"]
        self.send("delete", selected)
        after = self.send("get", {"include": []})[1].body["ids"]
        self.known -= set(before) - set(after)

    @invariant()
    def both_say_the_same(self):
        assert not self.pair.failures, self.pair.failures.pop()


@pytest.fixture(scope="module")
def pair(running, tmp_path_factory):
    chroma = start_chroma(tmp_path_factory.mktemp("chroma"))
    yield Pair(chroma, running)
    chroma.close()


def test_filters_and_record_operations_do_the_same_on_both(pair):
    pair.reset()
    Records.pair = pair
    run_state_machine_as_test(Records, settings=settings(max_examples=40, stateful_step_count=25, deadline=None, database=None, print_blob=True,
                                                         suppress_health_check=list(HealthCheck)))
    assert pair.compared > 500
