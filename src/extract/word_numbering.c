/* word_numbering.c - counters belong to the list (abstractNum), not to the number by which
 * paragraphs name it (num): two numbers of one list count on, unless one says where it begins. A
 * level that counts makes those below it begin again. */
#include "extract/word_numbering.h"

#include "extract/word_styles.h"

kith_status word_numbering_init(word_numbering *n, arena *memory, kith_error *err)
{
    *n = (word_numbering){.memory = memory, .lists_by_id = map_new(), .uses_by_id = map_new()};
    buffer_init(&n->lists, WORD_MAX_LISTS * sizeof(word_list));
    buffer_init(&n->uses, WORD_MAX_LISTS * sizeof(word_number_use));
    return n->lists_by_id && n->uses_by_id
               ? KITH_OK
               : fail(err, KITH_ERR_NO_MEMORY, "out of memory for lists");
}

void word_numbering_done(word_numbering *n)
{
    map_free(n->lists_by_id);
    map_free(n->uses_by_id);
    buffer_done(&n->lists);
    buffer_done(&n->uses);
}

static word_list *list_at(const word_numbering *n, uint64_t index)
{
    return (word_list *)n->lists.data + index;
}

static word_number_use *use_at(const word_numbering *n, uint64_t index)
{
    return (word_number_use *)n->uses.data + index;
}

/* ---- reading ---- */

static numeral_kind kind_of(view format)
{
    static const struct {
        const char *name;
        numeral_kind kind;
    } KINDS[] = {{"decimalZero", NUMERAL_DECIMAL_ZERO},
                 {"ordinal", NUMERAL_ORDINAL},
                 {"upperRoman", NUMERAL_UPPER_ROMAN},
                 {"lowerRoman", NUMERAL_LOWER_ROMAN},
                 {"upperLetter", NUMERAL_UPPER_LETTER},
                 {"lowerLetter", NUMERAL_LOWER_LETTER},
                 {"russianUpper", NUMERAL_UPPER_RUSSIAN},
                 {"russianLower", NUMERAL_LOWER_RUSSIAN},
                 {"chineseCounting", NUMERAL_CHINESE},
                 {"chineseCountingThousand", NUMERAL_CHINESE},
                 {"ideographDigital", NUMERAL_CHINESE},
                 {"japaneseCounting", NUMERAL_CHINESE},
                 {"taiwaneseCountingThousand", NUMERAL_CHINESE},
                 {"bullet", NUMERAL_BULLET},
                 {"none", NUMERAL_NONE}};
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (view_equal(format, view_of(KINDS[i].name))) return KINDS[i].kind;
    return NUMERAL_DECIMAL;
}

static kith_status no_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for lists");
}

static kith_status begin_list(word_numbering *n, xml_attributes attributes, kith_error *err)
{
    word_list fresh = {0};
    for (uint32_t i = 0; i < WORD_LIST_LEVELS; i++)
        fresh.levels[i] = (word_list_level){.start = 1, .restart = UINT32_MAX};
    n->list = (uint32_t)(n->lists.size / sizeof fresh);
    buffer_append(&n->lists, (view){(const char *)&fresh, sizeof fresh});
    kith_status status = buffer_status(&n->lists, "the list of lists", err);
    if (status != KITH_OK) return status;
    n->in_list = true;
    status = map_put(n->lists_by_id, xml_attribute(attributes, "abstractNumId"), n->list);
    return status == KITH_OK ? KITH_OK : no_memory(err);
}

static kith_status begin_use(word_numbering *n, xml_attributes attributes, kith_error *err)
{
    word_number_use fresh = {.list = UINT32_MAX};
    memset(fresh.starts, 0xFF, sizeof fresh.starts);
    n->use = (uint32_t)(n->uses.size / sizeof fresh);
    buffer_append(&n->uses, (view){(const char *)&fresh, sizeof fresh});
    kith_status status = buffer_status(&n->uses, "the list of lists", err);
    if (status != KITH_OK) return status;
    n->in_use = true;
    uint32_t id = word_number(xml_attribute(attributes, "numId"), 0);
    status = map_put(n->uses_by_id, (view){(const char *)&id, sizeof id}, n->use);
    return status == KITH_OK ? KITH_OK : no_memory(err);
}

/* A number that changes levels of its list gets a list of its own: two numbers of one list then
 * count apart, which they do in Word only when one says where it begins. Lists changed so are rare,
 * and nearly always say it. */
static kith_status copy_list(word_numbering *n, kith_error *err)
{
    word_number_use *use = use_at(n, n->use);
    if (use->list >= n->lists.size / sizeof(word_list)) return KITH_OK;
    word_list copy = *list_at(n, use->list);
    use->list = (uint32_t)(n->lists.size / sizeof copy);
    buffer_append(&n->lists, (view){(const char *)&copy, sizeof copy});
    return buffer_status(&n->lists, "the list of lists", err);
}

static word_list *open_list(word_numbering *n)
{
    if (n->in_list) return list_at(n, n->list);
    if (!n->in_use) return NULL;
    uint32_t list = use_at(n, n->use)->list;
    return list < n->lists.size / sizeof(word_list) ? list_at(n, list) : NULL;
}

static kith_status note_level(word_numbering *n, word_list_level *level, view name,
                              xml_attributes attributes, kith_error *err)
{
    view value = xml_attribute(attributes, "val");
    view *kept = view_equal(name, VIEW("lvlText"))  ? &level->label
                 : view_equal(name, VIEW("pStyle")) ? &level->style
                                                    : NULL;
    if (view_equal(name, VIEW("start")))
        level->start = word_number(value, 1);
    else if (view_equal(name, VIEW("numFmt")))
        level->kind = kind_of(value);
    else if (view_equal(name, VIEW("lvlRestart")))
        level->restart = word_number(value, UINT32_MAX);
    else if (view_equal(name, VIEW("isLgl")))
        level->is_legal = word_is_on(attributes);
    if (kept) *kept = arena_copy(n->memory, value);
    return kept && !kept->data ? no_memory(err) : KITH_OK;
}

static kith_status note_use(word_numbering *n, view name, xml_attributes attributes,
                            kith_error *err)
{
    uint64_t list = 0;
    word_number_use *use = use_at(n, n->use);
    view value = xml_attribute(attributes, "val");
    if (view_equal(name, VIEW("abstractNumId")) && map_get(n->lists_by_id, value, &list)) {
        use->list = (uint32_t)list;
    } else if (view_equal(name, VIEW("lvlOverride"))) {
        n->level = word_number(xml_attribute(attributes, "ilvl"), WORD_LIST_LEVELS);
    } else if (view_equal(name, VIEW("startOverride"))) {
        if (n->level < WORD_LIST_LEVELS) use->starts[n->level] = word_number(value, 1);
    } else if (view_equal(name, VIEW("lvl"))) {
        kith_status status = copy_list(n, err);
        n->in_level = status == KITH_OK;
        return status;
    }
    return KITH_OK;
}

kith_status word_numbering_start(void *numbering, view name, xml_attributes attributes,
                                 kith_error *err)
{
    word_numbering *n = numbering;
    if (view_equal(name, VIEW("abstractNum"))) return begin_list(n, attributes, err);
    if (view_equal(name, VIEW("num"))) return begin_use(n, attributes, err);
    word_list *list = open_list(n);
    if (n->in_level && list && n->level < WORD_LIST_LEVELS)
        return note_level(n, &list->levels[n->level], name, attributes, err);
    if (n->in_use) return note_use(n, name, attributes, err);
    if (!list) return KITH_OK;
    view *link = view_equal(name, VIEW("numStyleLink")) ? &list->style_link
                 : view_equal(name, VIEW("styleLink"))  ? &list->own_style
                                                        : NULL;
    if (link) *link = arena_copy(n->memory, xml_attribute(attributes, "val"));
    if (link && !link->data) return no_memory(err);
    if (view_equal(name, VIEW("lvl"))) {
        n->level = word_number(xml_attribute(attributes, "ilvl"), WORD_LIST_LEVELS);
        n->in_level = true;
    }
    return KITH_OK;
}

kith_status word_numbering_end(void *numbering, view name, kith_error *err)
{
    (void)err;
    word_numbering *n = numbering;
    if (view_equal(name, VIEW("lvl"))) n->in_level = false;
    if (view_equal(name, VIEW("abstractNum"))) n->in_list = false;
    if (view_equal(name, VIEW("num"))) n->in_use = false;
    return KITH_OK;
}

/* ---- counting ---- */

static word_number_use *find_use(const word_numbering *n, uint32_t use)
{
    uint64_t index = 0;
    if (!map_get(n->uses_by_id, (view){(const char *)&use, sizeof use}, &index)) return NULL;
    word_number_use *found = use_at(n, index);
    return found->list < n->lists.size / sizeof(word_list) ? found : NULL;
}

/* The list itself, or that of the numbering style which stands for it. */
static word_list *resolve(const word_numbering *n, uint32_t index)
{
    word_list *list = list_at(n, index);
    if (list->style_link.size == 0) return list;
    for (size_t i = 0; i < n->lists.size / sizeof *list; i++)
        if (view_equal(list_at(n, i)->own_style, list->style_link)) return list_at(n, i);
    return list;
}

uint32_t word_numbering_level(const word_numbering *n, uint32_t use, view style)
{
    const word_number_use *found = style.size ? find_use(n, use) : NULL;
    if (!found) return 0;
    const word_list *list = resolve(n, found->list);
    for (uint32_t i = 0; i < WORD_LIST_LEVELS; i++)
        if (view_equal(list->levels[i].style, style)) return i;
    return 0;
}

static void advance(word_list *list, word_number_use *use, uint32_t level)
{
    if (use->starts[level] != UINT32_MAX && !use->is_started[level])
        list->counters[level] = use->starts[level];
    else if (!list->counts[level])
        list->counters[level] = list->levels[level].start;
    else if (list->counters[level] < UINT32_MAX)
        list->counters[level]++;
    list->counts[level] = true;
    use->is_started[level] = true;
    for (uint32_t below = level + 1; below < WORD_LIST_LEVELS; below++) {
        uint32_t restart = list->levels[below].restart;
        if (restart == UINT32_MAX || (restart && level < restart)) list->counts[below] = false;
    }
}

static void append_label(const word_list *list, uint32_t level, buffer *out)
{
    const word_list_level *shown = &list->levels[level];
    for (size_t i = 0; i < shown->label.size; i++) {
        char next = i + 1 < shown->label.size ? shown->label.data[i + 1] : '\0';
        if (shown->label.data[i] != '%' || next < '1' || next > '9') {
            buffer_append_byte(out, shown->label.data[i]);
            continue;
        }
        uint32_t of = (uint32_t)(next - '1');
        numeral_kind kind = list->levels[of].kind;
        bool is_decimal = shown->is_legal || kind == NUMERAL_BULLET;
        // A level above that has not counted yet shows where it would begin.
        uint32_t number = list->counts[of] ? list->counters[of] : list->levels[of].start;
        numeral_append(out, is_decimal && kind != NUMERAL_NONE ? NUMERAL_DECIMAL : kind, number);
        i++;
    }
}

void word_numbering_count(word_numbering *n, uint32_t use, uint32_t level, buffer *label)
{
    word_number_use *found = find_use(n, use);
    if (!found || level >= WORD_LIST_LEVELS) return;
    word_list *list = resolve(n, found->list);
    advance(list, found, level);
    if (list->levels[level].kind == NUMERAL_BULLET && list->levels[level].label.size)
        buffer_append_byte(label, '-');
    else
        append_label(list, level, label);
}
