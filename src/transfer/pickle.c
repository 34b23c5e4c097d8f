/* pickle.c - see pickle.h. Opcodes: Python's Lib/pickletools.py documents them. */
#include "transfer/pickle.h"

#include "base/size.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct machine {
    view bytes;
    size_t at;
    arena *memory;
    pickle_value **stack; /* [depth] on the heap */
    size_t depth, stack_capacity;
    pickle_value **memo; /* [memo_count] on the heap */
    size_t memo_count, memo_capacity;
    uint32_t values;
    bool stopped;
    kith_error *err;
} machine;

static kith_status fail_damaged(const machine *m, const char *what)
{
    return fail(m->err, KITH_ERR_FORMAT, "%s at byte %zu", what, m->at);
}

/* ---- reading ---- */

static kith_status take(machine *m, size_t count, view *out)
{
    if (m->bytes.size - m->at < count) return fail_damaged(m, "it ends too early");
    *out = view_slice(m->bytes, m->at, m->at + count);
    m->at += count;
    return KITH_OK;
}

/* An unsigned number of up to 8 bytes, little-endian. */
static kith_status take_number(machine *m, size_t bytes, uint64_t *out)
{
    view v = {NULL, 0};
    kith_status status = take(m, bytes, &v);
    uint64_t number = 0;
    for (size_t i = v.size; i > 0; i--)
        number = number << 8 | (unsigned char)v.data[i - 1];
    *out = number;
    return status;
}

static kith_status take_line(machine *m, view *out)
{
    view rest = view_slice(m->bytes, m->at, m->bytes.size);
    size_t end = view_find(rest, VIEW("\n"));
    if (end == rest.size) return fail_damaged(m, "a name without an end");
    *out = view_slice(rest, 0, end);
    m->at += end + 1;
    return KITH_OK;
}

/* ---- the stack and the memo ---- */

static kith_status grow(machine *m, pickle_value ***array, size_t *capacity)
{
    size_t wanted = size_max(64, *capacity * 2);
    if (*capacity >= PICKLE_MAX_STACK)
        return fail(m->err, KITH_ERR_LIMIT, "more than %d values on the stack", PICKLE_MAX_STACK);
    pickle_value **grown = heap_grow_array(*array, wanted, sizeof(pickle_value *));
    if (!grown) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for a pickle");
    *array = grown;
    *capacity = wanted;
    return KITH_OK;
}

static kith_status push(machine *m, pickle_value *value)
{
    kith_status status =
        m->depth == m->stack_capacity ? grow(m, &m->stack, &m->stack_capacity) : KITH_OK;
    if (status == KITH_OK) m->stack[m->depth++] = value;
    return status;
}

static kith_status push_new(machine *m, pickle_value value)
{
    if (m->values == PICKLE_MAX_VALUES)
        return fail(m->err, KITH_ERR_LIMIT, "more than %d values", PICKLE_MAX_VALUES);
    pickle_value *made = arena_new(m->memory, sizeof *made);
    if (!made) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for a pickle");
    *made = value;
    m->values++;
    return push(m, made);
}

static kith_status push_integer(machine *m, int64_t value)
{
    return push_new(m, (pickle_value){.kind = PICKLE_INTEGER, .integer = value});
}

static kith_status push_kind(machine *m, pickle_kind kind)
{
    return push_new(m, (pickle_value){.kind = kind});
}

/* The top `count` values, none of which is a mark, leave the stack. */
static kith_status pop(machine *m, size_t count, pickle_value **out)
{
    if (m->depth < count) return fail_damaged(m, "the stack is empty");
    for (size_t i = 0; i < count; i++) {
        out[i] = m->stack[m->depth - count + i];
        if (out[i]->kind == PICKLE_MARK) return fail_damaged(m, "a mark in place of a value");
    }
    m->depth -= count;
    return KITH_OK;
}

static kith_status find_mark(machine *m, size_t *out)
{
    size_t at = m->depth;
    while (at > 0 && m->stack[at - 1]->kind != PICKLE_MARK)
        at--;
    if (at == 0) return fail_damaged(m, "no mark on the stack");
    *out = at - 1;
    return KITH_OK;
}

/* Picklers number what they remember in order, so that a number above the count is damage. */
static kith_status remember(machine *m, uint64_t number)
{
    if (m->depth == 0) return fail_damaged(m, "the stack is empty");
    if (number > m->memo_count) return fail_damaged(m, "a memo out of order");
    kith_status status = number == m->memo_count && m->memo_count == m->memo_capacity
                             ? grow(m, &m->memo, &m->memo_capacity)
                             : KITH_OK;
    if (status != KITH_OK) return status;
    m->memo[number] = m->stack[m->depth - 1];
    if (number == m->memo_count) m->memo_count++;
    return KITH_OK;
}

static kith_status recall(machine *m, uint64_t number)
{
    if (number >= m->memo_count) return fail_damaged(m, "a memo that was not made");
    return push(m, m->memo[number]);
}

/* ---- values ---- */

static kith_status push_text(machine *m, size_t size_bytes)
{
    uint64_t size = 0;
    view text = {NULL, 0};
    kith_status status = take_number(m, size_bytes, &size);
    if (status == KITH_OK && size > m->bytes.size) status = fail_damaged(m, "it ends too early");
    if (status == KITH_OK) status = take(m, (size_t)size, &text);
    if (status == KITH_OK) status = push_new(m, (pickle_value){.kind = PICKLE_TEXT, .text = text});
    return status;
}

/* A signed number of any length, of which only what fits is kept. */
static kith_status push_long(machine *m, size_t size_bytes)
{
    enum { NUMBER_BYTES = 8 };
    uint64_t size = 0, number = 0;
    view digits = {NULL, 0};
    kith_status status = take_number(m, size_bytes, &size);
    if (status == KITH_OK && size > m->bytes.size) status = fail_damaged(m, "it ends too early");
    if (status == KITH_OK) status = take(m, (size_t)size, &digits);
    if (status != KITH_OK) return status;
    if (size > NUMBER_BYTES) return push_kind(m, PICKLE_OTHER);
    bool is_negative = size > 0 && (unsigned char)digits.data[size - 1] & 0x80;
    if (is_negative) number = UINT64_MAX;
    for (size_t i = digits.size; i > 0; i--)
        number = number << 8 | (unsigned char)digits.data[i - 1];
    return push_integer(m, (int64_t)number);
}

static kith_status push_class(machine *m, view module, view name)
{
    if (view_starts_with(module, VIEW("chromadb.")) && view_equal(name, VIEW("PersistentData")))
        return push_kind(m, PICKLE_CLASS);
    return fail(m->err, KITH_ERR_UNSUPPORTED, "it makes a '%.*s.%.*s', which is not read",
                (int)size_min(module.size, 64), module.data ? module.data : "",
                (int)size_min(name.size, 64), name.data ? name.data : "");
}

static kith_status push_global(machine *m)
{
    view module = {NULL, 0}, name = {NULL, 0};
    kith_status status = take_line(m, &module);
    if (status == KITH_OK) status = take_line(m, &name);
    return status == KITH_OK ? push_class(m, module, name) : status;
}

static kith_status push_stack_global(machine *m)
{
    pickle_value *names[2];
    kith_status status = pop(m, 2, names);
    if (status != KITH_OK) return status;
    if (names[0]->kind != PICKLE_TEXT || names[1]->kind != PICKLE_TEXT)
        return fail_damaged(m, "a class without a name");
    return push_class(m, names[0]->text, names[1]->text);
}

/* A class called with a tuple: an object, without members yet. */
static kith_status make_object(machine *m)
{
    pickle_value *call[2];
    kith_status status = pop(m, 2, call);
    if (status != KITH_OK) return status;
    if (call[0]->kind != PICKLE_CLASS || call[1]->kind != PICKLE_TUPLE)
        return fail_damaged(m, "something else than a class is called");
    return push_kind(m, PICKLE_DICT);
}

/* Gives an object the members of a dictionary. */
static kith_status build_object(machine *m)
{
    pickle_value *state[1];
    kith_status status = pop(m, 1, state);
    if (status != KITH_OK) return status;
    if (m->depth == 0) return fail_damaged(m, "the stack is empty");
    pickle_value *object = m->stack[m->depth - 1];
    if (state[0]->kind != PICKLE_DICT || object->kind != PICKLE_DICT || object->dict.count > 0)
        return fail_damaged(m, "an object of a kind that is not known");
    object->dict = state[0]->dict;
    object->dict.capacity = object->dict.count; // another copy may still grow in place
    return KITH_OK;
}

static kith_status make_tuple(machine *m, size_t count)
{
    pickle_value *elements[3];
    kith_status status = pop(m, count, elements);
    return status == KITH_OK ? push_kind(m, PICKLE_TUPLE) : status;
}

static kith_status make_marked_tuple(machine *m)
{
    size_t mark = 0;
    kith_status status = find_mark(m, &mark);
    if (status != KITH_OK) return status;
    m->depth = mark;
    return push_kind(m, PICKLE_TUPLE);
}

static kith_status put_member(machine *m, pickle_value *dict, const pickle_value *key,
                              const pickle_value *value)
{
    if (dict->dict.count == dict->dict.capacity) {
        uint32_t capacity = (uint32_t)size_max(8, (size_t)dict->dict.capacity * 2);
        pickle_member *grown = arena_new_array(m->memory, pickle_member, capacity);
        if (!grown) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for a pickle");
        for (uint32_t i = 0; i < dict->dict.count; i++)
            grown[i] = dict->dict.members[i];
        dict->dict.members = grown;
        dict->dict.capacity = capacity;
    }
    dict->dict.members[dict->dict.count++] = (pickle_member){key, value};
    return KITH_OK;
}

/* Adds the pairs from `first` on, to the top of the stack, to the dictionary below them. */
static kith_status put_members(machine *m, size_t first, size_t below)
{
    if (below == 0 || m->stack[below - 1]->kind != PICKLE_DICT || (m->depth - first) % 2 != 0)
        return fail_damaged(m, "pairs without a dictionary");
    kith_status status = KITH_OK;
    for (size_t i = first; status == KITH_OK && i < m->depth; i += 2)
        status = put_member(m, m->stack[below - 1], m->stack[i], m->stack[i + 1]);
    m->depth = below;
    return status;
}

static kith_status set_member(machine *m)
{
    if (m->depth < 3) return fail_damaged(m, "the stack is empty");
    return put_members(m, m->depth - 2, m->depth - 2);
}

static kith_status set_members(machine *m)
{
    size_t mark = 0;
    kith_status status = find_mark(m, &mark);
    return status == KITH_OK ? put_members(m, mark + 1, mark) : status;
}

/* ---- opcodes ---- */

static kith_status skip(machine *m, size_t count)
{
    view skipped;
    return take(m, count, &skipped);
}

static kith_status push_small(machine *m, size_t bytes)
{
    uint64_t number = 0;
    kith_status status = take_number(m, bytes, &number);
    return status == KITH_OK ? push_integer(m, (int64_t)number) : status;
}

static kith_status push_int32(machine *m)
{
    uint64_t number = 0;
    kith_status status = take_number(m, 4, &number);
    return status == KITH_OK ? push_integer(m, (int32_t)(uint32_t)number) : status;
}

static kith_status push_float(machine *m)
{
    kith_status status = skip(m, 8);
    return status == KITH_OK ? push_kind(m, PICKLE_OTHER) : status;
}

static kith_status use_memo(machine *m, size_t bytes, kith_status (*use)(machine *, uint64_t))
{
    uint64_t number = 0;
    kith_status status = take_number(m, bytes, &number);
    return status == KITH_OK ? use(m, number) : status;
}

static kith_status stop(machine *m)
{
    m->stopped = true;
    return m->depth == 1 && m->stack[0]->kind != PICKLE_MARK
               ? KITH_OK
               : fail_damaged(m, "not one value at the end");
}

/* Opcodes that push one value. *known is false for any other. */
static kith_status run_push(machine *m, unsigned char opcode, bool *known)
{
    *known = true;
    switch (opcode) {
    case '(': // MARK
        return push_kind(m, PICKLE_MARK);
    case '}': // EMPTY_DICT
        return push_kind(m, PICKLE_DICT);
    case ')': // EMPTY_TUPLE
    case ']': // EMPTY_LIST
        return push_kind(m, PICKLE_TUPLE);
    case 'N': // NONE
        return push_kind(m, PICKLE_NONE);
    case 0x88: // NEWTRUE
    case 0x89: // NEWFALSE
        return push_integer(m, opcode == 0x88);
    case 'K': // BININT1
        return push_small(m, 1);
    case 'M': // BININT2
        return push_small(m, 2);
    case 'J': // BININT
        return push_int32(m);
    case 0x8a: // LONG1
        return push_long(m, 1);
    case 0x8b: // LONG4
        return push_long(m, 4);
    case 'G': // BINFLOAT
        return push_float(m);
    case 0x8c: // SHORT_BINUNICODE
        return push_text(m, 1);
    case 'X': // BINUNICODE
        return push_text(m, 4);
    case 0x8d: // BINUNICODE8
        return push_text(m, 8);
    case 'c': // GLOBAL
        return push_global(m);
    default:
        *known = false;
        return KITH_OK;
    }
}

/* Opcodes that work on what is on the stack. */
static kith_status run_opcode(machine *m, unsigned char opcode)
{
    bool known = false;
    kith_status status = run_push(m, opcode, &known);
    if (known) return status;
    switch (opcode) {
    case 0x80: // PROTO
        return skip(m, 1);
    case 0x95: // FRAME
        return skip(m, 8);
    case 'u': // SETITEMS
        return set_members(m);
    case 's': // SETITEM
        return set_member(m);
    case 't': // TUPLE
        return make_marked_tuple(m);
    case 0x85: // TUPLE1
    case 0x86: // TUPLE2
    case 0x87: // TUPLE3
        return make_tuple(m, opcode - 0x84);
    case 0x93: // STACK_GLOBAL
        return push_stack_global(m);
    case 'R':  // REDUCE
    case 0x81: // NEWOBJ
        return make_object(m);
    case 'b': // BUILD
        return build_object(m);
    case 'q': // BINPUT
        return use_memo(m, 1, remember);
    case 'r': // LONG_BINPUT
        return use_memo(m, 4, remember);
    case 0x94: // MEMOIZE
        return remember(m, m->memo_count);
    case 'h': // BINGET
        return use_memo(m, 1, recall);
    case 'j': // LONG_BINGET
        return use_memo(m, 4, recall);
    case '.': // STOP
        return stop(m);
    default:
        return fail(m->err, KITH_ERR_UNSUPPORTED, "an opcode 0x%02x at byte %zu, which is not read",
                    opcode, m->at - 1);
    }
}

kith_status pickle_parse(view bytes, arena *a, const pickle_value **out, kith_error *err)
{
    machine m = {.bytes = bytes, .memory = a, .err = err};
    kith_status status = KITH_OK;
    while (status == KITH_OK && !m.stopped) {
        view opcode = {NULL, 0};
        status = take(&m, 1, &opcode);
        if (status == KITH_OK) status = run_opcode(&m, (unsigned char)opcode.data[0]);
    }
    if (status == KITH_OK) *out = m.stack[0];
    free(m.stack);
    free(m.memo);
    return status;
}

const pickle_value *pickle_get(const pickle_value *dict, const char *key)
{
    if (!dict || dict->kind != PICKLE_DICT) return NULL;
    for (uint32_t i = dict->dict.count; i > 0; i--) {
        const pickle_member *member = &dict->dict.members[i - 1];
        if (member->key->kind == PICKLE_TEXT && view_equal(member->key->text, view_of(key)))
            return member->value;
    }
    return NULL;
}
