/* options.c - reading a command line against the table. */
#include "cli/options.h"

#include "base/json.h"
#include "base/suggestion.h"
#include "base/view.h"
#include "os/thread_pool.h"

#include <kith/types.h>
#include <stdio.h>
#include <string.h>

enum {
    CHUNK_SIZE_MAX = 1000000,
    MIN_CHARS_MAX = 1000000,
    WAIT_MAX = 1000000,
    BODY_MAX_MB = 4096,
    BATCH_MAX = KITH_BATCH_MAX_POINTS,
    METADATA_MAX = 65536,
    FILTER_NODES_MAX = 1024,
    RATE_MAX = 1000000,
    EF_MAX = 10000,
    SAMPLE_EVERY_MAX = 1000000000
};

#define FLAG(member) .kind = OPTION_IS_FLAG, .offset = offsetof(settings, member)
#define TEXT(member, word)                                                                         \
    .kind = OPTION_TAKES_TEXT, .offset = offsetof(settings, member), .argument = (word)
#define TEXTS(member, word)                                                                        \
    .kind = OPTION_TAKES_TEXTS, .offset = offsetof(settings, member), .argument = (word)
#define NUMBER(member, low, high)                                                                  \
    .kind = OPTION_TAKES_NUMBER, .offset = offsetof(settings, member), .argument = "N",            \
    .minimum = (low), .maximum = (high)
#define SECONDS(member, low, high)                                                                 \
    .kind = OPTION_TAKES_NUMBER, .offset = offsetof(settings, member), .argument = "SECONDS",      \
    .minimum = (low), .maximum = (high)
#define SHARE(member, low, high)                                                                   \
    .kind = OPTION_TAKES_SHARE, .offset = offsetof(settings, member), .argument = "SHARE",         \
    .minimum = (low), .maximum = (high)
#define CHOICE(member, word, ...)                                                                  \
    .kind = OPTION_TAKES_CHOICE, .offset = offsetof(settings, member), .argument = (word),         \
    .choices = (const char *const[])                                                               \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

// clang-format off
const option_row option_table[OPTION_COUNT] = {
    [OPTION_K] = {"k", NUMBER(k, 1, KITH_K_MAX),
        .help = "how many to find (default: 10 hits for search, 5 passages for ask)"},
    [OPTION_WHERE] = {"where", TEXT(where, "JSON"),
        .help = "only what this filter on metadata accepts, such as '{\"type\": \"markdown\"}' or "
                "'{\"date\": {\"$gte\": \"2024-06\"}}' (numbers or ISO dates); operators $eq $ne $gt $gte "
                "$lt $lte $in $nin $prefix $glob $contains $not_contains $and $or; a value is found among a "
                "list too; a chunk's own text by '{\"#document\": {\"$contains\": "
                "\"train\"}}' or $regex, its id by #id"},
    [OPTION_IN] = {"in", TEXT(in, "FOLDER"),
        .help = "only documents of files below this folder, or of this file"},
    [OPTION_TYPE] = {"type", TEXT(type, "TYPE"),
        .help = "only documents of this format or ending, such as markdown, pdf or .md"},
    [OPTION_SINCE] = {"since", TEXT(since, "DATE"),
        .help = "only documents of this day, month or year and later, such as 2024-06: by the date that they carry, "
                "else when their file was changed"},
    [OPTION_UNTIL] = {"until", TEXT(until, "DATE"),
        .help = "only documents up to the end of this day, month or year"},
    [OPTION_FLOOR] = {"floor", NUMBER(floor, 1, 100),
        .help = "leave out hits less near in meaning, in percent: 100 says the same (default: none)"},
    [OPTION_PATH] = {"path", TEXTS(path, "PATH"),
        .help = "the documents of this file, or of the files below this folder, also when it is gone; may be repeated"},
    [OPTION_RANK] = {"rank", CHOICE(rank, "HOW", "both", "meaning", "words"),
        .help = "by meaning and words fused (default), by meaning alone, or by words alone (BM25); "
                "\"quoted words\" must stand together, a +word must be there"},
    [OPTION_FUSION] = {"fusion", CHOICE(fusion, "HOW", "scores", "ranks"),
        .help = "with --rank both: normalised scores (default) or reciprocal ranks"},
    [OPTION_MEANING] = {"meaning", NUMBER(meaning, 1, 100),
        .help = "with --rank both: the weight of meaning in percent (default: 45); words have the rest"},
    [OPTION_DIVERSITY] = {"diversity", NUMBER(diversity, 1, 100),
        .help = "percent of a hit's unlikeness to the hits before it against its score (default: none)"},
    [OPTION_PER_DOCUMENT] = {"per-document", NUMBER(per_document, 1, KITH_K_MAX),
        .help = "at most so many hits of one document"},
    [OPTION_EXACT] = {"exact", FLAG(exact),
        .help = "compare the query with every vector instead of walking the index"},
    [OPTION_EF] = {"ef", NUMBER(ef, 1, EF_MAX),
        .help = "candidates that the walk through the index keeps: more find more, and take longer (default: 64, or twice -k, "
                "or more where the index has measured that it needs more)"},
    [OPTION_TARGET_RECALL] = {"target-recall", SHARE(target_recall, 500, 999),
        .help = "the share of the nearest that is to be found on average, 0.5 to 0.999: the index chooses --ef by what it "
                "measured"},
    [OPTION_EXPLAIN] = {"explain", FLAG(explain),
        .help = "also tell how it was found and how long each stage took"},
    [OPTION_COMPARE] = {"compare", TEXT(compare, "SETTINGS"),
        .help = "ask everything again with each of these settings, such as \"rank=words; chunk=500/100, k=8\""},
    [OPTION_BY] = {"by", TEXT(by, "FIELD"),
        .help = "also tell the measures by this field of the questions, such as \"kind\""},
    [OPTION_SYNC] = {"sync", FLAG(sync),
        .help = "also remove the documents whose file is gone from below the paths"},
    [OPTION_DRY_RUN] = {"dry-run", FLAG(dry_run),
        .help = "read and compare, and tell what would be done; nothing is embedded or stored"},
    [OPTION_NO_WAIT] = {"no-wait", FLAG(no_wait),
        .help = "store the files, to be found by words, and leave embedding to kith watch, kith serve or the next kith add"},
    [OPTION_OCR_LANGUAGE] = {"ocr-language", TEXT(ocr_language, "NAMES"),
        .help = "of pages that are pictures, as tesseract names them, such as \"deu+eng\" (default: those that are installed; "
                "of more than four English alone)"},
    [OPTION_CHUNK_SIZE] = {"chunk-size", NUMBER(chunk_size, 1, CHUNK_SIZE_MAX),
        .help = "of a chunk (default: 1000 characters, or all the tokens that the model reads)"},
    [OPTION_CHUNK_OVERLAP] = {"chunk-overlap", NUMBER(chunk_overlap, 0, CHUNK_SIZE_MAX),
        .help = "what neighbouring chunks share (default: 200 characters, or a fifth of the size in tokens)"},
    [OPTION_CHUNK_UNIT] = {"chunk-unit", CHOICE(chunk_unit, "UNIT", "characters", "tokens"),
        .help = "what size and overlap count: characters (default) or tokens"},
    [OPTION_MIN_CHARS] = {"min-chars", NUMBER(min_chars, 1, MIN_CHARS_MAX),
        .help = "shorter documents fail (default: 10)"},
    [OPTION_INPUT] = {"input", CHOICE(input, "FORM", "auto", "lines", "jsonl"),
        .help = "lines (a text a line), jsonl (a JSON string or {\"text\": ...} a line), or auto (default): "
                "jsonl when the first line is such a value"},
    [OPTION_AS] = {"as", CHOICE(as, "ROLE", "text", "question", "document"),
        .help = "which of the model's prompts stands before each text: that of a question, of a document, or text "
                "(default): its default prompt, if it has one"},
    [OPTION_FORMAT] = {"format", CHOICE(format, "FORM", "json", "f32", "prometheus", "markdown"),
        .help = "json (default; an object a line); of kith embed also f32 (raw little-endian float32, row after row), "
                "of kith stats prometheus (the metrics as text for a scraper), of kith conversations export "
                "json or markdown (default)"},
    [OPTION_LOG_FORMAT] = {"log-format", CHOICE(log_format, "FORM", "text", "json"),
        .help = "of the log on standard error: key=value (default) or json, an event a line"},
    [OPTION_LOG_LEVEL] = {"log-level", CHOICE(log_level, "LEVEL", "info", "error", "warn", "debug"),
        .help = "what is logged: error, warn, info (default) or debug"},
    [OPTION_OUTPUT] = {"o", TEXT(output, "FILE"),
        .help = "the file to write (default: standard output)"},
    [OPTION_KIND] = {"kind", CHOICE(kind, "KIND", "any", "document", "chunk"),
        .help = "what the ids name: document, chunk, or any (default; a document comes first)"},
    [OPTION_METRIC] = {"metric", CHOICE(metric, "METRIC", "cosine", "l2", "ip"),
        .help = "of a new collection: cosine (default), l2 (squared) or ip (inner product)"},
    [OPTION_MEMORY] = {"memory", CHOICE(memory, "WHAT", "full", "compact"),
        .help = "what of a collection's vectors is in memory: full (default), or compact, a graph and codes, with the vectors on the disk"},
    [OPTION_DIMENSION] = {"dimension", NUMBER(dimension, 1, KITH_DIMENSION_MAX),
        .help = "of a new collection's vectors (default: that of the first vector)"},
    [OPTION_ALL] = {"all", FLAG(all),
        .help = "remove the whole collection; asks first on a terminal"},
    [OPTION_YES] = {"yes", FLAG(yes),
        .help = "do not ask"},
    [OPTION_FORCE] = {"force", FLAG(force),
        .help = "replace what is there already"},
    [OPTION_SET_LOG_ASIDE] = {"set-log-aside", FLAG(set_log_aside),
        .help = "first give up what a damaged log cannot give back; the log is kept as "
                "kith.db-wal.damaged"},
    [OPTION_LLM] = {"llm", TEXT(llm, "MODEL"),
        .help = "the model that writes the answer (default: KITH_LLM_MODEL, else gpt-4o-mini)"},
    [OPTION_TEMPERATURE] = {"temperature", NUMBER(temperature, 0, 200),
        .help = "of the LLM, in percent: 0 is the most predictable answer (default: 70)"},
    [OPTION_MAX_TOKENS] = {"max-tokens", NUMBER(max_tokens, 1, 1000000),
        .help = "that the LLM may write (default: 500)"},
    [OPTION_EVENTS] = {"events", FLAG(events),
        .help = "as JSON lines, what happens while it happens: passages, pieces of the answer, citations, usage, done"},
    [OPTION_NO_LLM] = {"no-llm", FLAG(no_llm),
        .help = "answer by quoting, even when an LLM endpoint is configured"},
    [OPTION_NO_CACHE] = {"no-cache", FLAG(no_cache),
        .help = "answer anew, and keep nothing for the next time"},
    [OPTION_LINES] = {"lines", FLAG(lines),
        .help = "questions from standard input, one a line, each answered with a JSON line"},
    [OPTION_CONVERSATION] = {"conversation", NUMBER(conversation, 1, UINT32_MAX),
        .help = "the number of the conversation to go on with"},
    [OPTION_TRUNCATE] = {"truncate", CHOICE(truncate, "HOW", "truncate", "error", "split"),
        .help = "what becomes of a text that is longer than the model reads: truncate (default; its beginning is embedded, and "
                "it is told), error, or split (the mean of its parts)"},
    [OPTION_MODEL] = {"model", TEXT(model, "DIR"),
        .help = "the local embedding model that the collection gets"},
    [OPTION_ABANDON] = {"abandon", FLAG(abandon),
        .help = "drop the vectors that an unfinished kith reembed has made"},
    [OPTION_MODEL_DIR] = {"model-dir", TEXT(model_dir, "DIR"),
        .help = "of the local embedding model (default: KITH_MODEL, else kith/models/all-MiniLM-L6-v2 "
                "in the user's cache)"},
    [OPTION_RERANK] = {"rerank", TEXT(rerank, "DIR"),
        .help = "of a cross-encoder that reads the query with each of the best 50 hits and orders them (default: "
                "KITH_RERANK, else none)"},
    [OPTION_EMBEDDER] = {"embedder", CHOICE(embedder, "WHICH", "local", "openai"),
        .help = "local (default) or openai: the /embeddings of OPENAI_BASE_URL"},
    [OPTION_EMBED_MODEL] = {"embed-model", TEXT(embed_model, "MODEL"),
        .help = "the remote embedding model (default: text-embedding-3-small)"},
    [OPTION_PRECISION] = {"precision", CHOICE(precision, "HOW", "auto", "f32"),
        .help = "of the local embedding model: auto (default: KITH_PRECISION), the fastest whose vectors have a cosine of "
                "at least 0.999 to float32's, or f32"},
    [OPTION_ENV] = {"env", TEXT(env, "FILE"),
        .help = "the file with OPENAI_API_KEY, OPENAI_BASE_URL and KITH_LLM_MODEL that win over the environment "
                "(default: .env in the working directory for what is not set, but never for an address)"},
    [OPTION_THREADS] = {"threads", NUMBER(threads, 1, THREADS_MAX),
        .help = "to work with (default: as many as the process may use)"},
    [OPTION_DIR] = {"dir", TEXT(dir, "DIR"),
        .help = "the data directory (default: KITH_DIR, else kith in the user's data home)"},
    [OPTION_WAIT] = {"wait", SECONDS(wait, 0, WAIT_MAX),
        .help = "how long a write waits while other processes write (default: 60); 0: not at all"},
    [OPTION_TIMEOUT] = {"timeout", SECONDS(timeout, 1, WAIT_MAX),
        .help = "how long the whole may take; then it fails, and what was stored until then stays"},
    [OPTION_COLLECTION] = {"collection", TEXT(collection, "NAME"),
        .help = "the collection (default: \"default\")"},
    [OPTION_HOST] = {"host", TEXT(host, "ADDRESS"),
        .help = "to listen on (default: 127.0.0.1); other than loopback only where there is a key"},
    [OPTION_PORT] = {"port", NUMBER(port, 0, 65535),
        .help = "to listen on (default: 8000); 0: one that is free"},
    [OPTION_UNIX] = {"unix", TEXT(unix_path, "PATH"),
        .help = "a Unix socket to listen on as well"},
    [OPTION_TLS_CERT] = {"tls-cert", TEXT(tls_cert, "FILE"),
        .help = "the server's certificate, and those between it and the root, as PEM: HTTPS instead of HTTP"},
    [OPTION_TLS_KEY] = {"tls-key", TEXT(tls_key, "FILE"),
        .help = "the certificate's private key, as PEM"},
    [OPTION_TLS_CA] = {"tls-ca", TEXT(tls_ca, "FILE"),
        .help = "the certificates, as PEM, that a server's has to come from (default: the system's)"},
    [OPTION_TOKEN_FILE] = {"token-file", TEXT(token_file, "FILE"),
        .help = "with the token that is sent as X-Chroma-Token and as Authorization: Bearer"},
    [OPTION_ALLOW_HOST] = {"allow-host", TEXTS(allow_host, "NAME"),
        .help = "a name that clients may call the server by, with any port, or NAME:PORT; may be repeated"},
    [OPTION_CORS] = {"cors", TEXTS(cors, "ORIGIN"),
        .help = "a web site whose pages may use the server from a browser, such as https://app.example, "
                "or '*'; may be repeated (default: none)"},
    [OPTION_STRICT_CHROMA] = {"strict-chroma", FLAG(strict_chroma),
        .help = "refuse what Chroma's own server on one node refuses"},
    [OPTION_ALLOW_RESET] = {"allow-reset", FLAG(allow_reset),
        .help = "let /api/v2/reset delete everything"},
    [OPTION_MAX_BODY] = {"max-body", NUMBER(max_body, 1, BODY_MAX_MB),
        .help = "of a request, in MiB (default: 40)"},
    [OPTION_MAX_BATCH] = {"max-batch", NUMBER(max_batch, 1, BATCH_MAX),
        .help = "records of one write (default: 5461)"},
    [OPTION_MAX_DIMENSION] = {"max-dimension", NUMBER(max_dimension, 1, KITH_DIMENSION_MAX),
        .help = "of a vector (default: 65536)"},
    [OPTION_MAX_METADATA] = {"max-metadata", NUMBER(max_metadata, 1, METADATA_MAX),
        .help = "bytes of one record's metadata (default: 65536)"},
    [OPTION_MAX_FILTER] = {"max-filter", NUMBER(max_filter, 1, FILTER_NODES_MAX),
        .help = "conditions of one filter (default: 1024)"},
    [OPTION_MAX_K] = {"max-k", NUMBER(max_k, 1, KITH_K_MAX),
        .help = "results of one query (default: 10000)"},
    [OPTION_MAX_TIME] = {"max-time", SECONDS(max_time, 1, WAIT_MAX),
        .help = "of one request (default: 60)"},
    [OPTION_JSON_DEPTH] = {"json-depth", NUMBER(json_depth, 1, JSON_MAX_DEPTH),
        .help = "levels of arrays and objects in a request (default: 64)"},
    [OPTION_KEEP_ALIVE] = {"keep-alive", SECONDS(keep_alive, 1, WAIT_MAX),
        .help = "of silence, after which a stream of events gets a comment line (default: 15)"},
    [OPTION_ID_BYTES] = {"id-bytes", NUMBER(id_bytes, 1, KITH_KEY_MAX_BYTES),
        .help = "of a point's id, on average (default: 16)"},
    [OPTION_TEXT_BYTES] = {"text-bytes", NUMBER(text_bytes, 0, 1048576),
        .help = "of a point's text, on average (default: 0)"},
    [OPTION_FIELDS] = {"fields", NUMBER(fields, 0, 256),
        .help = "numbers in the metadata of each point (default: 0)"},
    [OPTION_INDEX_MEMORY] = {"index-memory", NUMBER(index_memory, 0, 1U << 30),
        .help = "MiB that a collection's vectors may take in memory; above it they are on the disk; 0: no limit (default)"},
    [OPTION_RATE] = {"rate", NUMBER(rate, 1, RATE_MAX),
        .help = "requests a second of one key; above it: 429 (default: no limit)"},
    [OPTION_CONCURRENT] = {"concurrent", NUMBER(concurrent, 1, RATE_MAX),
        .help = "requests of one key at a time; above it: 429 (default: no limit)"},
    [OPTION_SAMPLE_EVERY] = {"sample-every", NUMBER(sample_every, 0, SAMPLE_EVERY_MAX),
        .help = "compare one search in so many with an exact one, in the background, for the recall that kith stats tells; "
                "0: none (default: 1000)"},
    [OPTION_NAME] = {"name", TEXT(name, "NAME"),
        .help = "of a key: [A-Za-z0-9._-], not beginning with '.'; of standard input (kith add -): the file name "
                "that it is known by; with --url the name instead of the one that the address ends with"},
    [OPTION_URL] = {"url", TEXT(url, "URL"),
        .help = "get this page (http or https) instead of reading files; at most 64 MiB, 300 seconds or --timeout, "
                "five redirects; nothing that it links to is fetched"},
    [OPTION_SCOPE] = {"scope", CHOICE(scope, "SCOPE", "read", "write", "admin"),
        .help = "what the key allows: read (default), write (and read), or admin (all)"},
    [OPTION_TENANT] = {"tenant", TEXT(tenant, "NAME"),
        .help = "of a key: the only tenant that it is for (default: any); of an export, or of what is imported from a "
                "server: the one whose database it is"},
    [OPTION_DATABASE] = {"database", TEXT(database, "NAME"),
        .help = "of a key: the only database that it is for (default: any); of an export: the one that is exported; "
                "of --tenant, else of the default tenant; of what is imported from a server: the only one"},
    [OPTION_JSON] = {"json", FLAG(json),
        .help = "JSON lines, also on a terminal"},
    [OPTION_TEXT] = {"text", FLAG(text),
        .help = "text for people, also in a pipe"},
    [OPTION_HELP] = {"help", FLAG(help),
        .help = "this text"},
    [OPTION_VERSION] = {"version", FLAG(version),
        .help = "the version and the kernels in use"},
};
// clang-format on

static const option_row *option_find(view name, bool is_short, option_id *id)
{
    for (option_id i = 0; i < OPTION_COUNT; i++) {
        view row_name = view_of(option_table[i].name);
        // "--k" is as good as "-k".
        if ((is_short && row_name.size > 1) || !view_equal(row_name, name)) continue;
        *id = i;
        return &option_table[i];
    }
    return NULL;
}

static kith_status unknown_option(const char *word, view name, kith_error *err)
{
    suggestion found = {.word = name};
    for (option_id i = 0; i < OPTION_COUNT; i++)
        suggestion_offer(&found, option_table[i].name);
    if (!found.best) return fail(err, KITH_ERR_INVALID, "unknown option '%s'", word);
    const char *dashes = found.best[1] ? "--" : "-";
    return fail(err, KITH_ERR_INVALID, "unknown option '%s'; did you mean %s%s?", word, dashes,
                found.best);
}

bool options_number(const char *text, uint32_t *out)
{
    uint32_t value = 0;
    if (!*text) return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9') return false;
        if (__builtin_mul_overflow(value, 10u, &value)) return false;
        if (__builtin_add_overflow(value, (uint32_t)(*p - '0'), &value)) return false;
    }
    *out = value;
    return true;
}

/* "0.95": digits, a point, digits; no sign, no exponent. */
static bool read_share(const char *text, double *out)
{
    double digits = 0, unit = 1;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        digits = digits * 10 + (*p - '0');
    if (p == text || p[0] != '.' || p[1] == '\0') return false;
    for (p++; *p >= '0' && *p <= '9'; p++) {
        digits = digits * 10 + (*p - '0');
        unit *= 10;
    }
    *out = digits / unit; // of both infinite it is NaN, which no range has
    return *p == '\0';
}

static kith_status set_choice(const option_row *row, const char *value, uint32_t *member,
                              kith_error *err)
{
    char names[128] = "";
    size_t used = 0;
    for (uint32_t i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], value) == 0) {
            *member = i;
            return KITH_OK;
        }
        int n = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", row->choices[i]);
        CHECK(n > 0 && (size_t)n < sizeof names - used);
        used += (size_t)n;
    }
    return fail(err, KITH_ERR_INVALID, "--%s: '%s' is none of %s", row->name, value, names);
}

static kith_status set_option(const option_row *row, const char *value, settings *s,
                              kith_error *err)
{
    const char *dashes = row->name[1] ? "--" : "-";
    char *member = (char *)s + row->offset;
    switch (row->kind) {
    case OPTION_IS_FLAG:
        *(bool *)member = true;
        return KITH_OK;
    case OPTION_TAKES_TEXT:
        if (!*value)
            return fail(err, KITH_ERR_INVALID, "%s%s: the value is empty", dashes, row->name);
        *(const char **)member = value;
        return KITH_OK;
    case OPTION_TAKES_TEXTS: {
        option_values *list = (option_values *)member;
        if (!*value) return fail(err, KITH_ERR_INVALID, "--%s: the value is empty", row->name);
        if (list->count == OPTION_VALUES_MAX)
            return fail(err, KITH_ERR_INVALID, "--%s is given more than %d times", row->name,
                        OPTION_VALUES_MAX);
        list->values[list->count++] = value;
        return KITH_OK;
    }
    case OPTION_TAKES_SHARE: {
        const double low = row->minimum / 1000.0, high = row->maximum / 1000.0;
        double share = 0;
        if (!read_share(value, &share) || !(share >= low && share <= high))
            return fail(err, KITH_ERR_INVALID, "--%s: '%s' is not a share from %g to %g", row->name,
                        value, low, high);
        memcpy(member, &share, sizeof share);
        return KITH_OK;
    }
    case OPTION_TAKES_NUMBER: {
        uint32_t number = 0;
        if (!options_number(value, &number) || number < row->minimum || number > row->maximum)
            return fail(err, KITH_ERR_INVALID, "%s%s: '%s' is not a number from %u to %u", dashes,
                        row->name, value, row->minimum, row->maximum);
        *(uint32_t *)member = number;
        return KITH_OK;
    }
    case OPTION_TAKES_CHOICE:
        return set_choice(row, value, (uint32_t *)member, err);
    }
    return KITH_ERR_INTERNAL;
}

/* Reads the option at argv[*i] and, where it takes one, its value: joined to it or the next word.
 */
static kith_status parse_option(int argc, char **argv, int *i, settings *out, kith_error *err)
{
    const char *word = argv[*i];
    bool is_short = word[1] != '-';
    view name = view_of(word + (is_short ? 1 : 2));
    const char *joined = NULL;
    if (is_short) {
        if (name.size > 1) joined = word + 2;
        name.size = 1;
    } else {
        size_t equals = view_find(name, VIEW("="));
        if (equals < name.size) joined = name.data + equals + 1;
        name.size = equals;
    }
    option_id id = OPTION_COUNT;
    const option_row *row = option_find(name, is_short, &id);
    if (!row && is_short && word[1] == 'h' && !word[2]) row = option_find(VIEW("help"), false, &id);
    if (!row && is_short && word[1] == 'V' && !word[2])
        row = option_find(VIEW("version"), false, &id);
    if (!row) return unknown_option(word, name, err);
    if (row->kind == OPTION_IS_FLAG && joined)
        return fail(err, KITH_ERR_INVALID, "--%s takes no value", row->name);
    const char *value = joined;
    if (row->kind != OPTION_IS_FLAG && !joined) {
        if (*i + 1 >= argc)
            return fail(err, KITH_ERR_INVALID, "%s needs a value (%s)", word, row->argument);
        value = argv[++*i];
    }
    out->given |= OPTION_BIT(id);
    return set_option(row, value, out, err);
}

kith_status options_parse(int argc, char **argv, arena *a, settings *out, kith_error *err)
{
    settings parsed = {0};
    parsed.arguments = arena_new_array(a, const char *, (size_t)argc + 1);
    if (!parsed.arguments) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    bool options_ended = false;
    for (int i = 1; i < argc; i++) {
        bool is_option = !options_ended && argv[i][0] == '-' && argv[i][1];
        if (!is_option) {
            parsed.arguments[parsed.argument_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else {
            kith_status status = parse_option(argc, argv, &i, &parsed, err);
            if (status != KITH_OK) return status;
        }
    }
    *out = parsed;
    return KITH_OK;
}

kith_status options_check(const settings *s, option_set allowed, const char *command,
                          kith_error *err)
{
    static const option_id exclusive[][2] = {{OPTION_JSON, OPTION_TEXT},
                                             {OPTION_LLM, OPTION_NO_LLM}};
    for (option_id i = 0; i < OPTION_COUNT; i++) {
        if (!option_given(s, i) || (allowed & OPTION_BIT(i))) continue;
        return fail(err, KITH_ERR_INVALID, "kith %s does not take %s%s", command,
                    option_table[i].name[1] ? "--" : "-", option_table[i].name);
    }
    for (size_t i = 0; i < sizeof exclusive / sizeof exclusive[0]; i++)
        if (option_given(s, exclusive[i][0]) && option_given(s, exclusive[i][1]))
            return fail(err, KITH_ERR_INVALID, "--%s and --%s exclude each other",
                        option_table[exclusive[i][0]].name, option_table[exclusive[i][1]].name);
    return KITH_OK;
}
