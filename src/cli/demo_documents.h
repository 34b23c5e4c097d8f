/* demo_documents.h - the documents of kith demo: a small knowledge base, and a batch for its
 * pipeline. */
#ifndef KITH_CLI_DEMO_DOCUMENTS_H
#define KITH_CLI_DEMO_DOCUMENTS_H

#include <kith/kith.h>

typedef struct demo_document {
    const char *file_name;
    const char *text;
} demo_document;

/* Ends with a NULL file_name. */
extern const demo_document demo_documents[];

/* One of them is too short to be accepted, on purpose. Ends with a NULL id. */
extern const kith_document demo_batch[];

#endif
