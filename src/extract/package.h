/* package.h - what the Office formats share: parts in an archive that refer to each other by
 * relationships (ECMA-376 part 2, Open Packaging Conventions). */
#ifndef KITH_EXTRACT_PACKAGE_H
#define KITH_EXTRACT_PACKAGE_H

#include "extract/archive.h"
#include "extract/extract.h"

typedef struct relationship {
    view id;
    view kind;   /* the last segment of its type: "slide", "styles", "officeDocument" */
    view target; /* name of a part */
} relationship;

typedef struct relationships {
    relationship *entries;
    uint32_t count;
} relationships;

/* The name that `reference`, a relative or absolute path, has when it stands in part `base`:
 * ("ppt/slides/slide1.xml", "../media/a.png") gives "ppt/media/a.png". data is NULL when out of
 * memory. */
view package_resolve(arena *a, view base, view reference);
/* Of a part, or of the package (part empty). None is no error. */
KITH_CHECKED kith_status package_relationships(archive *z, view part, relationships *out,
                                               kith_error *err);
/* The target, or an empty view. */
view relationship_by_id(const relationships *all, view id);
view relationship_by_kind(const relationships *all, const char *kind);

/* Opens the archive and finds the part that holds the document. KITH_ERR_AUTH for an encrypted
 * file, KITH_ERR_FORMAT when there is none. */
KITH_CHECKED kith_status package_open(view bytes, arena *a, archive *out, view *main_part,
                                      kith_error *err);
/* Title and author of the package's properties into the document and its fields. */
KITH_CHECKED kith_status package_properties(archive *z, document *d, kith_error *err);

#endif
