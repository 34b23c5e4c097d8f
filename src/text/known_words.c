/* known_words.c - sets of two slots; a new word takes the first of its set, and what was there
 * moves to the second, whose word is forgotten. */
#include "text/known_words.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 2, SETS = KNOWN_WORDS_SLOTS / WAYS };

/* A word in 24 bytes: its bytes, little-endian, zeros, and its size at the end. */
typedef struct word_key {
    uint64_t numbers[3];
} word_key;

typedef struct slot {
    word_key word;        /* of no bytes in a slot that is free */
    uint32_t epoch, note; /* the note is good when its epoch is the table's */
    uint16_t stop_word;
    uint8_t language, term_size;
    char term[KNOWN_WORD_MAX_BYTES + 1];
} slot;

struct known_words {
    uint32_t epoch; /* of the notes that are good; never 0 */
    language last;
    slot slots[SETS][WAYS];
};

/* `size` bytes, 8 at most, as a number; without a call, which takes longer than all the rest. */
static uint64_t number_of(const char *bytes, size_t size)
{
    uint64_t number = 0;
    uint32_t first = 0, last = 0;
    if (size >= 8) {
        memcpy(&number, bytes, 8);
    } else if (size >= 4) { // of which some bytes are in both
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + size - 4, 4);
        number = first | (uint64_t)last << (8 * (size - 4));
    } else {
        for (size_t i = 0; i < size; i++)
            number |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    }
    return number;
}

static word_key key_of(view word)
{
    word_key key = {{0, 0, (uint64_t)word.size << 56}};
    key.numbers[0] = number_of(word.data, word.size);
    if (word.size > 8) key.numbers[1] = number_of(word.data + 8, word.size - 8);
    if (word.size > 16) key.numbers[2] |= number_of(word.data + 16, word.size - 16);
    return key;
}

static bool is_equal(const word_key *a, const word_key *b)
{
    return a->numbers[0] == b->numbers[0] && a->numbers[1] == b->numbers[1] &&
           a->numbers[2] == b->numbers[2];
}

/* Multiplies, and takes the upper bits, which all lower ones reach. */
static uint32_t set_of(const word_key *key)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = key->numbers[0] * odd;
    h = (h ^ (h >> 32) ^ key->numbers[1]) * odd;
    h = (h ^ (h >> 32) ^ key->numbers[2]) * odd;
    return (uint32_t)(h >> 32) % SETS;
}

known_words *known_words_new(void)
{
    known_words *k = calloc(1, sizeof *k);
    if (k) k->epoch = 1;
    return k;
}

void known_words_free(known_words *k)
{
    free(k);
}

static uint32_t place_of(uint32_t set, uint32_t way)
{
    return set * WAYS + way + 1;
}

bool known_words_find(const known_words *k, language l, view word, known_word *out)
{
    if (word.size == 0 || word.size > KNOWN_WORD_MAX_BYTES) return false;
    word_key key = key_of(word);
    uint32_t set = set_of(&key);
    for (uint32_t way = 0; way < WAYS; way++) {
        const slot *s = &k->slots[set][way];
        if (!is_equal(&s->word, &key) || s->language != (uint8_t)l) continue;
        *out = (known_word){{s->term, s->term_size}, s->stop_word, place_of(set, way)};
        return true;
    }
    return false;
}

uint32_t known_words_put(known_words *k, language l, view word, const known_word *what)
{
    if (word.size == 0 || word.size > KNOWN_WORD_MAX_BYTES ||
        what->term.size > KNOWN_WORD_MAX_BYTES || what->stop_word > UINT16_MAX)
        return 0;
    word_key key = key_of(word);
    uint32_t set = set_of(&key);
    slot *s = k->slots[set];
    slot made = {.word = key,
                 .stop_word = (uint16_t)what->stop_word,
                 .language = (uint8_t)l,
                 .term_size = (uint8_t)what->term.size};
    if (what->term.size) memcpy(made.term, what->term.data, what->term.size);
    s[1] = s[0];
    s[0] = made;
    k->last = l;
    return place_of(set, 0);
}

language known_words_language(const known_words *k)
{
    return k->last;
}

/* ---- notes ---- */

void known_words_forget_notes(known_words *k)
{
    if (++k->epoch != 0) return;
    for (uint32_t set = 0; set < SETS; set++)
        for (uint32_t way = 0; way < WAYS; way++)
            k->slots[set][way].epoch = 0;
    k->epoch = 1;
}

/* The slot at a place, when it is that of the term. */
static bool is_of(const slot *s, language l, view term)
{
    return s->language == (uint8_t)l && view_equal((view){s->term, s->term_size}, term);
}

bool known_words_note(const known_words *k, uint32_t place, language l, view term, uint32_t *out)
{
    if (place == 0) return false;
    const slot *s = &k->slots[(place - 1) / WAYS][(place - 1) % WAYS];
    if (s->epoch != k->epoch || !is_of(s, l, term)) return false;
    *out = s->note;
    return true;
}

void known_words_set_note(known_words *k, uint32_t place, language l, view term, uint32_t note)
{
    if (place == 0) return;
    slot *s = &k->slots[(place - 1) / WAYS][(place - 1) % WAYS];
    if (!is_of(s, l, term)) return;
    s->epoch = k->epoch;
    s->note = note;
}
