/* pdf_tree.h - the trees of a PDF: its pages, and the trees of names and of numbers. */
#ifndef KITH_EXTRACT_PDF_TREE_H
#define KITH_EXTRACT_PDF_TREE_H

#include "extract/pdf_file.h"

typedef struct pdf_leaf {
    pdf_object page;   /* its dictionary */
    float bottom, top; /* of its media box, in the page's own coordinates, which go up */
} pdf_leaf;

typedef struct pdf_leaves {
    buffer leaves; /* elements: pdf_leaf, by page */
    map *numbers;  /* of the object that is a page: its index in leaves */
} pdf_leaves;

/* Reads the first max_pages of the tree of pages. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_leaves_read(pdf_file *f, uint32_t max_pages, pdf_leaves *out,
                                         kith_error *err);
/* Accepts a zeroed one. */
void pdf_leaves_done(pdf_leaves *l);
static inline uint32_t pdf_leaf_count(const pdf_leaves *l)
{
    return (uint32_t)(l->leaves.size / sizeof(pdf_leaf));
}
static inline const pdf_leaf *pdf_leaf_at(const pdf_leaves *l, uint32_t index)
{
    return (const pdf_leaf *)(const void *)l->leaves.data + index;
}
/* The index of the page that `o` refers to; false when it is none. */
bool pdf_leaf_find(const pdf_leaves *l, const pdf_object *o, uint32_t *index);

/* The resources of the page, which may stand at a node above it; PDF_NULL: there are none. */
pdf_object pdf_page_resources(pdf_file *f, pdf_object page);

/* Called for each pair of a tree, not resolved; false ends the walk. */
typedef bool (*pdf_pair_function)(void *context, const pdf_object *key, const pdf_object *value);
/* Walks a tree of names (pairs "Names") or of numbers (pairs "Nums"), up to a limit of depth and
 * of nodes. */
void pdf_walk_pairs(pdf_file *f, const pdf_object *root, const char *pairs, pdf_pair_function visit,
                    void *context);

#endif
