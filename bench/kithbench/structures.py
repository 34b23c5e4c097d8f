"""structures.py - the structures of include/kith/kith.h that the benchmarks use.

Each repeats the header's fields in order; tests/tools/test_structures.py compiles the header and compares every size and offset, so that
a change of the header cannot go unnoticed here.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p


class Error(ctypes.Structure):
    _c_name_ = "kith_error"
    _fields_ = [("code", c_int), ("message", c_char * 512)]


class EmbedderOptions(ctypes.Structure):
    _c_name_ = "kith_embedder_options"
    _fields_ = [("size", c_size_t), ("directory", c_char_p), ("base_url", c_char_p), ("api_key", c_char_p), ("model", c_char_p), ("threads", c_uint32),
                ("precision", c_char_p), ("cache", c_char_p)]


class ModelInfo(ctypes.Structure):
    _c_name_ = "kith_model_info"
    _fields_ = [("precision", c_char_p), ("cosine", c_double), ("is_mapped", c_bool)]


class Embeddings(ctypes.Structure):
    _c_name_ = "kith_embeddings"
    _fields_ = [("count", c_size_t), ("dimension", c_uint32), ("vectors", POINTER(c_float)), ("tokens", POINTER(c_uint32)),
                ("truncated", POINTER(c_bool))]


class EmbedOptions(ctypes.Structure):
    _c_name_ = "kith_embed_options"
    _fields_ = [("size", c_size_t), ("sizes", POINTER(c_size_t)), ("call", c_void_p), ("truncation", c_uint64)]


class Options(ctypes.Structure):
    _c_name_ = "kith_options"
    _fields_ = [("size", c_size_t), ("embedder", c_void_p), ("must_exist", c_bool), ("read_only", c_bool), ("wait_ms", c_int32), ("cache_bytes", c_uint64),
                ("cache_days", c_uint32), ("on_notice", c_void_p), ("notice_context", c_void_p), ("memory_bytes", c_uint64),
                ("sample_every", c_uint64)]


class CollectionOptions(ctypes.Structure):
    _c_name_ = "kith_collection_options"
    _fields_ = [("size", c_size_t), ("metric", c_int), ("dimension", c_uint32), ("metadata", c_char_p), ("configuration", c_char_p),
                ("index_memory", c_uint64), ("memory", c_int)]


class CollectionInfo(ctypes.Structure):
    _c_name_ = "kith_collection_info"
    _fields_ = [("id", c_char_p), ("name", c_char_p), ("tenant", c_char_p), ("database", c_char_p), ("metric", c_int), ("dimension", c_uint32),
                ("model", c_char_p), ("documents", c_uint64), ("chunks", c_uint64), ("created_ms", c_int64), ("metadata", c_char_p),
                ("configuration", c_char_p), ("unlinked", c_uint64), ("changes", c_uint64), ("waiting", c_uint64), ("index_memory", c_uint64), ("memory", c_int)]


class CollectionStats(ctypes.Structure):
    _c_name_ = "kith_collection_stats"
    _fields_ = [("name", c_char_p), ("metric", c_int), ("dimension", c_uint32), ("model", c_char_p), ("model_name", c_char_p),
                ("documents", c_uint64), ("chunks", c_uint64), ("bytes_disk", c_uint64), ("bytes_memory", c_uint64), ("index", c_char_p),
                ("index_state", c_char_p), ("index_reason", c_char_p), ("id", c_char_p), ("created_ms", c_int64), ("metadata", c_char_p),
                ("configuration", c_char_p)]


class CollectionList(ctypes.Structure):
    _c_name_ = "kith_collection_list"
    _fields_ = [("count", c_size_t), ("collections", POINTER(CollectionStats))]


class Point(ctypes.Structure):
    _c_name_ = "kith_point"
    _fields_ = [("id", c_char_p), ("content", c_char_p), ("metadata", c_char_p), ("vector", POINTER(c_float)), ("dimension", c_uint32)]


class Selection(ctypes.Structure):
    _c_name_ = "kith_selection"
    _fields_ = [("size", c_size_t), ("ids", POINTER(c_char_p)), ("id_count", c_size_t), ("where", c_char_p), ("offset", c_size_t), ("limit", c_size_t),
                ("with_vectors", c_bool), ("allow_unknown_fields", c_bool), ("cursor", c_char_p), ("call", c_void_p),
                ("in_stored_order", c_bool), ("without_content", c_bool), ("without_metadata", c_bool), ("pass_waiting", c_bool)]


class Record(ctypes.Structure):
    _c_name_ = "kith_record"
    _fields_ = [("id", c_char_p), ("document", c_char_p), ("content", c_char_p), ("metadata", c_char_p), ("vector", POINTER(c_float))]


class Records(ctypes.Structure):
    _c_name_ = "kith_records"
    _fields_ = [("count", c_size_t), ("dimension", c_uint32), ("records", POINTER(Record)), ("next", c_char_p)]


class Query(ctypes.Structure):
    _c_name_ = "kith_query"
    _fields_ = [("size", c_size_t), ("text", c_char_p), ("vector", POINTER(c_float)), ("dimension", c_uint32), ("k", c_uint32), ("where", c_char_p),
                ("exact", c_bool), ("ef", c_uint32), ("ranking", c_int), ("fusion", c_int), ("meaning_weight", c_float),
                ("allow_unknown_fields", c_bool), ("diversity", c_float), ("per_document", c_uint32), ("rerank", c_void_p), ("explain", c_bool),
                ("call", c_void_p), ("with_vectors", c_bool), ("without_content", c_bool), ("without_metadata", c_bool),
                ("target_recall", c_double)]


class Hit(ctypes.Structure):
    _c_name_ = "kith_hit"
    _fields_ = [("id", c_char_p), ("document", c_char_p), ("content", c_char_p), ("metadata", c_char_p), ("distance", c_float),
                ("words", c_float), ("score", c_float), ("meaning_rank", c_uint32), ("words_rank", c_uint32), ("meaning_part", c_float),
                ("words_part", c_float), ("rerank", c_float), ("matched_count", c_size_t), ("matched", c_void_p)]


class Hits(ctypes.Structure):
    _c_name_ = "kith_hits"
    _fields_ = [("count", c_size_t), ("hits", POINTER(Hit)), ("plan", c_char_p), ("distances", c_uint64), ("matching", c_uint64),
                ("words_scored", c_uint64), ("meaning_weight", c_float), ("reranked", c_uint32), ("text_cut", c_bool), ("embed_ms", c_double), ("search_ms", c_double),
                ("fetch_ms", c_double), ("rerank_ms", c_double), ("dimension", c_uint32), ("vectors", c_void_p), ("chunks", c_uint64), ("waiting", c_uint64), ("explained", c_void_p)]


class SearchPlan(ctypes.Structure):
    _c_name_ = "kith_search_plan"
    _fields_ = [("kind", c_char_p), ("matching", c_uint64), ("points", c_uint64), ("hops", c_uint64), ("admitted", c_uint64), ("estimates", c_uint64),
                ("distances", c_uint64), ("candidates", c_uint64), ("rounds", c_uint64), ("strategy_count", c_size_t), ("strategies", c_void_p),
                ("ef", c_uint64), ("ef_source", c_char_p), ("target_recall", c_double), ("filter_us", c_double), ("vectors_us", c_double),
                ("words_us", c_double), ("lists", c_uint64), ("lists_of", c_uint64), ("reads", c_uint64), ("bytes_read", c_uint64)]


class IndexMemory(ctypes.Structure):
    _c_name_ = "kith_index_memory"
    _fields_ = [("size", c_size_t), ("limit", c_uint64), ("used", c_uint64), ("lists", c_uint64), ("is_compact", c_bool), ("memory", c_int)]


class Citation(ctypes.Structure):
    _c_name_ = "kith_citation"
    _fields_ = [("n", c_uint32), ("document", c_char_p), ("source", c_char_p), ("start", c_uint64), ("end", c_uint64), ("line", c_uint32),
                ("place", c_char_p), ("quote", c_char_p), ("emphasis_count", c_size_t), ("emphasis", c_void_p)]


class Passage(ctypes.Structure):
    _c_name_ = "kith_passage"
    _fields_ = [("id", c_char_p), ("document", c_char_p), ("source", c_char_p), ("content", c_char_p), ("metadata", c_char_p),
                ("heading", c_char_p), ("place", c_char_p), ("distance", c_float), ("relevance", c_float), ("start", c_uint64), ("end", c_uint64),
                ("line_start", c_uint32), ("line_end", c_uint32), ("lead_in", c_char_p)]


class Claim(ctypes.Structure):
    _c_name_ = "kith_claim"
    _fields_ = [("text", c_char_p), ("start", c_uint32), ("end", c_uint32), ("cited", c_bool), ("verdict", c_int), ("support", c_double), ("n", c_uint32),
                ("evidence_start", c_uint64), ("evidence_end", c_uint64), ("evidence", c_char_p)]


class Answer(ctypes.Structure):
    _c_name_ = "kith_answer"
    _fields_ = [("text", c_char_p), ("refused", c_bool), ("support", c_double), ("question_cut", c_bool), ("engine", c_char_p), ("cached", c_bool), ("searched", c_char_p), ("citation_count", c_size_t),
                ("citations", c_void_p), ("passage_count", c_size_t), ("passages", POINTER(Passage)), ("passages_sent", c_uint32),
                ("citations_removed", c_uint32), ("claim_count", c_size_t), ("claims", POINTER(Claim)), ("llm_status", c_int), ("llm_error", c_char_p),
                ("prompt_tokens", c_uint64), ("completion_tokens", c_uint64), ("retrieve_ms", c_double), ("answer_ms", c_double), ("check_ms", c_double),
                ("chunks", c_uint64), ("waiting", c_uint64)]


class AskOptions(ctypes.Structure):
    _c_name_ = "kith_ask_options"
    _fields_ = [("size", c_size_t), ("k", c_uint32), ("where", c_char_p), ("llm", c_void_p), ("context_characters", c_uint32), ("no_cache", c_bool), ("ranking", c_int),
                ("fusion", c_int), ("meaning_weight", c_float), ("on_event", c_void_p), ("context", c_void_p), ("call", c_void_p), ("allow_unknown_fields", c_bool),
                ("before", c_void_p), ("before_count", c_size_t)]


STRUCTURES = (Error, EmbedderOptions, ModelInfo, Embeddings, EmbedOptions, Options, CollectionOptions, CollectionInfo, CollectionStats, CollectionList, Point, Selection,
              Record, Records, Query, Hit, Hits, SearchPlan, IndexMemory, Citation, Passage, Claim, Answer, AskOptions)
