/* fuzz_records.c - parts of readers that stand deep in their files, each with anything: a style sheet, the rows of a
 * ruled table, the records behind the rows of an xls sheet, the runs of a ppt text. Through a whole file a change of
 * the input rarely gets there. Input: one byte that chooses the part, then what it reads. */
#include "base/utf8.h"
#include "extract/css_classes.h"
#include "extract/ppt_style.h"
#include "extract/ruled_table.h"
#include "extract/xls_tail.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Input: the sheet, a byte 0, the attribute `class`. */
static void try_css(view input)
{
    css_classes classes = {0};
    view sheet = view_slice(input, 0, view_find(input, (view){"", 1}));
    view names = view_slice(input, sheet.size + (sheet.size < input.size), input.size);
    css_classes_read(&classes, sheet);
    CHECK(classes.count <= CSS_CLASSES_MAX);
    for (uint32_t i = 0; i < classes.count; i++) {
        const css_class *c = &classes.list[i];
        CHECK(c->name.size > 0 && c->looks != 0);
        CHECK(c->name.data >= sheet.data && c->name.data + c->name.size <= sheet.data + sheet.size);
        CHECK((css_classes_look(&classes, c->name) & c->looks) == c->looks);
    }
    (void)css_classes_look(&classes, names);
}

typedef struct line_count {
    uint32_t next_row;
    bool has_first;
} line_count;

static kith_status take_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    line_count *lines = context;
    (void)err;
    CHECK(view_trim(line).size > 0 && !memchr(line.data, '\n', line.size));
    CHECK(is_first || (lines->has_first && row >= lines->next_row)); // tables may touch
    *lines = (line_count){row + 1, true};
    return KITH_OK;
}

/* Input: five bytes a cell: marks, where it ends (two bytes), how many edges the row says, one of the text. */
static void try_table(view input)
{
    enum { CELL_BYTES = 5, ROW_ENDS = 8, EDGES_MAX = 8 };
    const uint8_t *bytes = (const uint8_t *)input.data;
    line_count lines = {0};
    ruled_edge edges[EDGES_MAX] = {0};
    uint32_t open = 0;
    table t;
    ruled_table r;
    table_init(&t, (table_sink){&lines, take_line});
    ruled_table_init(&r, &t);
    kith_error err = {0};
    kith_status status = KITH_OK;
    for (size_t i = 0; i + CELL_BYTES <= input.size && status == KITH_OK; i += CELL_BYTES) {
        const uint8_t *cell = bytes + i;
        edges[open % EDGES_MAX] = (ruled_edge){.right = (int16_t)(cell[1] | cell[2] << 8) * 65535,
                                               .is_left = cell[0] & 1,
                                               .is_below = (cell[0] & 2) != 0,
                                               .is_header = (cell[0] & 4) != 0};
        open++;
        char text = cell[4] < 0x80 ? (char)cell[4] : ' ';
        status = ruled_table_cell(&r, (view){&text, 1}, &err);
        if (status != KITH_OK || !(cell[0] & ROW_ENDS)) continue;
        status = ruled_table_row_end(&r, edges, cell[3] % (EDGES_MAX + 1), &err);
        open = 0;
    }
    if (status == KITH_OK) status = ruled_table_end(&r, &err);
    CHECK(status == KITH_OK);
    ruled_table_done(&r);
    table_done(&t);
}

/* Input: whether texts are Unicode, then the records. */
static void try_xls(view input)
{
    enum { BUFFERS = 3, MAX_BYTES = 1 << 20 };
    buffer all[BUFFERS];
    if (input.size == 0) return;
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_init(&all[i], MAX_BYTES);
    biff b = {.stream = view_slice(input, 1, input.size), .is_wide = input.data[0] & 1};
    while (biff_next(&b))
        if (xls_tail_is(b.id)) xls_tail_append(&b, &all[0], &all[1], &all[2]);
    view lines = buffer_view(&all[2]);
    CHECK(lines.size == 0 || lines.data[lines.size - 1] == '\n');
    CHECK(utf8_is_valid(lines));
    for (size_t i = 0; i < BUFFERS; i++)
        buffer_done(&all[i]);
}

/* Input: the units of the text (four bytes), then the record. */
static void try_ppt(view input)
{
    ppt_style s;
    uint32_t units;
    int align = 0;
    if (input.size < sizeof units) return;
    memcpy(&units, input.data, sizeof units);
    ppt_style_open(&s, view_slice(input, sizeof units, input.size), units);
    for (size_t runs = 0; ppt_style_next(&s, &align) != UINT32_MAX; runs++) {
        CHECK(align >= -1 && align <= 1);
        CHECK(runs <= input.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static void (*const PARTS[])(view) = {try_css, try_table, try_xls, try_ppt};
    if (size < 1) return 0;
    PARTS[bytes[0] % (sizeof PARTS / sizeof PARTS[0])]((view){(const char *)bytes + 1, size - 1});
    return 0;
}
