/* outside_program.c - one run of a program that reads a foreign format. Its messages are not parsed:
 * its exit status says whether it could read the file. */
#include "extract/outside_program.h"

#include "os/child.h"

#include <unistd.h>

typedef struct outside_program {
    file_kind kind;
    const char *name, *package, *format;
    const char *places[3];
    const char *options[6]; // ended by NULL
} outside_program;

static const outside_program PROGRAMS[] = {
    {FILE_MANUAL,
     "mandoc",
     "mandoc",
     "a manual page",
     {"/usr/bin/mandoc", "/usr/local/bin/mandoc", NULL},
     {"-T", "utf8", "-O", "width=500", NULL}},
    {FILE_DOC,
     "catdoc",
     "catdoc",
     "Word (doc)",
     {"/usr/bin/catdoc", "/usr/local/bin/catdoc", NULL},
     {"-d", "utf-8", "-w", NULL}},
};

static const outside_program *find(file_kind kind)
{
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof PROGRAMS[0]; i++)
        if (PROGRAMS[i].kind == kind) return &PROGRAMS[i];
    return NULL;
}

bool outside_program_reads(file_kind kind)
{
    return find(kind) != NULL;
}

const char *outside_program_find(file_kind kind)
{
    const outside_program *p = find(kind);
    for (size_t i = 0; p && p->places[i]; i++)
        if (access(p->places[i], X_OK) == 0) return p->places[i];
    return NULL;
}

static kith_status judge(const outside_program *p, const child_outcome *outcome,
                         const outside_limits *limits, kith_error *err)
{
    switch (outcome->how) {
    case CHILD_OUT_OF_TIME:
        return fail(err, KITH_ERR_TIMEOUT, "%s was stopped after %u seconds", p->name,
                    limits->cpu_s);
    case CHILD_OUT_OF_BOUNDS:
        return fail(err, KITH_ERR_LIMIT, "the file gives too much text");
    case CHILD_KILLED:
        return fail(err, KITH_ERR_FORMAT, "%s crashed on it (signal %d)", p->name, outcome->code);
    case CHILD_EXITED:
        break;
    }
    return KITH_OK;
}

kith_status outside_program_run(file_kind kind, view bytes, const outside_limits *limits,
                                buffer *out, kith_error *err)
{
    const outside_program *p = find(kind);
    CHECK(p);
    const char *arguments[8] = {outside_program_find(kind)};
    for (size_t i = 0; p->options[i]; i++)
        arguments[i + 1] = p->options[i];
    child_command command = {
        .arguments = arguments,
        .input = bytes,
        .memory_bytes = limits->memory_bytes,
        .cpu_s = limits->cpu_s,
        .wall_ms = limits->wall_ms,
        .in_group = true,
    };
    child_outcome outcome;
    kith_status status =
        arguments[0] ? child_run(&command, out, &outcome, err) : KITH_ERR_NOT_FOUND;
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "%s is read by %s, which is not installed (package %s)", p->format, p->name,
                    p->package);
    return status == KITH_OK ? judge(p, &outcome, limits, err) : status;
}
