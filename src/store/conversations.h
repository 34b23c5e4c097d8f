/* conversations.h - conversations and their turns, which are no part of any collection: they outlive
 * the one that they name.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_CONVERSATIONS_H
#define KITH_STORE_CONVERSATIONS_H

#include "store/store.h"

typedef struct store_conversation {
    uint64_t id;                    /* counts from 1, never used again */
    uint64_t database;              /* of the collection */
    view collection;                /* its name: the conversation outlives the collection */
    view title;                     /* empty until the first turn */
    int64_t created_ms, updated_ms; /* since 1970, UTC; updated: the last turn's */
    uint32_t turns;                 /* how many it has */
} store_conversation;

typedef struct store_turn {
    uint32_t n; /* from 1; out only */
    int64_t asked_ms;
    view question;
    view searched; /* what was searched for instead; data == NULL: the question as it is */
    view answer;   /* as the caller writes it */
} store_turn;

/* Creates a conversation without turns. Neither collection nor database need exist.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing
 * is created. */
KITH_CHECKED kith_status store_conversation_create(store *s, uint64_t database, view collection,
                                                   int64_t now_ms, uint64_t *id, kith_error *err);
/* Appends a turn. `title` is taken with the first turn only.
 * Errors: KITH_ERR_NOT_FOUND (no such conversation), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; the turn is not there. */
KITH_CHECKED kith_status store_conversation_add(store *s, uint64_t id, const store_turn *turn,
                                                view title, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (no such conversation), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_conversation_get(store *s, uint64_t id, arena *a,
                                                store_conversation *out, kith_error *err);
/* The most recently updated comes first.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_conversation_list(store *s, arena *a, store_conversation **out,
                                                 uint32_t *out_count, kith_error *err);
/* The turns with n > after, in order.
 * Errors: KITH_ERR_NOT_FOUND (no such conversation), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (also when one is missing), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_conversation_turns(store *s, uint64_t id, uint32_t after, arena *a,
                                                  store_turn **out, uint32_t *out_count,
                                                  kith_error *err);
/* Deletes a conversation with its turns, damaged or not.
 * Errors: KITH_ERR_NOT_FOUND (no such conversation), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (SQLite found the file damaged), KITH_ERR_NO_MEMORY; nothing is deleted. */
KITH_CHECKED kith_status store_conversation_delete(store *s, uint64_t id, kith_error *err);

#endif
