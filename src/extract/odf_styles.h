/* odf_styles.h - what the styles of an OpenDocument file decide about its text: what is hidden, what
 * is raised or struck through, which paragraph is the title, how lists and headings count, and which cells look alike.
 * Styles stand in styles.xml (or in a flat file) and at the head of content.xml; both are read by
 * the same events. A style has what its parents say where it says nothing itself.
 * Source: OpenDocument 1.3 part 3, sections 16 and 19. */
#ifndef KITH_EXTRACT_ODF_STYLES_H
#define KITH_EXTRACT_ODF_STYLES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "extract/numeral.h"
#include "extract/xml.h"

enum {
    ODF_MAX_STYLES = 100000,
    ODF_MAX_PARENTS = 16, /* of one style */
    ODF_LIST_LEVELS = 10
};
#define ODF_LOOK_STRUCK UINT32_C(0x80000000)

typedef enum odf_say { ODF_UNSAID, ODF_YES, ODF_NO } odf_say;
typedef enum odf_align { ODF_SAME, ODF_BASELINE, ODF_RAISED, ODF_LOWERED } odf_align;

typedef struct odf_style {
    view name, family, parent;
    odf_say hidden; /* text, or a sheet, or a slide in the show */
    odf_say struck; /* text with a line through it */
    odf_align align;
    view bold, italic, color, fill; /* as written; empty: not said */
    view page;                      /* the master page that a sheet is printed on */
} odf_style;

/* A list style, or the numbering of headings. */
typedef struct odf_numbering {
    struct {
        numeral_kind kind;
        view prefix, suffix;
        uint32_t start, shown; /* first number; how many levels are written */
        uint32_t count;        /* the last number given; 0: none yet */
    } levels[ODF_LIST_LEVELS];
} odf_numbering;

typedef struct odf_styles {
    arena *memory;
    map *by_name;             /* "family/name" to an index in `styles` */
    buffer styles;            /* elements: odf_style * */
    buffer key;               /* of the look-up that goes on */
    map *lists;               /* name to an index in `numberings` */
    buffer numberings;        /* elements: odf_numbering *; the first is of headings */
    map *looks;               /* what a cell looks like, to its number from 1 */
    odf_style *open;          /* that is being read; NULL: none */
    odf_numbering *open_list; /* the same */
} odf_styles;

/* Errors: KITH_ERR_NO_MEMORY; call odf_styles_done all the same. memory outlives the styles. */
KITH_CHECKED kith_status odf_styles_init(odf_styles *s, arena *memory, kith_error *err);
void odf_styles_done(odf_styles *s);
/* To be called for the start and the end of every element that may be one of styles.
 * Errors: KITH_ERR_LIMIT (more than ODF_MAX_STYLES), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status odf_styles_start(odf_styles *s, view name, xml_attributes attributes,
                                          kith_error *err);
void odf_styles_end(odf_styles *s, view name);
/* The style as its parents complete it; an empty one when there is none of this name. */
odf_style odf_styles_find(odf_styles *s, const char *family, view name);
/* True when the style or one that it is based on has this name. */
bool odf_styles_is(odf_styles *s, const char *family, view name, const char *ancestor);
/* A number that two styles share when their cells look alike; 0: not known. It has the bit
 * ODF_LOOK_STRUCK where there is a line through their text.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status odf_styles_look(odf_styles *s, view name, uint32_t *out, kith_error *err);
/* The list style; NULL when there is none of this name. */
odf_numbering *odf_styles_list(const odf_styles *s, view name);
odf_numbering *odf_styles_outline(const odf_styles *s);

/* Begins to count anew. */
void odf_numbering_restart(odf_numbering *n);
/* Counts one more at `level` (0 to ODF_LIST_LEVELS - 1) and appends its label: "2.1.", "b)", "-".
 * start  the number it gets; 0: the next one */
void odf_numbering_next(odf_numbering *n, uint32_t level, uint32_t start, buffer *out);

/* A decimal number of an attribute; `otherwise` when it is none or above 1,000,000,000. */
uint32_t odf_number(view digits, uint32_t otherwise);

#endif
