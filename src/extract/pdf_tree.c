/* pdf_tree.c - walks with limits of depth and of nodes, so that a tree that holds itself ends.
 * Source: ISO 32000-1, 7.7.3, 7.9.6, 7.9.7. */
#include "extract/pdf_tree.h"

enum { MAX_DEPTH = 32, MAX_NODES = 100000, MAX_PAIRS = 1000000, MAX_PARENTS = 16 };

/* ---- pages ---- */

typedef struct page_walk {
    pdf_file *file;
    pdf_leaves *out;
    uint32_t max_pages, nodes;
} page_walk;

static view key_of(const double *number)
{
    return (view){(const char *)number, sizeof *number};
}

static void add_leaf(page_walk *w, const pdf_object *reference, pdf_leaf leaf)
{
    uint32_t index = pdf_leaf_count(w->out);
    buffer_append(&w->out->leaves, (view){(const char *)&leaf, sizeof leaf});
    if (reference->kind == PDF_REFERENCE &&
        map_put(w->out->numbers, key_of(&reference->number), index) != KITH_OK)
        w->out->leaves.failed = KITH_ERR_NO_MEMORY;
}

static void walk_pages(page_walk *w, const pdf_object *reference, pdf_leaf above, uint32_t depth)
{
    if (depth > MAX_DEPTH || ++w->nodes > MAX_NODES || pdf_leaf_count(w->out) >= w->max_pages)
        return;
    pdf_leaf leaf = {pdf_resolve(w->file, reference), above.bottom, above.top};
    pdf_object kids = pdf_get(w->file, &leaf.page, "Kids");
    pdf_object box = pdf_get(w->file, &leaf.page, "MediaBox");
    if (leaf.page.kind != PDF_DICTIONARY) return;
    if (box.kind == PDF_ARRAY && box.count == 4) {
        pdf_object y[2] = {pdf_resolve(w->file, &box.elements[1]),
                           pdf_resolve(w->file, &box.elements[3])};
        bool is_turned = y[0].number > y[1].number;
        leaf.bottom = (float)y[is_turned].number;
        leaf.top = (float)y[!is_turned].number;
    }
    if (kids.kind != PDF_ARRAY) {
        add_leaf(w, reference, leaf);
        return;
    }
    for (uint32_t i = 0; i < kids.count && w->out->leaves.failed == KITH_OK; i++)
        walk_pages(w, &kids.elements[i], leaf, depth + 1);
}

kith_status pdf_leaves_read(pdf_file *f, uint32_t max_pages, pdf_leaves *out, kith_error *err)
{
    page_walk w = {.file = f, .out = out, .max_pages = max_pages};
    buffer_init(&out->leaves, (size_t)max_pages * sizeof(pdf_leaf));
    out->numbers = map_new();
    if (!out->numbers) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the pages of a PDF");
    pdf_object root = pdf_entry(&f->catalog, "Pages");
    walk_pages(&w, &root, (pdf_leaf){0}, 0);
    kith_status status = buffer_status(&out->leaves, "the pages of a PDF", err);
    return status == KITH_OK ? pdf_file_status(f, err) : status;
}

pdf_object pdf_page_resources(pdf_file *f, pdf_object page)
{
    for (int i = 0; i < MAX_PARENTS && page.kind == PDF_DICTIONARY; i++) {
        pdf_object found = pdf_get(f, &page, "Resources");
        if (found.kind == PDF_DICTIONARY) return found;
        page = pdf_get(f, &page, "Parent");
    }
    return (pdf_object){0};
}

void pdf_leaves_done(pdf_leaves *l)
{
    buffer_done(&l->leaves);
    map_free(l->numbers);
    l->numbers = NULL;
}

bool pdf_leaf_find(const pdf_leaves *l, const pdf_object *o, uint32_t *index)
{
    uint64_t found;
    if (o->kind == PDF_NUMBER) { // as files for other viewers have it
        found = pdf_whole(o, UINT32_MAX, UINT32_MAX);
    } else if (o->kind != PDF_REFERENCE || !map_get(l->numbers, key_of(&o->number), &found)) {
        return false;
    }
    *index = (uint32_t)found;
    return found < pdf_leaf_count(l);
}

/* ---- pairs ---- */

typedef struct pair_walk {
    pdf_file *file;
    const char *pairs;
    pdf_pair_function visit;
    void *context;
    uint32_t nodes, count;
} pair_walk;

static bool walk_pairs(pair_walk *w, const pdf_object *node, uint32_t depth)
{
    if (depth > MAX_DEPTH || ++w->nodes > MAX_NODES) return false;
    pdf_object here = pdf_resolve(w->file, node);
    pdf_object pairs = pdf_get(w->file, &here, w->pairs), kids = pdf_get(w->file, &here, "Kids");
    for (uint32_t i = 0; pairs.kind == PDF_ARRAY && i + 1 < pairs.count; i += 2) {
        pdf_object key = pdf_resolve(w->file, &pairs.elements[i]);
        if (++w->count > MAX_PAIRS || !w->visit(w->context, &key, &pairs.elements[i + 1]))
            return false;
    }
    for (uint32_t i = 0; kids.kind == PDF_ARRAY && i < kids.count; i++)
        if (!walk_pairs(w, &kids.elements[i], depth + 1)) return false;
    return true;
}

void pdf_walk_pairs(pdf_file *f, const pdf_object *root, const char *pairs, pdf_pair_function visit,
                    void *context)
{
    pair_walk w = {.file = f, .pairs = pairs, .visit = visit, .context = context};
    (void)walk_pairs(&w, root, 0);
}
