/* chroma_changes.c - see chroma_changes.h.
 *
 * The queue is walked once, in its order. Of each record that it names a state is kept: is it
 * there, was it made here, and which changes have said something of it since. An addition makes a
 * record that is not there and is ignored otherwise; an update changes one that is there; an upsert
 * does one or the other; a deletion takes it away, with all that was said before. A record that was
 * deleted and made anew stands where it was made anew, as a new one.
 *
 * Where Chroma noted nowhere how far its tables are, all of the queue is applied, as Chroma itself
 * would: what the tables have already comes out the same once more. */
#include "transfer/chroma_changes.h"

#include "base/json.h"
#include "base/map.h"
#include "base/reserve.h"
#include "base/size.h"

#include <stdlib.h>

enum { CHANGE_MAX_BYTES = 64 << 20, NO_CHANGE = 0 /* changes are numbered from 1 */ };

typedef struct change {
    uint64_t sequence;
    uint32_t state; /* of its record */
    uint32_t next;  /* change of this record; NO_CHANGE: none */
} change;

typedef struct record_state {
    view id;
    bool is_there, is_new;
    uint32_t first, last; /* its changes that count */
} record_state;

struct chroma_changes {
    sqlite_rows *exists, *read;
    arena names;          /* ids */
    arena memory;         /* of one merge */
    map *by_id;           /* to the place in `states` */
    change *list;         /* [count]; the first is number 1 */
    record_state *states; /* [state_count] */
    uint32_t count, capacity, state_count, state_capacity;
    uint64_t left_out;
};

/* ---- the walk ---- */

static kith_status out_of_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the changes of a queue");
}

/* The state of a record; the tables are asked when it is named for the first time. */
static kith_status find_state(chroma_changes *c, view id, uint32_t *out, kith_error *err)
{
    uint64_t place = 0;
    bool found = false;
    if (map_get(c->by_id, id, &place)) {
        *out = (uint32_t)place;
        return KITH_OK;
    }
    record_state *grown =
        heap_reserve(c->states, &c->state_capacity, c->state_count + 1, sizeof *grown);
    if (!grown) return out_of_memory(err);
    c->states = grown;
    sqlite_rows_reset(c->exists);
    sqlite_rows_bind_bytes(c->exists, 2, id);
    kith_status status = sqlite_rows_next(c->exists, &found, err);
    if (status != KITH_OK) return status;
    const view kept = arena_copy(&c->names, id);
    if (!kept.data || map_put(c->by_id, id, c->state_count) != KITH_OK) return out_of_memory(err);
    *out = c->state_count;
    c->states[c->state_count++] = (record_state){.id = kept, .is_there = found};
    return KITH_OK;
}

static kith_status append_change(chroma_changes *c, uint32_t state, uint64_t sequence,
                                 kith_error *err)
{
    if (c->count == UINT32_MAX - 1)
        return fail(err, KITH_ERR_LIMIT, "more than %u changes in a queue", UINT32_MAX - 1);
    change *grown = heap_reserve(c->list, &c->capacity, c->count + 1, sizeof *grown);
    if (!grown) return out_of_memory(err);
    c->list = grown;
    c->list[c->count++] = (change){.sequence = sequence, .state = state};
    return KITH_OK;
}

static kith_status apply(chroma_changes *c, uint64_t sequence, int64_t operation, view id,
                         kith_error *err)
{
    uint32_t place = 0;
    kith_status status = find_state(c, id, &place, err);
    if (status != KITH_OK) return status;
    record_state *s = &c->states[place];
    if (operation == OPERATION_DELETE) {
        s->is_there = s->is_new = false;
        s->first = s->last = NO_CHANGE;
        return KITH_OK;
    }
    if (operation == (s->is_there ? OPERATION_ADD : OPERATION_UPDATE)) return KITH_OK;
    status = append_change(c, place, sequence, err);
    if (status != KITH_OK) return status;
    const uint32_t number = c->count;
    if (s->first)
        c->list[s->last - 1].next = number;
    else
        s->first = number;
    s->last = number;
    if (!s->is_there) s->is_there = s->is_new = true;
    return KITH_OK;
}

static kith_status walk(chroma_changes *c, sqlite_rows *rows, kith_error *err)
{
    enum { SEQUENCE, OPERATION, ID };
    for (;;) {
        bool found = false;
        uint64_t sequence = 0;
        kith_status status = sqlite_rows_next(rows, &found, err);
        if (status != KITH_OK || !found) return status;
        const view id = sqlite_rows_bytes(rows, ID);
        const int64_t operation = sqlite_rows_number(rows, OPERATION);
        if (id.size == 0 || operation < OPERATION_ADD || operation > OPERATION_DELETE ||
            !sqlite_rows_sequence(rows, SEQUENCE, &sequence))
            c->left_out++;
        else
            status = apply(c, sequence, operation, id, err);
        if (status != KITH_OK) return status;
    }
}

static kith_status read_queue(chroma_changes *c, sqlite_reader *r, const chroma_collection *of,
                              kith_error *err)
{
    sqlite_rows *rows = NULL;
    bool is_noted = false;
    uint64_t applied = 0; // where nothing is noted, nothing is
    kith_status status = chroma_noted_sequence(r, of->records, &applied, &is_noted, err);
    if (status == KITH_OK)
        status = sqlite_rows_open(
            r, "SELECT 1 FROM embeddings WHERE segment_id = ?1 AND embedding_id = ?2", &c->exists,
            err);
    if (status == KITH_OK)
        status = sqlite_rows_open(r, "SELECT metadata FROM embeddings_queue WHERE seq_id = ?1",
                                  &c->read, err);
    if (status == KITH_OK)
        status = sqlite_rows_open(r,
                                  "SELECT seq_id, operation, id FROM embeddings_queue "
                                  "WHERE substr(topic, -36) = ?1 AND seq_id > ?2 ORDER BY seq_id",
                                  &rows, err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(c->exists, 1, of->records);
    sqlite_rows_bind_text(rows, 1, of->id);
    sqlite_rows_bind_number(rows, 2, (int64_t)applied);
    status = walk(c, rows, err);
    sqlite_rows_close(rows);
    return status;
}

kith_status chroma_changes_open(sqlite_reader *r, const chroma_collection *of, chroma_changes **out,
                                kith_error *err)
{
    chroma_changes *c = heap_new_array(1, sizeof *c);
    if (!c) return out_of_memory(err);
    arena_init(&c->names, 0);
    arena_init(&c->memory, 0);
    c->by_id = map_new();
    kith_status status = c->by_id ? read_queue(c, r, of, err) : out_of_memory(err);
    if (status == KITH_OK)
        *out = c;
    else
        chroma_changes_close(c);
    return status;
}

void chroma_changes_close(chroma_changes *c)
{
    if (!c) return;
    sqlite_rows_close(c->exists);
    sqlite_rows_close(c->read);
    map_free(c->by_id);
    free(c->list);
    free(c->states);
    arena_done(&c->names);
    arena_done(&c->memory);
    free(c);
}

/* ---- what is asked ---- */

static const record_state *state_of(const chroma_changes *c, view id)
{
    uint64_t place = 0;
    return map_get(c->by_id, id, &place) ? &c->states[place] : NULL;
}

bool chroma_changes_removes(const chroma_changes *c, view id)
{
    const record_state *s = state_of(c, id);
    return s && (!s->is_there || s->is_new);
}

bool chroma_changes_next_made(const chroma_changes *c, size_t *at, view *id)
{
    while (*at < c->count) {
        const size_t number = ++*at;
        const record_state *s = &c->states[c->list[number - 1].state];
        if (!s->is_new || s->first != number) continue;
        *id = s->id;
        return true;
    }
    return false;
}

uint64_t chroma_changes_left_out(const chroma_changes *c)
{
    return c->left_out;
}

/* ---- merging ---- */

/* Metadata while changes are applied to it: members in their order, those that were taken away with
 * a NULL value. */
typedef struct merged {
    map *places; /* of keys in `members` */
    json_member *members;
    uint32_t count, capacity;
    view document; /* data NULL: there is none */
    arena *memory;
    kith_error *err;
} merged;

/* Chroma keeps neither a null nor an empty list. */
static bool is_nothing(const json_value *v)
{
    return v->kind == JSON_NULL || (v->kind == JSON_ARRAY && v->count == 0);
}

static kith_status set_member(merged *m, view key, const json_value *value)
{
    uint64_t place = 0;
    if (view_equal(key, VIEW("chroma:document"))) {
        m->document = value && value->kind == JSON_STRING ? value->string : (view){NULL, 0};
        return KITH_OK;
    }
    if (map_get(m->places, key, &place)) {
        m->members[place].value = value;
        return KITH_OK;
    }
    json_member *grown =
        arena_reserve(m->memory, m->members, &m->capacity, m->count + 1, sizeof *grown);
    if (!grown) return out_of_memory(m->err);
    m->members = grown;
    if (map_put(m->places, key, m->count) != KITH_OK) return out_of_memory(m->err);
    m->members[m->count++] = (json_member){key, value};
    return KITH_OK;
}

static kith_status merge_object(merged *m, view text)
{
    const json_value *object = NULL;
    kith_status status = json_parse(text, CHANGE_MAX_BYTES, m->memory, &object, m->err);
    if (status == KITH_OK && object->kind == JSON_NULL) return KITH_OK;
    if (status == KITH_OK && object->kind != JSON_OBJECT)
        status = fail(m->err, KITH_ERR_FORMAT, "the metadata of a change is no object");
    for (uint32_t i = 0; status == KITH_OK && i < object->count; i++) {
        const json_value *value = object->members[i].value;
        status = set_member(m, object->members[i].key, is_nothing(value) ? NULL : value);
    }
    return status;
}

static kith_status merge_changes(chroma_changes *c, const record_state *s, merged *m)
{
    for (uint32_t number = s->first; number; number = c->list[number - 1].next) {
        bool found = false;
        sqlite_rows_reset(c->read);
        sqlite_rows_bind_number(c->read, 1, (int64_t)c->list[number - 1].sequence);
        kith_status status = sqlite_rows_next(c->read, &found, m->err);
        if (status != KITH_OK) return status;
        const view text = found ? sqlite_rows_bytes(c->read, 0) : (view){NULL, 0};
        if (text.size) status = merge_object(m, text);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static void write_members(const merged *m, buffer *json)
{
    json_writer w = {.out = json};
    buffer_reset(json);
    json_begin_object(&w);
    for (uint32_t i = 0; i < m->count; i++) {
        if (!m->members[i].value) continue;
        json_key_view(&w, m->members[i].key);
        json_tree(&w, m->members[i].value);
    }
    json_end_object(&w);
}

kith_status chroma_changes_merge(chroma_changes *c, view id, buffer *json, buffer *document,
                                 bool *has_document, kith_error *err)
{
    const record_state *s = state_of(c, id);
    if (!s || !s->first) return KITH_OK;
    merged m = {.memory = &c->memory, .err = err, .places = map_new()};
    if (!m.places) return out_of_memory(err);
    if (*has_document) {
        m.document = arena_copy(&c->memory, buffer_view(document));
        if (!m.document.data) m.document = VIEW("");
    }
    kith_status status = merge_object(&m, buffer_view(json));
    if (status == KITH_OK) status = merge_changes(c, s, &m);
    if (status == KITH_OK) {
        write_members(&m, json);
        buffer_reset(document);
        buffer_append(document, m.document);
        *has_document = m.document.data != NULL;
        status = buffer_status(json, "metadata", err);
    }
    if (status == KITH_OK) status = buffer_status(document, "a document", err);
    map_free(m.places);
    arena_reset(&c->memory);
    return status;
}
