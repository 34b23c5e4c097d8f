/* embed.c - kith embed: texts in, vectors out, batch by batch. Needs no data directory. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/records.h"
#include "cli/workspace.h"

#include <kith/model.h>

#include <errno.h>
#include <fcntl.h>
#include <kith/truncation.h>
#include <unistd.h>

typedef struct embedding_run {
    invocation *run;
    kith_embedder *embedder;
    buffer raw;
    uint64_t texts, truncated, repaired;
} embedding_run;

/* counts  a remote endpoint does not count tokens text by text */
static void write_json(console *c, const kith_embeddings *e, size_t i, bool counts)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "embedding");
    json_begin_array(&w);
    for (uint32_t d = 0; d < e->dimension; d++)
        json_float(&w, e->vectors[i * e->dimension + d]);
    json_end_array(&w);
    json_key(&w, "tokens");
    if (counts)
        json_integer(&w, e->tokens[i]);
    else
        json_null(&w);
    json_member_bool(&w, "truncated", e->truncated[i]);
    json_end_object(&w);
    console_end_json(c);
}

/* Nobody reads a whole vector: only its first numbers are shown. */
static void write_text(console *c, const kith_embeddings *e, size_t i)
{
    enum { SHOWN = 6 };
    buffer_append_byte(&c->line, '[');
    for (uint32_t d = 0; d < e->dimension && d < SHOWN; d++)
        buffer_printf(&c->line, "%s%.4f", d ? ", " : "", (double)e->vectors[i * e->dimension + d]);
    buffer_printf(&c->line, "%s]  %u dimensions", e->dimension > SHOWN ? ", ..." : "",
                  e->dimension);
    if (e->tokens[i]) buffer_printf(&c->line, ", %u tokens", e->tokens[i]);
    buffer_append_text(&c->line, e->truncated[i] ? ", truncated\n" : "\n");
    console_flush_line(c);
}

static void write_raw(embedding_run *er, const kith_embeddings *e)
{
    buffer_reset(&er->raw);
    for (size_t i = 0; i < e->count * e->dimension; i++) {
        uint32_t bits;
        memcpy(&bits, &e->vectors[i], sizeof bits);
        buffer_append_u32(&er->raw, bits);
    }
    console_write(er->run->console, buffer_view(&er->raw));
}

static kith_status embed_batch(embedding_run *er, const view *texts, size_t count, kith_error *err)
{
    static const kith_text_role roles[] = {[AS_TEXT] = KITH_AS_TEXT,
                                           [AS_QUESTION] = KITH_AS_QUESTION,
                                           [AS_DOCUMENT] = KITH_AS_DOCUMENT};
    const char *data[RECORDS_BATCH_MAX];
    size_t sizes[RECORDS_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        data[i] = texts[i].data;
        sizes[i] = texts[i].size;
    }
    kith_embeddings *e = NULL;
    // In the order of the choices in options.c.
    static const kith_truncation policies[] = {KITH_TRUNCATE, KITH_TRUNCATION_ERROR, KITH_SPLIT};
    const kith_embed_options options = {.size = sizeof options,
                                        .sizes = sizes,
                                        .truncation = policies[er->run->settings->truncate]};
    kith_status status =
        kith_embed_as(er->embedder, roles[er->run->settings->as], data, count, &options, &e, err);
    if (status != KITH_OK) return status;
    const bool counts = kith_embedder_describe(er->embedder).max_tokens != 0;
    if (er->run->settings->format == FORMAT_F32) {
        write_raw(er, e);
        status = buffer_status(&er->raw, "vectors", err);
    }
    for (size_t i = 0; i < e->count; i++) {
        if (e->truncated[i]) er->truncated++;
        if (er->run->settings->format == FORMAT_F32) continue;
        if (er->run->console->json)
            write_json(er->run->console, e, i, counts);
        else
            write_text(er->run->console, e, i);
    }
    er->texts += count;
    kith_embeddings_free(e);
    return status;
}

static kith_status embed_stream(embedding_run *er, int fd, const char *name, kith_error *err)
{
    records r;
    records_init(&r, fd, name, er->run->settings->input);
    kith_status status = KITH_OK;
    while (status == KITH_OK && !console_failed(er->run->console)) {
        view texts[RECORDS_BATCH_MAX];
        size_t count = 0;
        status = records_next(&r, texts, &count, err);
        if (status != KITH_OK || count == 0) break;
        status = embed_batch(er, texts, count, err);
        // A program at the other end of the pipe may wait for these vectors before it sends more.
        console_flush(er->run->console);
    }
    er->repaired += r.repaired;
    records_done(&r);
    return status;
}

static kith_status embed_file(embedding_run *er, const char *path, kith_error *err)
{
    if (strcmp(path, "-") == 0) {
        if (isatty(STDIN_FILENO) == 1)
            console_notice(er->run->console,
                           "reading a text a line from the terminal; Ctrl-D ends");
        return embed_stream(er, STDIN_FILENO, "standard input", err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, errno == ENOENT ? KITH_ERR_NOT_FOUND : KITH_ERR_IO, "cannot open '%s': %s",
                    path, strerror(errno));
    kith_status status = embed_stream(er, fd, path, err);
    (void)close(fd); // opened for reading only: closing cannot lose anything
    return status;
}

static exit_status embed_run(invocation *run)
{
    const settings *s = run->settings;
    console *c = run->console;
    if (s->format != FORMAT_JSON && s->format != FORMAT_F32) {
        console_notice(c, "--format json and --format f32 are for kith embed");
        return EXIT_USAGE;
    }
    if (s->format == FORMAT_F32 && c->out_terminal.is_tty) {
        console_notice(
            c, "--format f32 writes bytes that no terminal can show: send it to a file or a pipe");
        return EXIT_USAGE;
    }
    kith_error err = {0};
    embedding_run er = {.run = run};
    buffer_init(&er.raw, 1 << 30);
    kith_status status = workspace_embedder(run, &er.embedder, &err);
    static const char *const only_stdin[] = {"-"};
    const char *const *paths = s->argument_count ? s->arguments : only_stdin;
    size_t path_count = s->argument_count ? s->argument_count : 1;
    for (size_t i = 0; i < path_count && status == KITH_OK; i++)
        status = embed_file(&er, paths[i], &err);

    if (er.repaired)
        console_notice(c, "%llu lines had invalid UTF-8, which was replaced",
                       (unsigned long long)er.repaired);
    if (er.truncated)
        console_notice(c,
                       "%llu of %llu texts were longer than the %u tokens that the model reads: "
                       "their ends were not embedded",
                       (unsigned long long)er.truncated, (unsigned long long)er.texts,
                       kith_embedder_describe(er.embedder).max_tokens);
    exit_status result = status == KITH_OK ? EXIT_DONE : console_fail(c, status, &err);
    kith_embedder_free(er.embedder);
    buffer_done(&er.raw);
    return result;
}

const command command_embed = {
    .name = "embed",
    .arguments = "[FILE...]",
    .summary = "turn texts into vectors",
    .description = "Reads texts from the files, or from standard input ('-', the default), and "
                   "writes their vectors in the same order. Nothing is "
                   "stored and no data directory is needed. The input is a text a line, or JSON "
                   "Lines: a string or an object with \"text\".\n\n"
                   "As JSON: an object a line with embedding, tokens (special tokens included; "
                   "null when the endpoint does not tell) and truncated. "
                   "With --format f32 the numbers alone, as the machines store them.",
    .examples = "  printf '%s\\n' 'first text' 'second text' | kith embed\n"
                "  kith embed --format f32 texts.jsonl > vectors.f32\n",
    .options = OPTIONS_MODEL | OPTION_BIT(OPTION_INPUT) | OPTION_BIT(OPTION_AS) |
               OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = embed_run,
};
