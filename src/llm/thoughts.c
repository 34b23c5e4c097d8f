/* thoughts.c - the tags that models use, and a scanner for them. */
#include "llm/thoughts.h"

typedef struct thought_tag {
    const char *open, *close;
} thought_tag;

static const thought_tag TAGS[] = {
    {"<think>", "</think>"}, // DeepSeek, Qwen, GLM and most others
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<thoughts>", "</thoughts>"},
    {"<reasoning>", "</reasoning>"},
    {"<reflection>", "</reflection>"},
    {"<scratchpad>", "</scratchpad>"},
    {"<inner_monologue>", "</inner_monologue>"},
    {"<antthinking>", "</antthinking>"},
    {"<seed:think>", "</seed:think>"},
    {"<|think|>", "<|/think|>"},
    {"[think]", "[/think]"},                                             // Mistral
    {"\xE2\x97\x81think\xE2\x96\xB7", "\xE2\x97\x81/think\xE2\x96\xB7"}, // Kimi
    {"<|start_thinking|>", "<|end_thinking|>"},                          // Command
    {"<|begin_of_thought|>", "<|end_of_thought|>"},
    {"<unused94>thought", "<unused95>"},                                                 // MedGemma
    {"<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>"}, // gpt-oss
};

enum { TAG_COUNT = sizeof TAGS / sizeof TAGS[0] };

/* Around the answer of models that think; dropped when one has thought. */
static const char *const WRAPPERS[] = {"<answer>", "</answer>", "<|begin_of_solution|>",
                                       "<|end_of_solution|>"};
enum { WRAPPER_COUNT = sizeof WRAPPERS / sizeof WRAPPERS[0] };

typedef enum tag_kind { TAG_OPEN, TAG_CLOSE, TAG_WRAPPER } tag_kind;

/* What the held bytes are. */
typedef struct match {
    bool is_beginning; /* of a tag that may stand here */
    bool is_whole;     /* they are one */
    tag_kind kind;
    uint32_t tag;
} match;

static void match_tag(view held, const char *tag, tag_kind kind, uint32_t number, match *m)
{
    size_t size = strlen(tag);
    if (m->is_whole || held.size > size || !view_equal_nocase(held, (view){tag, held.size})) return;
    m->is_beginning = true;
    if (held.size == size) *m = (match){true, true, kind, number};
}

static match match_held(const thought_filter *f)
{
    match m = {0};
    view held = {f->held, f->held_size};
    if (f->inside) {
        match_tag(held, TAGS[f->inside - 1].close, TAG_CLOSE, f->inside - 1, &m);
        return m;
    }
    for (uint32_t i = 0; i < TAG_COUNT; i++) {
        if (!f->is_in_line) match_tag(held, TAGS[i].open, TAG_OPEN, i, &m);
        if (!f->has_thought) match_tag(held, TAGS[i].close, TAG_CLOSE, i, &m);
    }
    for (uint32_t i = 0; f->has_thought && i < WRAPPER_COUNT; i++)
        match_tag(held, WRAPPERS[i], TAG_WRAPPER, 0, &m);
    return m;
}

/* Bytes that are no part of a tag. */
static void take_text(thought_filter *f, view text, buffer *out)
{
    size_t start = 0;
    if (f->inside) return;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\n') f->is_in_line = false;
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (!f->has_text) start = i;
        f->is_in_line = f->has_text = true;
    }
    if (f->has_text) buffer_append(out, view_slice(text, start, text.size));
}

/* How many bytes from the start no tag begins with. */
static size_t run_without_tags(view text)
{
    size_t i = 0;
    while (i < text.size && text.data[i] != '<' && text.data[i] != '[' && text.data[i] != '\xE2')
        i++;
    return i;
}

static void take_tag(thought_filter *f, const match *m, buffer *out)
{
    f->held_size = 0;
    if (m->kind == TAG_WRAPPER) return;
    if (m->kind == TAG_CLOSE && !f->inside) {
        f->discarded = true;
        f->has_text = false;
        buffer_reset(out);
    }
    f->has_thought = true;
    f->inside = m->kind == TAG_OPEN ? m->tag + 1 : 0;
    f->is_in_line = false;
}

/* Lets go of the first held byte, and of those behind it that then begin no tag. */
static void release(thought_filter *f, buffer *out)
{
    do {
        take_text(f, (view){f->held, 1}, out);
        f->held_size--;
        memmove(f->held, f->held + 1, f->held_size);
    } while (f->held_size && !match_held(f).is_beginning);
}

void thought_filter_feed(thought_filter *f, view piece, buffer *out)
{
    for (size_t i = 0; i < piece.size; i++) {
        size_t run = f->held_size ? 0 : run_without_tags(view_slice(piece, i, piece.size));
        take_text(f, view_slice(piece, i, i + run), out);
        i += run;
        if (i == piece.size) return;
        CHECK(f->held_size < sizeof f->held);
        f->held[f->held_size++] = piece.data[i];
        match m = match_held(f);
        if (m.is_whole)
            take_tag(f, &m, out);
        else if (!m.is_beginning)
            release(f, out);
    }
}

void thought_filter_finish(thought_filter *f, buffer *out)
{
    while (f->held_size)
        release(f, out);
}
