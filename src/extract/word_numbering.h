/* word_numbering.h - the numbers that Word shows before paragraphs and that stand nowhere in their
 * text: numbering.xml defines how each level of a list counts, and a paragraph names list and level.
 * Source: ECMA-376 part 1, section 17.9. */
#ifndef KITH_EXTRACT_WORD_NUMBERING_H
#define KITH_EXTRACT_WORD_NUMBERING_H

#include "extract/numeral.h"
#include "extract/xml.h"

#include "base/arena.h"
#include "base/map.h"

enum { WORD_LIST_LEVELS = 9, WORD_MAX_LISTS = 100000 };

typedef struct word_list_level {
    numeral_kind kind;
    uint32_t start;
    uint32_t restart; /* number of the level, from 1, behind which it restarts; 0: never;
                         UINT32_MAX: behind every one above */
    bool is_legal;    /* all numbers of its label are decimal */
    view label;       /* "%1.%2" */
    view style;       /* paragraphs of this style are of this level; empty: none */
} word_list_level;

/* What Word calls an abstract numbering, with its counters. */
typedef struct word_list {
    word_list_level levels[WORD_LIST_LEVELS];
    uint32_t counters[WORD_LIST_LEVELS];
    bool counts[WORD_LIST_LEVELS]; /* the counter has a value */
    view style_link; /* the name of a numbering style that stands for another list; empty: none */
    view own_style;  /* it is the list of this numbering style */
} word_list;

typedef struct word_number_use {
    uint32_t list;                     /* index in `lists` */
    uint32_t starts[WORD_LIST_LEVELS]; /* where it begins instead; UINT32_MAX: as the list */
    bool is_started[WORD_LIST_LEVELS];
} word_number_use;

typedef struct word_numbering {
    arena *memory;
    map *lists_by_id; /* index in `lists` */
    map *uses_by_id;  /* index in `uses` */
    buffer lists;     /* elements: word_list */
    buffer uses;      /* elements: word_number_use */
    /* while they are read */
    uint32_t list, use, level;
    bool in_list, in_use, in_level;
} word_numbering;

/* memory  outlives the numbering. Errors of init: KITH_ERR_NO_MEMORY; call done all the same. */
KITH_CHECKED kith_status word_numbering_init(word_numbering *n, arena *memory, kith_error *err);
void word_numbering_done(word_numbering *n);
/* Start and end of an element of numbering.xml. Errors: KITH_ERR_LIMIT (more than WORD_MAX_LISTS),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_numbering_start(void *numbering, view name, xml_attributes attributes,
                                              kith_error *err);
KITH_CHECKED kith_status word_numbering_end(void *numbering, view name, kith_error *err);

/* The level of a list that paragraphs of the style have; 0 when none names it. */
uint32_t word_numbering_level(const word_numbering *n, uint32_t use, view style);
/* Counts a paragraph of the level of the numbering `use` (numId), and appends what stands before it:
 * "2.1", "(a)", "-" for a bullet; nothing when the numbering is unknown or shows none. */
void word_numbering_count(word_numbering *n, uint32_t use, uint32_t level, buffer *label);

#endif
