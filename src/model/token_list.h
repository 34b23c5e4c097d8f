/* token_list.h - the tokens of a text, as far as there is room for them. */
#ifndef KITH_MODEL_TOKEN_LIST_H
#define KITH_MODEL_TOKEN_LIST_H

#include <stddef.h>
#include <stdint.h>

typedef struct token_list {
    uint32_t *ids; /* [room] */
    size_t room;
    size_t count; /* of tokens; counts on beyond `room`, where no id is stored */
} token_list;

static inline void token_list_append(token_list *l, uint32_t id)
{
    if (l->count < l->room) l->ids[l->count] = id;
    l->count++;
}

#endif
