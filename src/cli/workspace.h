/* workspace.h - what a command works on: the embedder, the data directory and the LLM that the
 * command line and the environment name. */
#ifndef KITH_CLI_WORKSPACE_H
#define KITH_CLI_WORKSPACE_H

#include "cli/command.h"
#include "serve/log.h"

#include <kith/kith.h>
#include <kith/rerank.h>

typedef struct workspace {
    const char *directory;
    kith_embedder *embedder;     /* NULL when it was not asked for, or is the server's */
    const char *model_directory; /* of a server's local embedder, without links; NULL: another */
    kith *database;
    kith_cross_encoder *reranker; /* of --rerank or KITH_RERANK; NULL: none */
    bool reranks;                 /* in: the command has --rerank */
    bool read_only;               /* the directory, or its disk, has no room for a write */
    void (*on_notice)(void *context, const char *notice); /* in; NULL: a notice on the console */
    void *notice_context;
} workspace;

typedef enum workspace_need {
    WORKSPACE_READ,      /* the directory, which must exist; also where nothing can be written */
    WORKSPACE_CHANGE,    /* the directory, which must exist */
    WORKSPACE_WRITE,     /* the directory, created when missing */
    WORKSPACE_READ_TEXT, /* and an embedder */
    WORKSPACE_WRITE_TEXT,
    /* the directory, created when missing, and an embedder if there is one: without a model that an
     * option names, a notice says that there is none */
    WORKSPACE_SERVE
} workspace_need;

/* Opens the embedder first, so that a missing model or key leaves nothing behind. A command that a
 * server runs for another process gets the server's database, and its model when it is the same.
 * `out` also holds the console for the library's notices. Errors: those of kith_embedder_open and
 * kith_open (kith.h), with advice in the message. */
KITH_CHECKED kith_status workspace_open(invocation *run, workspace_need need, workspace *out,
                                        kith_error *err);
/* Closes the directory and the embedder. A failure is reported, and replaces EXIT_DONE. */
exit_status workspace_close(invocation *run, workspace *w, exit_status so_far);

/* Only the embedder, to be freed by the caller. */
KITH_CHECKED kith_status workspace_embedder(invocation *run, kith_embedder **out, kith_error *err);

/* The LLM that is to write answers: *out_llm is `storage`, or NULL when none is configured or
 * --no-llm is given. */
KITH_CHECKED kith_status workspace_llm(invocation *run, kith_llm *storage, const kith_llm **out_llm,
                                       kith_error *err);

/* The name of the collection in use. */
const char *workspace_collection(const invocation *run);

/* What --wait says, as kith_options takes it. */
int32_t workspace_wait_ms(const invocation *run);

/* What --chunk-size, --chunk-overlap and --chunk-unit say. */
kith_chunk_options workspace_chunk_options(const invocation *run);

/* The log on standard error that --log-level and --log-format ask for; the caller's to end. */
void workspace_log_init(const invocation *run, log_stream *out);
/* An on_notice whose context is a log_stream. */
void workspace_log_notice(void *log, const char *notice);

/* The limits of a call: what --timeout says, and Ctrl-C where a command catches it. */
kith_call workspace_call(const invocation *run);

/* All arguments as one text, so that a question needs no quotes. NULL: out of memory. */
const char *workspace_sentence(const invocation *run);

#endif
