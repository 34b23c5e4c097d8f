/* office_math.c - names of OMML are short ("f", "e", "r") and mean something else elsewhere, so they
 * are looked at only within m:oMath. */
#include "extract/office_math.h"

static const struct {
    const char *name;
    formula_kind kind;
} STRUCTURES[] = {
    {"f", FORMULA_FRACTION},     {"sSup", FORMULA_POWER},
    {"sSub", FORMULA_INDEX},     {"sSubSup", FORMULA_INDEX_POWER},
    {"sPre", FORMULA_PRESCRIPT}, {"rad", FORMULA_ROOT},
    {"nary", FORMULA_OPERATOR},  {"func", FORMULA_FUNCTION},
    {"d", FORMULA_FENCE},        {"m", FORMULA_MATRIX},
    {"mr", FORMULA_ROW},         {"eqArr", FORMULA_LINES},
    {"limLow", FORMULA_INDEX},   {"limUpp", FORMULA_POWER},
    {"acc", FORMULA_GROUP},      {"bar", FORMULA_GROUP},
    {"box", FORMULA_GROUP},      {"borderBox", FORMULA_GROUP},
    {"groupChr", FORMULA_GROUP}, {"phant", FORMULA_GROUP},
};

static const formula_kind *kind_of(view name)
{
    for (size_t i = 0; i < sizeof STRUCTURES / sizeof STRUCTURES[0]; i++)
        if (view_equal(name, view_of(STRUCTURES[i].name))) return &STRUCTURES[i].kind;
    return NULL;
}

static bool is_argument(view name)
{
    static const char *const ARGUMENTS[] = {"e", "num", "den", "sub", "sup", "deg", "fName", "lim"};
    for (size_t i = 0; i < sizeof ARGUMENTS / sizeof ARGUMENTS[0]; i++)
        if (view_equal(name, view_of(ARGUMENTS[i]))) return true;
    return false;
}

/* Of a row, which is an argument of its matrix too. */
static bool is_row(view name)
{
    return view_equal(name, VIEW("mr"));
}

static void note_mark(office_math *m, view name, xml_attributes attributes)
{
    view none = {NULL, 0}, mark = xml_attribute(attributes, "val");
    if (view_equal(name, VIEW("begChr")))
        formula_marks(&m->written, mark, none, none);
    else if (view_equal(name, VIEW("endChr")))
        formula_marks(&m->written, none, mark, none);
    else if (view_equal(name, VIEW("sepChr")))
        formula_marks(&m->written, none, none, mark);
    else if (view_equal(name, VIEW("chr")) && mark.size < sizeof m->sign) {
        memset(m->sign, 0, sizeof m->sign);
        if (mark.size) memcpy(m->sign, mark.data, mark.size);
    }
}

void office_math_start(office_math *m, view name, xml_attributes attributes, buffer *out)
{
    if (view_equal(name, VIEW("oMath"))) {
        if (m->depth++ == 0) {
            formula_init(&m->written, out);
            m->written.is_apart = true;
        }
        return;
    }
    if (m->depth == 0) return;
    const formula_kind *kind = kind_of(name);
    if (view_equal(name, VIEW("r")) && formula_ends_with_name(&m->written))
        m->written.is_apart = true; // "sin" and "x" are two runs
    if (is_row(name) || is_argument(name)) {
        formula_operator(&m->written, view_of(m->sign));
        formula_argument(&m->written);
    }
    if (kind) formula_begin(&m->written, *kind);
    if (kind && *kind == FORMULA_OPERATOR) memcpy(m->sign, "∫", sizeof "∫");
    note_mark(m, name, attributes);
}

void office_math_end(office_math *m, view name)
{
    if (m->depth == 0) return;
    if (view_equal(name, VIEW("oMath"))) {
        m->depth--;
        return;
    }
    if (kind_of(name)) formula_end(&m->written);
    if (is_row(name) || is_argument(name)) formula_argument_end(&m->written);
}
