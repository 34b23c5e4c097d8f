/* bm25_segment.c - building a segment row by row, and removing rows from its statistics. */
#include "words/bm25_segment.h"

#include "base/size.h"
#include "text/word.h"
#include "words/bm25_private.h"

#include <stdlib.h>

static const uint32_t row_limit = UINT32_MAX - 1; // no row has this number or a larger one

bm25_segment *bm25_segment_new(uint32_t first_row)
{
    CHECK(first_row < UINT32_MAX);
    bm25_segment *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->first_row = first_row;
    s->terms = map_new();
    if (s->terms) return s;
    free(s);
    return NULL;
}

void bm25_segment_free(bm25_segment *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->list_count; i++)
        postings_done(&s->lists[i]);
    free(s->lists);
    free(s->holders);
    free(s->lengths);
    free(s->languages);
    free(s->removed);
    forward_free(s->forward);
    map_free(s->terms);
    free(s);
}

void bm25_renumber(bm25_segment *s, uint32_t first_row)
{
    CHECK(first_row < UINT32_MAX && s->rows < UINT32_MAX - first_row);
    s->first_row = first_row; // all else counts from it
}

uint32_t bm25_first_row(const bm25_segment *s)
{
    return s->first_row;
}

uint32_t bm25_end_row(const bm25_segment *s)
{
    return s->first_row + s->rows;
}

/* The words of 64 bits that a bit for each of `rows` rows takes. */
static size_t word_count(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

size_t bm25_segment_bytes(const bm25_segment *s)
{
    enum { MAP_ENTRY_BYTES = 64 }; // of the dictionary, about: entry, slots and a short key
    size_t list_bytes = sizeof *s->lists + sizeof *s->holders;
    size_t row_bytes = sizeof *s->lengths + sizeof *s->languages;
    size_t bytes = sizeof *s + s->list_capacity * list_bytes + s->row_capacity * row_bytes +
                   word_count(s->row_capacity) * sizeof *s->removed +
                   (size_t)map_count(s->terms) * MAP_ENTRY_BYTES;
    const forward *f = atomic_load_explicit(&s->forward, memory_order_acquire);
    if (f) bytes += forward_bytes(f);
    for (uint32_t i = 0; i < s->list_count; i++)
        bytes += postings_bytes(&s->lists[i]);
    return bytes;
}

view bm25_key(language l, view term, char out[BM25_KEY_MAX_BYTES])
{
    if (l == LANGUAGE_ENGLISH) return term;
    out[0] = (char)l; // no term has control characters
    memcpy(out + 1, term.data, term.size);
    return (view){out, term.size + 1};
}

language bm25_key_language(view key)
{
    unsigned char first = (unsigned char)key.data[0];
    return first < LANGUAGE_COUNT ? (language)first : LANGUAGE_ENGLISH;
}

/* ---- building ---- */

kith_status bm25_list_of(bm25_segment *s, view key, uint32_t *out)
{
    enum { FIRST_LISTS = 64 };
    uint64_t number = 0;
    if (!map_get(s->terms, key, &number)) {
        if (s->list_count == s->list_capacity) {
            uint32_t capacity = s->list_capacity ? s->list_capacity * 2 : FIRST_LISTS;
            postings *lists = heap_grow_array(s->lists, capacity, sizeof *lists);
            if (lists) s->lists = lists;
            void *holders = heap_grow_array(s->holders, capacity, sizeof *s->holders);
            if (holders) s->holders = holders;
            if (!lists || !holders) return KITH_ERR_NO_MEMORY;
            s->list_capacity = capacity;
        }
        number = s->list_count;
        kith_status status = map_put(s->terms, key, number);
        if (status != KITH_OK) return status;
        atomic_init(&s->holders[number], 0);
        s->lists[s->list_count++] = (postings){0};
    }
    *out = (uint32_t)number;
    return KITH_OK;
}

kith_status bm25_reserve_rows(bm25_segment *s, uint32_t rows)
{
    enum { FIRST_ROWS = 64 };
    if (rows <= s->row_capacity) return KITH_OK;
    size_t wanted = size_max(size_max(rows, (size_t)s->row_capacity * 2), FIRST_ROWS);
    uint32_t capacity = (uint32_t)size_min(wanted, UINT32_MAX);
    void *lengths = heap_grow_array(s->lengths, capacity, sizeof *s->lengths);
    if (lengths) s->lengths = lengths;
    void *languages = heap_grow_array(s->languages, capacity, sizeof *s->languages);
    if (languages) s->languages = languages;
    void *removed = heap_grow_array(s->removed, word_count(capacity), sizeof *s->removed);
    if (removed) s->removed = removed;
    if (!lengths || !languages || !removed) return KITH_ERR_NO_MEMORY;
    for (size_t i = word_count(s->row_capacity); i < word_count(capacity); i++)
        atomic_init(&s->removed[i], 0);
    s->row_capacity = capacity;
    return KITH_OK;
}

static void set_removed(bm25_segment *s, uint32_t r)
{
    _Atomic uint64_t *bits = &s->removed[r / 64];
    uint64_t before = atomic_load_explicit(bits, memory_order_relaxed);
    atomic_store_explicit(bits, before | UINT64_C(1) << (r % 64), memory_order_relaxed);
}

static void add_to_length(bm25_segment *s, uint64_t words)
{
    uint64_t before = atomic_load_explicit(&s->total_length, memory_order_relaxed);
    atomic_store_explicit(&s->total_length, before + words, memory_order_relaxed);
}

void bm25_add_row(bm25_segment *s, uint32_t length, language l, bool is_live)
{
    DCHECK(s->rows < s->row_capacity);
    uint32_t r = s->rows++;
    s->lengths[r] = length;
    s->languages[r] = (uint8_t)l;
    if (!is_live) {
        set_removed(s, r);
        return;
    }
    add_relaxed(&s->live_rows, 1);
    add_relaxed(&s->language_rows[l], 1);
    add_to_length(s, length);
}

kith_status bm25_build_forward(bm25_segment *s)
{
    if (s->forward) return KITH_OK;
    forward *built = forward_build(s->lists, s->list_count, s->rows, s->removed);
    if (!built) return KITH_ERR_NO_MEMORY;
    // Ordered for bm25_segment_bytes; all others that read it are this thread.
    atomic_store_explicit(&s->forward, built, memory_order_release);
    return KITH_OK;
}

/* A word of the row that is being added: the number of its term's list, and below it 32 bits with
 * its position. So occurrences are in order of lists, and of positions within one. */
typedef uint64_t occurrence;

static uint32_t list_of(occurrence o)
{
    return (uint32_t)(o >> 32);
}

static uint32_t position_of(occurrence o)
{
    return (uint32_t)o;
}

static int compare_occurrences(const void *a, const void *b)
{
    const occurrence *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Most rows are short, and in order but for the words that came before. */
static void sort_occurrences(occurrence *all, uint32_t count)
{
    enum { INSERTED_MAX = 48 };
    if (count > INSERTED_MAX) {
        qsort(all, count, sizeof *all, compare_occurrences);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        occurrence moved = all[i];
        uint32_t at = i;
        for (; at > 0 && all[at - 1] > moved; at--)
            all[at] = all[at - 1];
        all[at] = moved;
    }
}

/* The words of the row that is being added. */
typedef struct row_words {
    occurrence *all; /* [count] */
    uint32_t count, length;
    uint32_t *positions, *lists; /* [count] each: work space */
} row_words;

/* Appends one posting for each run of equal lists in the occurrences, which are sorted, and notes
 * these lists as the row's. A term that occurs twice at one position, because both names of a word
 * have the same stem, counts once. */
static kith_status append_occurrences(bm25_segment *s, const row_words *w)
{
    uint32_t lists = 0;
    for (uint32_t start = 0, end = 0; start < w->count; start = end) {
        uint32_t different = 0, list = list_of(w->all[start]);
        for (end = start; end < w->count && list_of(w->all[end]) == list; end++)
            if (different == 0 || w->positions[different - 1] != position_of(w->all[end]))
                w->positions[different++] = position_of(w->all[end]);
        kith_status status =
            postings_append(&s->lists[list], s->rows, w->length, w->positions, different);
        if (status != KITH_OK) return status;
        add_relaxed(&s->holders[list], 1);
        w->lists[lists++] = list;
    }
    return forward_append(s->forward, w->lists, lists);
}

void bm25_use_known_words(bm25_segment *s, known_words *known)
{
    s->known = known;
    if (known) known_words_forget_notes(known); // which were of another segment's lists
}

/* The number of the list of a word's term. */
static kith_status list_of_word(bm25_segment *s, language l, const word *w, uint32_t *out)
{
    char key[BM25_KEY_MAX_BYTES];
    if (s->known && known_words_note(s->known, w->known, l, w->term, out)) return KITH_OK;
    kith_status status = bm25_list_of(s, bm25_key(l, w->term, key), out);
    if (status == KITH_OK && s->known) known_words_set_note(s->known, w->known, l, w->term, *out);
    return status;
}

/* What must be added to the positions of words after the head so that the first of them is at
 * BM25_HEAD_POSITIONS; 0 when the head has more words than that. */
static uint32_t shift_of(const word *words, uint32_t count, size_t head_size)
{
    uint32_t head = 0;
    for (uint32_t i = 0; i < count && words[i].start < head_size; i++)
        head = words[i].position + 1;
    return head < BM25_HEAD_POSITIONS ? BM25_HEAD_POSITIONS - head : 0;
}

kith_status bm25_append(bm25_segment *s, view text, size_t head_size, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    word *words = NULL;
    row_words row = {0};
    const word_splitting how = {language_of_with(text, s->known), s->known};
    if (bm25_end_row(s) >= row_limit) return fail(err, KITH_ERR_LIMIT, "the word index is full");
    kith_status status = word_split_with(text, &how, &memory, &words, &row.count, err);
    row.all = arena_new_array(&memory, occurrence, row.count);
    row.positions = arena_new_array(&memory, uint32_t, row.count);
    row.lists = arena_new_array(&memory, uint32_t, row.count);
    if (status == KITH_OK && (!row.all || !row.positions || !row.lists))
        status = KITH_ERR_NO_MEMORY;
    if (status == KITH_OK) status = bm25_reserve_rows(s, s->rows + 1);
    if (status == KITH_OK) status = bm25_build_forward(s);
    uint32_t shift = status == KITH_OK ? shift_of(words, row.count, head_size) : 0;
    for (uint32_t i = 0; i < row.count && status == KITH_OK; i++) {
        uint32_t position = words[i].position + (words[i].start < head_size ? 0 : shift), list = 0;
        if (!words[i].is_extra) row.length++;
        status = list_of_word(s, how.language, &words[i], &list);
        row.all[i] = (occurrence)list << 32 | position;
    }
    if (status == KITH_OK) {
        sort_occurrences(row.all, row.count);
        status = append_occurrences(s, &row);
    }
    if (status == KITH_OK)
        bm25_add_row(s, row.length, how.language, true);
    else if (status == KITH_ERR_LIMIT)
        status = fail(err, status, "the word index is full: a word's postings exceed 4 GiB");
    else
        status = fail(err, status, "out of memory for the word index");
    arena_done(&memory);
    return status;
}

/* ---- removing ---- */

bool bm25_is_removed(const bm25_segment *s, uint32_t row)
{
    CHECK(row >= s->first_row && row - s->first_row < s->rows);
    return is_row_removed(s, row - s->first_row);
}

/* Most processes that read a segment remove no row from it or a few. Turning all its lists round
 * takes as long as looking some ten or twenty rows up in every list, so the first rows are looked
 * up. When there is no memory for the lists of rows, all are. */
static bool has_forward(bm25_segment *s)
{
    if (s->forward) return true;
    if (s->searched_removals++ < BM25_SEARCHED_REMOVALS) return false;
    return bm25_build_forward(s) == KITH_OK;
}

/* Subtracts by adding the two's complement, which unsigned arithmetic defines. */
static void remove_row(bm25_segment *s, uint32_t r)
{
    bool listed = has_forward(s); // before the row is marked, or it would be left empty
    set_removed(s, r);
    if (listed) {
        for (forward_cursor c = forward_begin(s->forward, r); forward_next(&c);)
            add_relaxed(&s->holders[c.list], (uint32_t)-1);
    } else {
        for (uint32_t i = 0; i < s->list_count; i++)
            if (postings_has(&s->lists[i], r)) add_relaxed(&s->holders[i], (uint32_t)-1);
    }
    add_relaxed(&s->live_rows, (uint32_t)-1);
    add_relaxed(&s->language_rows[s->languages[r]], (uint32_t)-1);
    add_to_length(s, (uint64_t)0 - s->lengths[r]);
}

void bm25_remove(bm25_segment *s, uint32_t row)
{
    CHECK(row >= s->first_row && row - s->first_row < s->rows);
    if (!is_row_removed(s, row - s->first_row)) remove_row(s, row - s->first_row);
}

void bm25_repeat_removals(bm25_segment *s, const bm25_segment *old)
{
    CHECK(old->first_row >= s->first_row && bm25_end_row(old) <= bm25_end_row(s));
    uint32_t shift = old->first_row - s->first_row;
    for (uint32_t start = 0; start < old->rows; start += 64) {
        uint64_t bits = atomic_load_explicit(&old->removed[start / 64], memory_order_relaxed);
        for (; bits; bits &= bits - 1) {
            uint32_t r = start + (uint32_t)__builtin_ctzll(bits) + shift;
            if (!is_row_removed(s, r)) remove_row(s, r);
        }
    }
}
