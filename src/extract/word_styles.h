/* word_styles.h - what the styles of a Word file say about text: is it a heading, is it numbered,
 * hidden, raised, struck through. A style takes from the one that it is based on what it does not say itself. */
#ifndef KITH_EXTRACT_WORD_STYLES_H
#define KITH_EXTRACT_WORD_STYLES_H

#include "extract/office_package.h"
#include "extract/xml.h"

#include "base/map.h"

enum { WORD_MAX_STYLES = 100000, WORD_NO_NUMBERING = UINT32_MAX };

typedef enum word_switch { WORD_UNSET, WORD_OFF, WORD_ON } word_switch;
typedef enum word_align { WORD_ALIGN_UNSET, WORD_BASELINE, WORD_RAISED, WORD_LOWERED } word_align;

typedef struct word_style {
    view based_on;
    uint32_t level;        /* of a heading, 1..6; 0: none */
    bool says_level;       /* level was said: by an outline level, or by the name */
    bool is_title;         /* of the document; not inherited */
    bool is_over_contents; /* the words above a table of contents; not inherited */
    uint32_t numbering;    /* numId; 0: none, or taken back; WORD_NO_NUMBERING: not said */
    uint32_t list_level;   /* of the numbering, from 0; WORD_NO_NUMBERING: not said */
    word_switch hidden, struck;
    word_align align;
} word_style;

typedef struct word_styles {
    arena *memory;
    map *by_id;    /* index into `styles` */
    buffer styles; /* elements: word_style */
    /* while they are read */
    word_style *open;
    bool says_outline; /* the open style has an outline level, which wins over its name */
    view default_paragraph;
} word_styles;

/* memory  outlives the styles. Errors of init: KITH_ERR_NO_MEMORY; call done all the same. */
KITH_CHECKED kith_status word_styles_init(word_styles *s, arena *memory, kith_error *err);
void word_styles_done(word_styles *s);
/* The start of an element of styles.xml. Errors: KITH_ERR_LIMIT (more than WORD_MAX_STYLES),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_styles_start(void *styles, view name, xml_attributes attributes,
                                           kith_error *err);
/* The style with all that it takes from others; of an unknown id (or an empty one: the default
 * paragraph style) one that says nothing. */
word_style word_style_of(const word_styles *s, view id);

/* "0" is level 1, "8" level 6; 9 and all else is 0: body text. */
uint32_t word_outline_level(view value);
/* Of the value of vertAlign. */
word_align word_align_of(view value);
/* The number that the digits stand for; `none` when they are none, or it is above 10^9. */
uint32_t word_number(view digits, uint32_t none);
/* False for the value of a switch that turns it off: "0", "false", "off". */
bool word_is_on(xml_attributes attributes);

#endif
