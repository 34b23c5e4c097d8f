/* office_package.h - what the Office formats share: parts in an archive that refer to each other by
 * relationships (ECMA-376 part 2, Open Packaging Conventions). */
#ifndef KITH_EXTRACT_OFFICE_PACKAGE_H
#define KITH_EXTRACT_OFFICE_PACKAGE_H

#include "extract/archive.h"
#include "extract/extract.h"
#include "extract/xml.h"

typedef struct relationship {
    view id;
    view kind;   /* the last segment of its type: "slide", "styles", "officeDocument" */
    view target; /* name of a part */
} relationship;

typedef struct relationships {
    relationship *entries;
    uint32_t count;
} relationships;

/* The name of the part that `reference`, a relative or absolute path in part `base`, refers to:
 * ("ppt/slides/slide1.xml", "../media/a.png") gives "ppt/media/a.png". Never above the package's
 * root. In `a`; empty when the name is too long to be a part's; data is NULL when out of memory. */
view package_resolve(arena *a, view base, view reference);
/* The relationships of a part, or of the package when `part` is empty; a part without any has an
 * empty list. In z's arena. Errors: KITH_ERR_FORMAT (not well-formed), KITH_ERR_LIMIT (too many, or
 * archive_read's limits), KITH_ERR_AUTH, KITH_ERR_UNSUPPORTED (encrypted, or packed by an unknown
 * method), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status package_relationships(archive *z, view part, relationships *out,
                                               kith_error *err);
/* The target of the relationship, of the first of that kind; an empty view when there is none. */
view relationship_by_id(const relationships *all, view id);
view relationship_by_kind(const relationships *all, const char *kind);

/* Reads the part by its events; one without a name, or that the file does not have, has none.
 * Errors: those of archive_read and xml_read. */
KITH_CHECKED kith_status package_read_part(archive *z, view part, const xml_events *events,
                                           kith_error *err);

/* Opens the archive and finds the part that holds the document. *out and *main_part are in `a` and
 * `bytes`. Errors: KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT (not a ZIP file, damaged, or without
 * a main part), KITH_ERR_LIMIT, KITH_ERR_UNSUPPORTED (a ZIP method), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status package_open(view bytes, arena *a, archive *out, view *main_part,
                                      kith_error *err);
/* Sets d's title and its field "author" from the package's properties, if it has any.
 * Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT, KITH_ERR_AUTH, KITH_ERR_UNSUPPORTED (of that part, as
 * above), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status package_properties(archive *z, document *d, kith_error *err);

#endif
