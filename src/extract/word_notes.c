/* word_notes.c - see word_notes.h. Notes are numbered in the order in which the text refers to them,
 * as Word does. */
#include "extract/word_notes.h"

#include "base/size.h"

typedef struct citation_of_note {
    uint32_t note;
    word_note_kind kind;
} citation_of_note;

kith_status word_notes_init(word_notes *n, kith_error *err)
{
    *n = (word_notes){0};
    bool made = true;
    for (size_t i = 0; i < WORD_NOTE_KINDS; i++) {
        n->by_id[i] = map_new();
        made = made && n->by_id[i];
    }
    buffer_init(&n->notes, WORD_MAX_NOTES * sizeof(word_note));
    buffer_init(&n->cited, WORD_MAX_NOTES * sizeof(citation_of_note));
    return made ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
}

void word_notes_done(word_notes *n)
{
    for (size_t i = 0; i < WORD_NOTE_KINDS; i++)
        map_free(n->by_id[i]);
    buffer_done(&n->notes);
    buffer_done(&n->cited);
}

kith_status word_notes_put(word_notes *n, word_note_kind kind, view id, word_note note,
                           kith_error *err)
{
    uint64_t index = n->notes.size / sizeof note;
    buffer_append(&n->notes, (view){(const char *)&note, sizeof note});
    kith_status status = buffer_status(&n->notes, "the list of notes", err);
    if (status == KITH_OK && map_put(n->by_id[kind], id, index) != KITH_OK)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
    return status;
}

kith_status word_notes_cite(word_notes *n, word_note_kind kind, view id, kith_error *err)
{
    uint64_t index = 0;
    if (!map_get(n->by_id[kind], id, &index)) return KITH_OK;
    (void)map_remove(n->by_id[kind], id);
    citation_of_note cited = {(uint32_t)index, kind};
    buffer_append(&n->cited, (view){(const char *)&cited, sizeof cited});
    return buffer_status(&n->cited, "the list of notes", err);
}

bool word_notes_take(word_notes *n, buffer *out)
{
    static const char *const NAMES[] = {"Footnote", "Endnote", "Comment"};
    if (n->cited.size == 0) return false;
    citation_of_note first;
    memcpy(&first, n->cited.data, sizeof first);
    n->cited.size -= sizeof first;
    memmove(n->cited.data, n->cited.data + sizeof first, n->cited.size);
    const word_note *note = (const word_note *)n->notes.data + first.note;
    uint32_t number = ++n->numbers[first.kind];
    buffer_append_text(out, NAMES[first.kind]);
    if (first.kind != WORD_COMMENT)
        buffer_printf(out, " %u", number);
    else if (note->author.size)
        buffer_printf(out, " (%.*s)", VIEW_ARG(note->author));
    buffer_append_text(out, ": ");
    buffer_append(out, note->text);
    return true;
}
