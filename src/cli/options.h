/* options.h - the command line of kith as one table.
 * Every option has one row: its name, the kind and range of its value, its help. The parser, the
 * check of what a command takes, the nearest name for a typing error and the text of --help all
 * read that table, so that they cannot disagree. */
#ifndef KITH_CLI_OPTIONS_H
#define KITH_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of --help. */
typedef enum option_id {
    OPTION_K,
    OPTION_WHERE,
    OPTION_IN,
    OPTION_TYPE,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_FLOOR,
    OPTION_PATH,
    OPTION_RANK,
    OPTION_FUSION,
    OPTION_MEANING,
    OPTION_DIVERSITY,
    OPTION_PER_DOCUMENT,
    OPTION_EXACT,
    OPTION_EF,
    OPTION_TARGET_RECALL,
    OPTION_EXPLAIN,
    OPTION_COMPARE,
    OPTION_BY,
    OPTION_SYNC,
    OPTION_DRY_RUN,
    OPTION_NO_WAIT,
    OPTION_OCR_LANGUAGE,
    OPTION_CHUNK_SIZE,
    OPTION_CHUNK_OVERLAP,
    OPTION_CHUNK_UNIT,
    OPTION_MIN_CHARS,
    OPTION_INPUT,
    OPTION_AS,
    OPTION_FORMAT,
    OPTION_LOG_FORMAT,
    OPTION_LOG_LEVEL,
    OPTION_OUTPUT,
    OPTION_KIND,
    OPTION_METRIC,
    OPTION_MEMORY,
    OPTION_DIMENSION,
    OPTION_ALL,
    OPTION_YES,
    OPTION_FORCE,
    OPTION_SET_LOG_ASIDE,
    OPTION_LLM,
    OPTION_TEMPERATURE,
    OPTION_MAX_TOKENS,
    OPTION_EVENTS,
    OPTION_NO_LLM,
    OPTION_NO_CACHE,
    OPTION_LINES,
    OPTION_CONVERSATION,
    OPTION_TRUNCATE,
    OPTION_MODEL,
    OPTION_ABANDON,
    OPTION_MODEL_DIR,
    OPTION_RERANK,
    OPTION_EMBEDDER,
    OPTION_EMBED_MODEL,
    OPTION_PRECISION,
    OPTION_ENV,
    OPTION_THREADS,
    OPTION_DIR,
    OPTION_WAIT,
    OPTION_TIMEOUT,
    OPTION_COLLECTION,
    OPTION_HOST,
    OPTION_PORT,
    OPTION_UNIX,
    OPTION_TLS_CERT,
    OPTION_TLS_KEY,
    OPTION_TLS_CA,
    OPTION_TOKEN_FILE,
    OPTION_ALLOW_HOST,
    OPTION_CORS,
    OPTION_STRICT_CHROMA,
    OPTION_ALLOW_RESET,
    OPTION_MAX_BODY,
    OPTION_MAX_BATCH,
    OPTION_MAX_DIMENSION,
    OPTION_MAX_METADATA,
    OPTION_MAX_FILTER,
    OPTION_MAX_K,
    OPTION_MAX_TIME,
    OPTION_JSON_DEPTH,
    OPTION_KEEP_ALIVE,
    OPTION_ID_BYTES,
    OPTION_TEXT_BYTES,
    OPTION_FIELDS,
    OPTION_INDEX_MEMORY,
    OPTION_RATE,
    OPTION_CONCURRENT,
    OPTION_SAMPLE_EVERY,
    OPTION_NAME,
    OPTION_URL,
    OPTION_SCOPE,
    OPTION_TENANT,
    OPTION_DATABASE,
    OPTION_JSON,
    OPTION_TEXT,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
} option_id;

/* A set of options. */
typedef unsigned __int128 option_set;
#define OPTION_BIT(id) ((option_set)1 << (id))
_Static_assert(OPTION_COUNT <= 128, "an option_set has a bit for every option");

/* Choices count in the order of their names in the table. */
typedef enum embedder_choice { EMBEDDER_LOCAL, EMBEDDER_OPENAI } embedder_choice;
typedef enum precision_option { PRECISION_AUTO, PRECISION_F32 } precision_option;
typedef enum rank_choice { RANK_BOTH, RANK_MEANING, RANK_WORDS } rank_choice;
typedef enum fusion_choice { FUSE_SCORES, FUSE_RANKS } fusion_choice;
typedef enum as_choice { AS_TEXT, AS_QUESTION, AS_DOCUMENT } as_choice;
typedef enum input_choice { INPUT_AUTO, INPUT_LINES, INPUT_JSONL } input_choice;
typedef enum format_choice {
    FORMAT_JSON,
    FORMAT_F32,
    FORMAT_PROMETHEUS,
    FORMAT_MARKDOWN
} format_choice;
typedef enum log_format_choice { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } log_format_choice;
typedef enum kind_choice { KIND_ANY, KIND_DOCUMENT, KIND_CHUNK } kind_choice;

/* The values of an option that may be given several times, in order; NULL ends them. */
enum { OPTION_VALUES_MAX = 64 };
typedef struct option_values {
    const char *values[OPTION_VALUES_MAX + 1];
    uint32_t count;
} option_values;

/* A parsed command line. Options that are absent are 0, NULL or false. */
typedef struct settings {
    option_set given; /* the options that are present */
    const char *dir, *collection, *where, *model, *model_dir, *rerank, *embed_model, *llm, *compare,
        *by, *env, *host, *unix_path, *tls_cert, *tls_key, *tls_ca, *token_file, *name, *url,
        *tenant, *database, *output, *in, *type, *since, *until, *ocr_language;
    option_values allow_host, cors, path;
    uint32_t k, threads, chunk_size, chunk_overlap, min_chars, dimension, meaning, diversity,
        per_document, conversation, temperature, max_tokens, wait, timeout, port, max_body,
        max_batch, floor, max_dimension, max_metadata, max_filter, max_k, max_time, json_depth,
        keep_alive, rate, concurrent, id_bytes, text_bytes, fields, index_memory, ef, sample_every;
    double target_recall;
    uint32_t chunk_unit, metric, memory, embedder, input, as, format, kind, rank, fusion,
        log_format, log_level, scope, precision, truncate; /* choices */
    bool exact, explain, events, sync, dry_run, no_wait, all, yes, force, set_log_aside, no_llm,
        no_cache, lines, abandon, strict_chroma, allow_reset, json, text, help, version;
    const char **arguments; /* [argument_count] words that are not options, in order */
    size_t argument_count;
} settings;

typedef enum option_kind {
    OPTION_IS_FLAG,
    OPTION_TAKES_TEXT,
    OPTION_TAKES_TEXTS, /* each time that it is given */
    OPTION_TAKES_NUMBER,
    OPTION_TAKES_SHARE, /* a fraction */
    OPTION_TAKES_CHOICE
} option_kind;

typedef struct option_row {
    const char *name;     /* without the dashes; one letter makes a short option */
    const char *argument; /* how --help calls the value, NULL for a flag */
    const char *help;
    option_kind kind;
    size_t offset;              /* of its member in settings */
    uint32_t minimum, maximum;  /* of a number; of a share, in thousandths */
    const char *const *choices; /* NULL-terminated */
} option_row;

extern const option_row option_table[OPTION_COUNT];

/* Parses a decimal number without sign or space; false when the text is not one, or exceeds
 * uint32_t. */
bool options_number(const char *text, uint32_t *out);

/* Parses argv[1..]: options and arguments in any order, "--name value", "--name=value", "-k5"; "--"
 * ends the options and "-" is an argument. The last of a repeated option counts, but for
 * OPTION_TAKES_TEXTS. The texts are
 * borrowed from argv, the array lives in `a`. KITH_ERR_INVALID names the option, the value and what
 * it takes; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status options_parse(int argc, char **argv, arena *a, settings *out,
                                       kith_error *err);

/* Checks the options against what `command` takes. KITH_ERR_INVALID names the first one that is not
 * in `allowed`, or two that exclude each other. */
KITH_CHECKED kith_status options_check(const settings *s, option_set allowed, const char *command,
                                       kith_error *err);

static inline bool option_given(const settings *s, option_id id)
{
    return (s->given & OPTION_BIT(id)) != 0;
}

#endif
