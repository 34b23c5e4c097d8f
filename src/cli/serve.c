/* serve.c - kith serve: a data directory over HTTP, until a signal or kith stop ends it. */
#include "cli/command.h"
#include "cli/dialects.h"
#include "cli/interrupt.h"
#include "cli/owner.h"
#include "cli/program.h"
#include "cli/service_notice.h"
#include "cli/workspace.h"
#include "serve/finisher.h"
#include "serve/server.h"

#include <features.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    DEFAULT_PORT = 8000,
    HEAPS = 2,                  /* of glibc's allocator */
    HEAP_BLOCK_BYTES = 4 << 20, /* a larger block is mapped, and unmapped when it is freed */
    DRAIN_MS = 30000,           /* what requests under way have after the first signal */
    LOOK_MS = 200               /* how often a signal is looked for */
};

static serve_limits limits_of(const settings *s)
{
    return (serve_limits){
        .body_bytes = (uint64_t)s->max_body << 20,
        .json_depth = s->json_depth,
        .batch = s->max_batch,
        .dimension = s->max_dimension,
        .metadata_bytes = s->max_metadata,
        .filter_nodes = s->max_filter,
        .k = s->max_k,
        .time_ms = s->max_time * 1000,
    };
}

static serve_options options_of(const invocation *run, const workspace *space, const kith_llm *llm,
                                log_stream *log)
{
    const settings *s = run->settings;
    return (serve_options){
        .k = space->database,
        .embedder = space->embedder,
        .reranker = space->reranker,
        .llm = llm,
        .directory = space->directory,
        .host = s->host ? s->host : "127.0.0.1",
        .port = option_given(s, OPTION_PORT) ? (uint16_t)s->port : DEFAULT_PORT,
        .unix_path = s->unix_path,
        .certificate_file = s->tls_cert,
        .key_file = s->tls_key,
        .allowed_hosts = s->allow_host.values,
        .cors_origins = s->cors.values,
        .strict_chroma = s->strict_chroma,
        .allow_reset = s->allow_reset,
        .rate_per_second = s->rate,
        .concurrent = s->concurrent,
        .keep_alive_ms = s->keep_alive * 1000,
        .limits = limits_of(s),
        .truncation = workspace_call(run).truncation,
        .dialects = dialect_table,
        .temporary = run->environment->temporary,
        .log = log,
    };
}

/* The first line of the output: where it listens, for a person to click and a program to read. */
static void tell_address(console *c, const serve_options *o, uint16_t port)
{
    bool is_six = strchr(o->host, ':') != NULL;
    char address[300];
    (void)snprintf(address, sizeof address, "%s://%s%s%s:%u",
                   o->certificate_file ? "https" : "http", is_six ? "[" : "", o->host,
                   is_six ? "]" : "", port);
    if (c->json) {
        json_writer w = console_begin_json(c);
        json_begin_object(&w);
        json_member_text(&w, "listening", address);
        json_end_object(&w);
        console_end_json(c);
    } else {
        console_printf(c, "listening on %s\n", address);
    }
    console_flush(c);
}

static void log_event(log_stream *log, log_level level, const char *event, const char *directory)
{
    log_begin(log, level, event);
    log_text(log, "directory", directory);
    log_end(log);
}

static exit_status serve_until_stopped(invocation *run, const workspace *space,
                                       const serve_options *options)
{
    kith_error err = {0};
    serve_state *server = NULL;
    owner *commands = NULL;
    finisher *finishing = NULL;
    const handed_options handed = {.space = space, .log = options->log, .runner = program_run};
    kith_status status = serve_start(options, &server, &err);
    if (status == KITH_OK && options->embedder)
        status = finisher_start(options->k, options->log, &finishing, &err);
    if (status == KITH_OK) status = owner_start(options->directory, &handed, &commands, &err);
    if (status != KITH_OK) {
        finisher_stop(finishing);
        (void)serve_stop(server, 0);
        return console_fail(run->console, status, &err);
    }
    log_event(options->log, LOG_INFO, "started", options->directory);
    tell_address(run->console, options, serve_port(server));
    service_notice(run->environment, "READY=1");
    while (!interrupt_noted(run->console->interrupts) && !serve_wait(server, LOOK_MS))
        ;
    service_notice(run->environment, "STOPPING=1");
    log_event(options->log, LOG_INFO, "stopping", options->directory);
    owner_interrupt(commands);
    finisher_stop(finishing);
    bool in_order = serve_stop(server, DRAIN_MS);
    if (!owner_stop(commands, DRAIN_MS)) in_order = false;
    log_event(options->log, in_order ? LOG_INFO : LOG_WARN,
              in_order ? "stopped" : "stopped_with_requests_cut_off", options->directory);
    return EXIT_DONE;
}

/* By default glibc gives each thread a heap of its own and keeps in it what was freed: 16 workers,
 * each of which has once had a batch of a megabyte, held 240 MiB after 20,000 records of 384
 * dimensions, whose index takes 60. With two heaps they hold little, at the same speed: most
 * allocations are small and come from a cache that each thread has in any case. What a batch of a
 * megabyte takes stays in them for the next. Must come before the first thread. */
static void bound_heaps(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_ARENA_MAX, HEAPS);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_BLOCK_BYTES);
#endif
}

/* Where the library's notices go. */
typedef struct notice_readers {
    log_stream log;
    recent_notices *kept; /* NULL: no memory for it, and the log alone has them */
} notice_readers;

static void on_notice(void *context, const char *notice)
{
    notice_readers *to = context;
    workspace_log_notice(&to->log, notice);
    recent_notices_add(to->kept, notice);
    handed_command_notice(notice);
}

static exit_status serve_run(invocation *run)
{
    kith_error err = {0};
    bound_heaps();
    notice_readers readers = {.kept = recent_notices_new()};
    log_stream *log = &readers.log;
    workspace_log_init(run, log);
    interrupt_catch(run->console->interrupts);
    workspace space = {.reranks = true, .on_notice = on_notice, .notice_context = &readers};
    kith_llm storage = {0};
    const kith_llm *llm = NULL;
    kith_status status = log_write_apart(log, &err);
    if (status == KITH_OK) status = workspace_open(run, WORKSPACE_SERVE, &space, &err);
    if (status == KITH_OK) status = workspace_llm(run, &storage, &llm, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK) {
        serve_options options = options_of(run, &space, llm, log);
        options.notices = readers.kept;
        result = serve_until_stopped(run, &space, &options);
    } else {
        result = console_fail(run->console, status, &err);
    }
    result = workspace_close(run, &space, result);
    recent_notices_free(readers.kept);
    log_done(log);
    return result;
}

const command command_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "serve a data directory over HTTP",
    .description =
        "Listens on --host and --port, and on a socket in the data directory that only its user "
        "may "
        "use. The first line of the output is the address, once it can be used. Runs until Ctrl-C, "
        "SIGTERM or kith stop, and then finishes what is under way, for up to 30 seconds; a second "
        "signal ends it at once. What was answered as written is on disk in either case.\n\n"
        "Without keys (kith key) everybody who reaches the address may do everything; so it must "
        "be "
        "a loopback address then. With a key, every request needs one, as X-Chroma-Token, "
        "Authorization: Bearer, or the password of Authorization: Basic, but for those that only "
        "ask whether the server lives. Keys that are made or removed while it runs count within a "
        "second.\n\n"
        "Where there is no embedding model it serves all that needs none. With one it embeds what "
        "kith add --no-wait, or an add that was interrupted, has left.\n\n"
        "The log goes to standard error: a line for each request, and one for each write and each "
        "key that was refused; never a text, a vector or a key.",
    .examples = "  kith serve\n"
                "  kith serve --dir /srv/kith --host 0.0.0.0 --tls-cert c.pem --tls-key k.pem\n"
                "  kith serve --port 0 --log-format json --log-level warn\n",
    .options =
        OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTIONS_MODEL |
        OPTION_BIT(OPTION_RERANK) | OPTION_BIT(OPTION_SAMPLE_EVERY) | OPTIONS_LLM |
        OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_PORT) | OPTION_BIT(OPTION_UNIX) |
        OPTION_BIT(OPTION_TLS_CERT) | OPTION_BIT(OPTION_TLS_KEY) | OPTION_BIT(OPTION_ALLOW_HOST) |
        OPTION_BIT(OPTION_CORS) | OPTION_BIT(OPTION_STRICT_CHROMA) |
        OPTION_BIT(OPTION_ALLOW_RESET) | OPTION_BIT(OPTION_TRUNCATE) | OPTION_BIT(OPTION_MAX_BODY) |
        OPTION_BIT(OPTION_MAX_BATCH) | OPTION_BIT(OPTION_MAX_DIMENSION) |
        OPTION_BIT(OPTION_MAX_METADATA) | OPTION_BIT(OPTION_MAX_FILTER) | OPTION_BIT(OPTION_MAX_K) |
        OPTION_BIT(OPTION_MAX_TIME) | OPTION_BIT(OPTION_JSON_DEPTH) |
        OPTION_BIT(OPTION_KEEP_ALIVE) | OPTION_BIT(OPTION_RATE) | OPTION_BIT(OPTION_CONCURRENT) |
        OPTION_BIT(OPTION_LOG_FORMAT) | OPTION_BIT(OPTION_LOG_LEVEL),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = serve_run,
};
