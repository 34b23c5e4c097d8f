/* demo_documents.h - the small knowledge base of kith demo. */
#ifndef KITH_CLI_DEMO_DOCUMENTS_H
#define KITH_CLI_DEMO_DOCUMENTS_H

typedef struct demo_document {
    const char *file_name;
    const char *text;
} demo_document;

/* Ends with a NULL file_name. */
extern const demo_document demo_documents[];

#endif
