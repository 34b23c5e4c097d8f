/* chunk.c - kith chunk: what kith add would make of a file, without storing it. It shows
 * why a search misses a passage. */
#include "base/json.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/location.h"
#include "cli/workspace.h"
#include "os/file.h"

#include <kith/preview.h>
#include <kith/types.h>

/* ---- bytes of the file ---- */

/* A file in UTF-8 whose text is its chunks', read from where the chunk before began: a code point of
 * the text after the other, of which a line feed may be the two bytes CR LF. */
typedef struct byte_walk {
    view file; /* empty: not UTF-8, or not read */
    size_t at;
    uint64_t points;
} byte_walk;

static void walk_begin(byte_walk *w, view file)
{
    *w = (byte_walk){.file = utf8_is_valid(file) ? file : VIEW("")};
    w->at = view_starts_with(w->file, VIEW("\xEF\xBB\xBF")) ? 3 : 0;
}

/* Takes a code point; its text, which is "\n" for each kind of line end. */
static view walk_next(byte_walk *w)
{
    uint32_t code = 0;
    view rest = view_slice(w->file, w->at, w->file.size);
    size_t size = utf8_decode(rest.data, rest.size, &code);
    bool is_pair = view_starts_with(rest, VIEW("\r\n"));
    w->at += is_pair ? 2 : size;
    w->points++;
    return code == '\r' ? VIEW("\n") : view_slice(rest, 0, size);
}

/* The bytes of the file that are the chunk's content; false when they are not known. */
static bool find_bytes(byte_walk *w, const kith_chunk *chunk, size_t *start, size_t *end)
{
    if (w->file.size == 0 || chunk->line_start == 0) return false;
    if (chunk->char_start < w->points) walk_begin(w, w->file);
    while (w->points < chunk->char_start && w->at < w->file.size)
        (void)walk_next(w);
    byte_walk ahead = *w;
    view content = view_of(chunk->content);
    while (ahead.points < chunk->char_end && ahead.at < w->file.size) {
        view one = walk_next(&ahead);
        if (!view_starts_with(content, one)) return false;
        content = view_slice(content, one.size, content.size);
    }
    *start = w->at;
    *end = ahead.at;
    return content.size == 0;
}

/* ---- output ---- */

static void write_json(console *c, const kith_chunk *chunk, byte_walk *walk)
{
    size_t start = 0, end = 0;
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "id", chunk->id);
    json_member_text(&w, "content", chunk->content);
    json_member_text(&w, "heading", chunk->heading);
    json_member_text(&w, "place", chunk->place);
    if (chunk->lead_in && *chunk->lead_in) json_member_text(&w, "lead_in", chunk->lead_in);
    json_member_unsigned(&w, "start", chunk->char_start);
    json_member_unsigned(&w, "end", chunk->char_end);
    location_json_line(&w, "line_start", chunk->line_start);
    location_json_line(&w, "line_end", chunk->line_end);
    if (find_bytes(walk, chunk, &start, &end)) {
        json_member_unsigned(&w, "byte_start", start);
        json_member_unsigned(&w, "byte_end", end);
    }
    json_key(&w, "tokens");
    if (chunk->tokens)
        json_integer(&w, chunk->tokens);
    else
        json_null(&w);
    json_end_object(&w);
    console_end_json(c);
}

static void write_text(console *c, const char *path, const kith_chunk *chunk)
{
    const terminal *t = &c->out_terminal;
    buffer title;
    buffer_init(&title, 1 << 20);
    terminal_clean(&title, view_of(chunk->id), true);
    terminal_style(t, &c->line, STYLE_BOLD, buffer_view(&title));
    buffer_append_text(&c->line, "  ");
    location p = {.source = path,
                  .where = chunk->place,
                  .line_start = chunk->line_start,
                  .line_end = chunk->line_end};
    location_append(t, &c->line, &p);
    buffer_printf(&c->line, "  characters %llu-%llu", (unsigned long long)chunk->char_start,
                  (unsigned long long)chunk->char_end);
    if (chunk->tokens) buffer_printf(&c->line, "  %u tokens", chunk->tokens);
    buffer_append_byte(&c->line, '\n');
    const char *const above[] = {chunk->heading, chunk->lead_in};
    for (size_t i = 0; i < sizeof above / sizeof above[0]; i++) {
        if (!above[i] || !*above[i]) continue;
        buffer_reset(&title);
        terminal_clean(&title, view_of(above[i]), true);
        terminal_style(t, &c->line, STYLE_CYAN, buffer_view(&title));
        buffer_append_byte(&c->line, '\n');
    }
    terminal_clean(&c->line, view_of(chunk->content), false);
    buffer_append_text(&c->line, "\n\n");
    console_flush_line(c);
    buffer_done(&title);
}

static kith_status show_file(invocation *run, kith_embedder *embedder, const char *path,
                             bool *has_problems, kith_error *err)
{
    console *c = run->console;
    const kith_chunk_options chunk = workspace_chunk_options(run);
    const kith_ingest_options options = {
        .size = sizeof options, .chunk = &chunk, .ocr_languages = run->settings->ocr_language};
    kith_chunks *chunks = NULL;
    buffer bytes;
    byte_walk walk = {0};
    kith_status status = kith_preview_file(embedder, path, &options, &chunks, err);
    if (status != KITH_OK) return status;
    buffer_init(&bytes, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    file_info info;
    bool is_file = file_stat(path, &info, NULL) == KITH_OK && info.kind == FILE_REGULAR;
    bool is_read =
        c->json && is_file &&
        file_read(&file_ops_posix, path, KITH_DOCUMENT_MAX_BYTES, &bytes, NULL) == KITH_OK;
    if (is_read) walk_begin(&walk, buffer_view(&bytes));
    for (size_t i = 0; i < chunks->count && !console_failed(c); i++) {
        if (c->json)
            write_json(c, &chunks->chunks[i], &walk);
        else
            write_text(c, path, &chunks->chunks[i]);
    }
    for (size_t i = 0; i < chunks->problem_count; i++)
        console_notice(c, "%s: %s", path, chunks->problems[i]);
    for (size_t i = 0; i < chunks->notices->count; i++)
        console_notice(c, "%s: %s", path, chunks->notices->texts[i]);
    if (chunks->count == 0) console_notice(c, "%s: no chunk: there is no text in it", path);
    *has_problems = *has_problems || chunks->problem_count > 0;
    kith_chunks_free(chunks);
    buffer_done(&bytes);
    return KITH_OK;
}

static exit_status chunk_run(invocation *run)
{
    kith_embedder *embedder = NULL;
    kith_error err = {0};
    bool has_problems = false;
    kith_status status = workspace_embedder(run, &embedder, &err);
    for (size_t i = 0; i < run->settings->argument_count && status == KITH_OK; i++)
        status = show_file(run, embedder, run->settings->arguments[i], &has_problems, &err);
    exit_status result = has_problems ? EXIT_PARTLY : EXIT_DONE;
    if (status != KITH_OK) result = console_fail(run->console, status, &err);
    kith_embedder_free(embedder);
    return result;
}

const command command_chunk = {
    .name = "chunk",
    .arguments = "FILE...",
    .summary = "show the chunks that a file would become",
    .description =
        "Reads the file as kith add would and shows each chunk with its place, its "
        "offsets and its tokens (special tokens included). "
        "Nothing is stored.\n\n"
        "As JSON: a chunk a line with id, content, heading, place, start, end (code points of "
        "the document's text, whose lines end with a line feed whatever the file's end with), "
        "line_start, line_end and "
        "tokens; of files in UTF-8 that have lines also byte_start and byte_end, of the file as it "
        "is, its line ends and byte order mark included. What of the file is not read goes to "
        "standard error.",
    .examples = "  kith chunk README.md\n"
                "  kith chunk --chunk-unit tokens --chunk-size 128 --json notes.txt\n",
    .options = OPTIONS_MODEL | OPTIONS_CHUNK | OPTION_BIT(OPTION_OCR_LANGUAGE),
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_ANY,
    .run = chunk_run,
};
