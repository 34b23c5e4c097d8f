/* word_fields.c - see word_fields.h. */
#include "extract/word_fields.h"

#include <string.h>

bool word_field_is_page_number(view instruction)
{
    static const char *const NAMES[] = {"PAGE", "NUMPAGES", "SECTIONPAGES", NULL};
    view name = view_trim(instruction);
    size_t size = 0;
    while (size < name.size && name.data[size] > ' ' && name.data[size] != '\\')
        size++;
    return view_is_one_of_nocase(view_slice(name, 0, size), NAMES);
}

void word_fields_mark(word_fields *f, view type)
{
    if (view_equal(type, VIEW("begin"))) {
        if (f->count == WORD_MAX_FIELDS)
            f->beyond++;
        else
            f->open[f->count++] = (word_field){.in_instruction = true};
    } else if (view_equal(type, VIEW("end"))) {
        if (f->beyond)
            f->beyond--;
        else if (f->count)
            f->count--;
    } else if (view_equal(type, VIEW("separate")) && f->count && !f->beyond) {
        word_field *open = &f->open[f->count - 1];
        open->in_instruction = false;
        open->is_page_number = word_field_is_page_number((view){open->instruction, open->size});
    }
}

void word_fields_instruction(word_fields *f, view text)
{
    if (f->count == 0 || f->beyond) return;
    word_field *open = &f->open[f->count - 1];
    for (size_t i = 0; i < text.size && open->size < WORD_INSTRUCTION_BYTES; i++)
        open->instruction[open->size++] = text.data[i];
}

void word_fields_end_paragraph(word_fields *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        f->open[i].in_instruction = false;
}

bool word_fields_hide(const word_fields *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->open[i].in_instruction || f->open[i].is_page_number) return true;
    return false;
}
