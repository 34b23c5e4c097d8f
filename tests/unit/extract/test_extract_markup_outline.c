/* Headings of reStructuredText, Org, AsciiDoc, Typst and LaTeX; the text stays the file. What is a title is as docutils
 * 0.21, Org 9.6, Asciidoctor 2.0 and LaTeX see it. */
#include "extracted.h"

#include "extract/markup_outline.h"

/* headings  "path" of each, with "; " between them */
static void expect(const char *name, const char *text, const char *title, const char *headings)
{
    extracted e;
    buffer found;
    buffer_init(&found, 1 << 16);
    extracted_expect(&e, name, view_of(text), 1);
    const document *d = &e.found.documents[0];
    for (uint32_t i = 0; i < d->heading_count; i++)
        buffer_printf(&found, "%s%.*s", i ? "; " : "", VIEW_ARG(d->headings[i].path));
    if (!view_equal(buffer_view(&found), view_of(headings)))
        fail_msg("%s has '%.*s', not '%s'", name, VIEW_ARG(buffer_view(&found)), headings);
    assert_view(d->text, text);
    assert_true(d->text_is_file);
    assert_view(d->title, title);
    buffer_done(&found);
    extracted_done(&e);
}

static void titles_of_restructured_text_have_lines_below_or_around_them(void **state)
{
    (void)state;
    expect(
        "a.rst",
        "====\nGate\n====\n\nOpening\n-------\nAt seven.\n\nKeys\n~~~~\nBlue.\n\nClosing\n-------\n"
        "At nine.\n",
        "Gate", "Gate; Gate > Opening; Gate > Opening > Keys; Gate > Closing");
    // A transition, a table, a listing and a line that is too short are none.
    expect("b.rst",
           "Gate\n====\n\ntext\n\n----\n\nmore::\n\n    Code\n    ====\n\n==== ====\nA    B\n==== "
           "====\n\n"
           "too short\n---\n",
           "Gate", "Gate");
    expect("c.rst", "\xD0\x92\xD0\xBE\xD1\x80\xD0\xBE\xD1\x82\xD0\xB0\n======\n",
           "\xD0\x92\xD0\xBE\xD1\x80\xD0\xBE\xD1\x82\xD0\xB0",
           "\xD0\x92\xD0\xBE\xD1\x80\xD0\xBE\xD1\x82\xD0\xB0");
}

static void stars_are_headlines_of_org(void **state)
{
    (void)state;
    expect("a.org",
           "#+TITLE: The Gate\n* TODO Opening :work:home:\ntext\n** Keys\n#+begin_src org\n* none\n"
           "#+end_src\n*bold* text\n* Closing: at nine\n",
           "The Gate", "Opening; Opening > Keys; Closing: at nine");
    expect("b.org", "no headline\n", "", "");
}

static void equals_signs_and_lines_are_titles_of_asciidoc(void **state)
{
    (void)state;
    expect("a.adoc",
           "= Gate\nAnn Lee\n\n== Opening\n\n----\n== none\n----\n\n....\n=== none\n....\n\n=== "
           "Keys\n\n"
           "== Closing\n",
           "Gate", "Gate; Gate > Opening; Gate > Opening > Keys; Gate > Closing");
    expect("b.asciidoc",
           "gate(1)\n=======\n\nNAME\n----\ngate\n\n[verse]\n----\nOPTIONS\n-------\n----\n\nEXIT "
           "STATUS\n"
           "-----------\n",
           "gate(1)", "gate(1); gate(1) > NAME; gate(1) > EXIT STATUS");
    expect("a.typ", "= Gate\n== Keys\n```typ\n= none\n```\n#let a = 1\n= End\n", "Gate",
           "Gate; Gate > Keys; End");
}

static void sections_are_commands_of_latex(void **state)
{
    (void)state;
    expect(
        "a.tex",
        "\\documentclass{article}\n\\title{The \\emph{Gate}}\n\\begin{document}\n"
        "\\section{Opening \\& closing}\ntext\n  \\subsection*{Keys}\\label{k}\n% \\section{none}\n"
        "\\begin{verbatim}\n\\section{none}\n\\end{verbatim}\n\\section[Short]{A long\ntitle}\n"
        "\\sectionmark{none}\n\\end{document}\n",
        "The Gate", "Opening & closing; Opening & closing > Keys; A long title");
    expect("b.tex", "\\chapter{One}\n\\section{Two}\n\\section{broken\n", "", "One; One > Two");
}

/* Twice through the limit. */
static void headings_are_bounded(void **state)
{
    (void)state;
    buffer text;
    for (int n = 0; n < 2; n++) {
        extracted e;
        buffer_init(&text, 8 << 20);
        for (int i = 0; i < 2 * MARKUP_MAX_HEADINGS; i++)
            buffer_printf(&text, n ? "* t%d\n" : "\\section{t%d}\n", i);
        extracted_expect(&e, n ? "a.org" : "a.tex", buffer_view(&text), 1);
        assert_int_equal(e.found.documents[0].heading_count, MARKUP_MAX_HEADINGS);
        extracted_done(&e);
        buffer_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_of_restructured_text_have_lines_below_or_around_them),
        cmocka_unit_test(stars_are_headlines_of_org),
        cmocka_unit_test(equals_signs_and_lines_are_titles_of_asciidoc),
        cmocka_unit_test(sections_are_commands_of_latex),
        cmocka_unit_test(headings_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
