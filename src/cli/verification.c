/* verification.c - see verification.h. */
#include "cli/verification.h"

#include "base/json.h"
#include "cli/interrupt.h"
#include "os/clock.h"

static const int64_t bar_interval_ns = 100 * 1000 * 1000;

void verification_start(verification *v, console *c)
{
    *v = (verification){.console = c, .shown_ns = clock_monotonic_ns()};
    interrupt_catch(c->interrupts);
}

int verification_progress(void *context, const char *step, uint64_t done, uint64_t total)
{
    verification *v = context;
    char text[96];
    int64_t now = clock_monotonic_ns();
    if (interrupt_noted(v->console->interrupts)) return 1;
    if (now - v->shown_ns < bar_interval_ns) return 0;
    v->shown_ns = now;
    int length = snprintf(text, sizeof text, "%s %llu/%llu", step, (unsigned long long)done,
                          (unsigned long long)(total > done ? total : done));
    if (length > 0 && (size_t)length < sizeof text)
        console_bar(v->console, (view){text, (size_t)length});
    return 0;
}

void verification_done(const verification *v)
{
    console_bar(v->console, VIEW(""));
}

void verification_report(console *c, const char *verb, const char *path,
                         const kith_backup_info *info)
{
    if (!c->json) {
        console_printf(c,
                       "%s %llu collections, %llu documents, %llu chunks (%.1f MB), verified: %s\n",
                       strcmp(verb, "restored") == 0 ? verb : "backed up",
                       (unsigned long long)info->collections, (unsigned long long)info->documents,
                       (unsigned long long)info->chunks, (double)info->bytes / 1e6, path);
        return;
    }
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, verb, path);
    json_member_unsigned(&w, "bytes", info->bytes);
    json_member_unsigned(&w, "collections", info->collections);
    json_member_unsigned(&w, "documents", info->documents);
    json_member_unsigned(&w, "chunks", info->chunks);
    json_end_object(&w);
    console_end_json(c);
}
