/* recent_notices.c - see recent_notices.h. */
#include "serve/recent_notices.h"

#include "os/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct kept_notice {
    char at[21]; /* UTC */
    char text[NOTICES_TEXT_BYTES];
} kept_notice;

struct recent_notices {
    pthread_mutex_t lock; /* of what follows */
    uint64_t count;       /* all there were; number i lies at i modulo NOTICES_KEPT */
    kept_notice kept[NOTICES_KEPT];
};

recent_notices *recent_notices_new(void)
{
    recent_notices *n = calloc(1, sizeof *n);
    if (n) CHECK(pthread_mutex_init(&n->lock, NULL) == 0);
    return n;
}

void recent_notices_free(recent_notices *n)
{
    if (!n) return;
    CHECK(pthread_mutex_destroy(&n->lock) == 0);
    free(n);
}

void recent_notices_add(recent_notices *n, const char *text)
{
    if (!n) return;
    CHECK(pthread_mutex_lock(&n->lock) == 0);
    kept_notice *to = &n->kept[n->count++ % NOTICES_KEPT];
    clock_format_utc(clock_wall_ms(), to->at);
    (void)snprintf(to->text, sizeof to->text, "%s", text);
    CHECK(pthread_mutex_unlock(&n->lock) == 0);
}

void recent_notices_write(recent_notices *n, json_writer *w)
{
    json_begin_array(w);
    if (n) {
        CHECK(pthread_mutex_lock(&n->lock) == 0);
        for (uint64_t i = 0; i < n->count && i < NOTICES_KEPT; i++) {
            const kept_notice *k = &n->kept[(n->count - 1 - i) % NOTICES_KEPT];
            json_begin_object(w);
            json_member_text(w, "at", k->at);
            json_member_text(w, "text", k->text);
            json_end_object(w);
        }
        CHECK(pthread_mutex_unlock(&n->lock) == 0);
    }
    json_end_array(w);
}
