/* chroma_stream.c - see chroma_stream.h.
 * The writing end of the pipe is the thread's. When nobody reads any more a write fails, since the
 * program ignores SIGPIPE, and a thread that waits for a server looks at `is_unwanted`. */
#include "transfer/chroma_stream.h"

#include "transfer/chroma_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ, WRITE };

struct chroma_stream {
    const char *path;
    const chroma_server *server;
    int ends[2];
    pthread_t thread;
    atomic_bool is_unwanted;
};

static int is_unwanted(void *context)
{
    chroma_stream *s = context;
    return atomic_load(&s->is_unwanted);
}

static kith_status write_all(void *context, view bytes)
{
    const chroma_stream *s = context;
    while (bytes.size > 0) {
        ssize_t n = write(s->ends[WRITE], bytes.data, bytes.size);
        if (n < 0 && errno != EINTR) return KITH_ERR_CANCELLED; // the other end is closed
        if (n > 0) bytes = view_slice(bytes, (size_t)n, bytes.size);
    }
    return KITH_OK;
}

static kith_status write_lines(chroma_stream *s, chroma_output *o, kith_error *err)
{
    kith_status status = line_writer_head(o->lines, err);
    if (status == KITH_OK)
        status = s->path ? chroma_directory_write(s->path, o, err)
                         : chroma_server_write(s->server, o, err);
    if (status == KITH_OK) return line_writer_last(o->lines, o->collections, 0, o->all_points, err);
    line_writer_begin(o->lines, "failed");
    json_member_unsigned(&o->lines->json, "status", status);
    json_member_text(&o->lines->json, "message", err->message);
    return line_writer_end(o->lines, NULL);
}

static void *run(void *context)
{
    chroma_stream *s = context;
    kith_error err = {0};
    line_writer lines;
    const call_limit limit = {.is_cancelled = is_unwanted, .context = s};
    chroma_output output = {.lines = &lines, .limit = &limit};
    line_writer_init(&lines, write_all, s);
    kith_status status = write_lines(s, &output, &err);
    if (status == KITH_OK) status = line_writer_finish(&lines);
    // A stream that breaks off lacks its last line, which its reader tells.
    line_writer_done(&lines);
    (void)close(s->ends[WRITE]);
    return NULL;
}

kith_status chroma_stream_open(const char *path, const chroma_server *server, chroma_stream **out,
                               kith_error *err)
{
    chroma_stream *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    s->path = path;
    s->server = server;
    bool has_pipe = pipe2(s->ends, O_CLOEXEC) == 0;
    if (has_pipe && pthread_create(&s->thread, NULL, run, s) == 0) {
        *out = s;
        return KITH_OK;
    }
    if (has_pipe) {
        (void)close(s->ends[READ]);
        (void)close(s->ends[WRITE]);
    }
    free(s);
    return fail(err, KITH_ERR_NO_MEMORY, "cannot start a thread that reads Chroma");
}

int chroma_stream_descriptor(const chroma_stream *s)
{
    return s->ends[READ];
}

void chroma_stream_close(chroma_stream *s)
{
    if (!s) return;
    atomic_store(&s->is_unwanted, true);
    (void)close(s->ends[READ]);
    CHECK(pthread_join(s->thread, NULL) == 0);
    free(s);
}
