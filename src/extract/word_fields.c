/* word_fields.c - see word_fields.h. */
#include "extract/word_fields.h"

#include <string.h>

/* The first word of the instruction, its name. */
static view name_of(view instruction)
{
    view name = view_trim(instruction);
    size_t size = 0;
    while (size < name.size && name.data[size] > ' ' && name.data[size] != '\\')
        size++;
    return view_slice(name, 0, size);
}

bool word_field_is_page_number(view instruction)
{
    static const char *const NAMES[] = {"PAGE", "NUMPAGES", "SECTIONPAGES", NULL};
    return view_is_one_of_nocase(name_of(instruction), NAMES);
}

static bool is_directory(view instruction)
{
    static const char *const NAMES[] = {"TOC", "INDEX", "TOA", NULL};
    return view_is_one_of_nocase(name_of(instruction), NAMES);
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
        view instruction = {open->instruction, open->size};
        open->is_page_number = word_field_is_page_number(instruction);
        open->is_directory = is_directory(instruction);
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

void word_fields_end_directories(word_fields *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        f->open[i].is_directory = false;
}

bool word_fields_hide(const word_fields *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->open[i].in_instruction || f->open[i].is_page_number || f->open[i].is_directory)
            return true;
    return false;
}
