/* HTML: what a reader of the page sees, as text with structure. */
#include "extracted.h"

static void expect_text(const char *html, const char *text)
{
    extracted e;
    extracted_expect(&e, "a.html", view_of(html), 1);
    assert_view(e.found.documents[0].text, text);
    extracted_done(&e);
}

static void a_page_gives_title_headings_and_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "page.html",
        VIEW("<!DOCTYPE html><html><head><title> The  page </title><style>p{}</style></head>"
             "<body><h1>Guide</h1><p>First &amp; <b>second</b>\nline.</p>"
             "<h2>Install</h2><p>Then.<script>var x = '<p>no</p>';</script></body></html>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "The  page");
    assert_field(d, "title", "The  page");
    assert_field(d, "type", "html");
    assert_view(d->text, "Guide\n\nFirst & second line.\n\nInstall\n\nThen.");
    assert_false(d->text_is_file);
    assert_int_equal(d->heading_count, 2);
    assert_heading(d, 0, "Guide\n", "Guide");
    assert_heading(d, 1, "Install\n", "Guide > Install");
    extracted_done(&e);
}

static void without_a_title_the_first_h1_is_it(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.htm", VIEW("<h1>One</h1>text"), 1);
    assert_view(e.found.documents[0].title, "One");
    extracted_done(&e);
}

static void headings_in_headings_and_in_entries_begin_at_their_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<h1>One<h2>Two</h1>text<ul><li><h3>Three</h3></ul><h4></h4>"), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "One\n\nTwo\n\ntext\n\n- Three");
    assert_int_equal(d->heading_count, 3);
    assert_heading(d, 0, "One", "One");
    assert_heading(d, 1, "Two", "One > Two");
    assert_heading(d, 2, "Three", "One > Two > Three");
    extracted_done(&e);
    // One without its end tag is no longer than its line; one around a paragraph is a heading still.
    extracted_expect(&e, "a.html", VIEW("<h1>Keys<p>By the door.<h2><p>Locks</p></h2>Two."), 1);
    d = &e.found.documents[0];
    assert_view(d->text, "Keys\n\nBy the door.\n\nLocks\n\nTwo.");
    assert_int_equal(d->heading_count, 2);
    assert_heading(d, 0, "Keys", "Keys");
    assert_heading(d, 1, "Locks", "Keys > Locks");
    extracted_done(&e);
}

static void blocks_are_apart_and_inline_marks_are_not(void **state)
{
    (void)state;
    expect_text("<div>one</div><div>two</div>", "one\n\ntwo");
    expect_text("a<i>b</i>c <span>d</span>", "abc d");
    expect_text("line<br>next<br><br>para", "line\nnext\n\npara");
    expect_text("<p>unclosed<p>second", "unclosed\n\nsecond");
}

static void lists_are_lines_with_dashes(void **state)
{
    (void)state;
    expect_text("<p>Buy:</p><ul><li>milk<li>bread<ul><li>rye</ul></ul>end",
                "Buy:\n\n- milk\n- bread\n- rye\n\nend");
}

static void table_rows_name_their_columns(void **state)
{
    (void)state;
    expect_text("<table><tr><th>Name<th>Age</tr><tr><td>Ann</td><td><p>7</p></td></tr>"
                "<tr><td></td><td>8</td></tr></table>after",
                "Name | Age\nName: Ann | Age: 7\nAge: 8\n\nafter");
    expect_text("<table><caption>Hours</caption><thead><tr><td>Branch<td>Day<td>Open</thead>"
                "<tr><td rowspan=2>Kiel<td>Monday<td>8-12<tr><td>Tuesday<td>9-17</table>",
                "Hours\n\nBranch | Day | Open\nBranch: Kiel | Day: Monday | Open: 8-12\n"
                "Branch: Kiel | Day: Tuesday | Open: 9-17");
    expect_text("<table><tr><th>Weight<td>5 kg<tr><th>Colour<td>red</table>",
                "Weight: 5 kg\nColour: red");
}

/* HTML allows to leave out the end tags of rows and of their groups. */
static void rows_behind_an_open_head_are_no_header(void **state)
{
    (void)state;
    expect_text(
        "<table><thead><tr><th>Bolt<th>Torque<tbody><tr><td>M5<td>6<tr><td>M6<td>10</table>",
        "Bolt | Torque\nBolt: M5 | Torque: 6\nBolt: M6 | Torque: 10");
}

static void a_layout_table_is_text(void **state)
{
    (void)state;
    expect_text("<table role=presentation><tr><td>left<td>right</table>", "left\n\nright");
    expect_text("<table><tr><td><table><tr><th>Name<th>Age<tr><td>Ann<td>7</table><td>side</table>",
                "Name | Age\nName: Ann | Age: 7\n\nside");
    expect_text("<table><tr><td><h2>News</h2>text<td>more</table>", "News\n\ntext\n\nmore");
}

static void lists_have_their_numbers(void **state)
{
    (void)state;
    expect_text("<ol start=3><li>c<li>d<ol type=a><li>x<li value=5>y</ol><li>e</ol>",
                "3. c\n4. d\na. x\ne. y\n5. e");
    expect_text("<ol reversed><li>b<ul><li>n</ul><li>a</ol>", "2. b\n- n\n1. a");
    expect_text("<ol type=I start=4><li>four<li>five</ol>", "IV. four\nV. five");
    expect_text("<ol type=i start=388><li>a<li value=399>b<li>c<li value=0>d</ol>",
                "ccclxxxviii. a\ncccxcix. b\n400. c\n0. d");
    expect_text("<ol type=A start=26><li>a<li>b<li value=-1>c</ol>", "Z. a\n27. b\n-1. c");
    expect_text("<ol start=99999999999><li>one<li></ol>", "1. one");
}

static void lists_count_as_their_style_or_class_says(void **state)
{
    (void)state;
    expect_text("<ol class='loweralpha simple'><li>one<li>two</ol>", "a. one\nb. two"); // docutils
    expect_text("<ol style='margin:0; list-style-type: upper-roman'><li>x<li>y</ol>",
                "I. x\nII. y");
    expect_text("<ol class=lowerroman type=i start=3><li>c<li>d</ol>", "iii. c\niv. d");
    expect_text("<ol style='list-style: none'><li>(1) Own mark.<li>(2) Next.</ol>",
                "- (1) Own mark.\n- (2) Next.");
}

static void numbers_of_lines_are_no_part_of_a_listing(void **state)
{
    (void)state;
    expect_text("<div class=highlight><pre><span class=linenos>1</span>open()\n"
                "<span class=linenos>2</span>close()</pre></div>",
                "open()\nclose()"); // Sphinx
    // The page may end within the end tag: nothing behind it is looked at.
    for (size_t end = 0; end <= sizeof "</b>" - 1; end++) {
        char *page = malloc(64); // of its own, so that a sanitizer sees where it ends
        int size = snprintf(page, 64, "<p>x <b class=ln>12%.*s", (int)end, "</b>");
        view exact = {realloc(page, (size_t)size), (size_t)size};
        extracted e;
        extracted_expect(&e, "a.html", exact, 1);
        extracted_done(&e);
        free((char *)exact.data);
    }
    expect_text("<table class=highlighttable><tr><td class=linenos><div class=linenodiv><pre>1\n2"
                "</pre></div><td class=code><pre>open()\nclose()</pre></table><p>Then.",
                "open()\nclose()\n\nThen."); // Pygments, MkDocs
    expect_text("<table class=lntable><tr><td class=lntd><pre><code><span class=lnt>1\n</span>"
                "<span class=lnt>2\n</span></code></pre></td><td class=lntd><pre><code>a\nb"
                "</code></pre></td></table>",
                "a\nb"); // Hugo
    expect_text("<table><tr><td><pre><code><span style='color:red;user-select:none'>1\n</span>"
                "</code></pre></td><td><pre><code>a\n</code></pre></td></tr></table>"
                "<p>Note.&nbsp;<a href='#r1' role=doc-backlink>&#x21a9;&#xfe0e;</a>",
                "a\n\n\nNote. "); // Hugo without classes
    expect_text("<p>On line <span class=ln>12 ff.</span>", "On line 12 ff.");
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<h2 id=code>Code</h2><pre><a id=l1></a>x\n<a id=l2></a>y</pre>"
                          "<p>behind it</p>"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->marks[d->mark_count - 1].name, "code");
    assert_view(view_slice(d->text, d->marks[d->mark_count - 1].offset, d->text.size), "behind it");
    extracted_done(&e);
}

static void tabs_icons_and_tables_of_contents(void **state)
{
    (void)state;
    expect_text("<div><input checked name=t type=radio><input name=t type=radio><div>"
                "<label>Linux</label><label>Windows</label></div></div><p>Run it.",
                "Linux Windows\n\nRun it."); // MkDocs
    expect_text("<input type=radio name=a checked> yes <input type=radio name=a> no",
                "selected yes not selected no");
    expect_text("<table><tr><td><i class='fa icon-tip' title=Tip></i><td>Mind it.</table>",
                "Tip | Mind it."); // Asciidoctor
    expect_text("<h1>T</h1><div id=toc class=toc><div id=toctitle>Contents</div><ul><li><a "
                "href=#a>A</a></ul></div><p>It is <span class=line-through>gone</span> kept.",
                "T\n\nIt is ~~gone~~ kept.");
}

static void readings_are_left_out(void **state)
{
    (void)state;
    expect_text(
        "<p><ruby>\u7dca\u6025<rt>\u304d\u3093</rt></ruby><ruby>\u505c<rp>(<rt>\u3066\u3044<rp>)"
        "</ruby>\u6b62",
        "\u7dca\u6025\u505c\u6b62");
    expect_text("<ruby>\u7dca<rb>\u6025<rtc><rt>a<rt>b</rtc></ruby>x", "\u7dca\u6025x");
    expect_text("<p>a<rt>never closed<p>b", "a\n\nb");
}

static void raised_text_and_formulas_are_on_one_line(void **state)
{
    (void)state;
    expect_text("<p>10<sup>6</sup> ohm, revenue<sup>3</sup> of H<sub>2</sub>O, 1<sup>st</sup>",
                "10^6 ohm, revenue \u00b3 of H2O, 1st");
    expect_text("<p>is <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> by weight",
                "is 1/2 by weight");
    expect_text("<m:math><m:semantics><m:mrow><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup>"
                "<m:mo>=</m:mo><m:msqrt><m:mi>a</m:mi><m:mo>+</m:mo><m:mn>1</m:mn></m:msqrt>"
                "</m:mrow><m:annotation>x^2</m:annotation></m:semantics></m:math>",
                "x^2=sqrt(a+1)");
    expect_text("<math><mroot><mi>x</mi><mn>3</mn></mroot><mfenced><mi>a</mi><mi>b</mi></mfenced>"
                "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>",
                "root(3, x)(a, b)x_1^2");
}

static void blocks_end_a_formula_and_its_parts_are_no_places(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.html",
        VIEW("<h1>One</h1><p>Let <math id=e><mroot><mi id=i>éé</mi><mrow id=r><mi>é"
             "</mi><mo id=o>+</mo><mi id=u>éb</mi></mrow></mroot></math> be.</p>"
             "<math><mroot><mi>ééé</mi><h2>éTwo</h2></mroot><mn>3</mn></math>"
             "<p>text<math><mfrac><mn>1</mn><ul><li>a<li>b</ul></mfrac></math>"
             "<math><mfrac><mn>1</mn><table><tr><td>c<td>d</table><mn>2</mn></mfrac></math>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "One\n\nLet root(é+éb, éé) be.\n\nééé\n\néTwo\n\n3\n\n"
                         "text 1\n\n- a\n- b\n\n1\n\nc | d\n\n2");
    assert_heading(d, 1, "éTwo\n", "One > éTwo");
    assert_int_equal(d->mark_count, 1);
    assert_view(d->marks[0].name, "e");
    extracted_done(&e);
}

static void a_raised_link_within_the_page_is_the_sign_of_a_note(void **state)
{
    (void)state;
    expect_text("<p>The new<sup id=r1><a href='#fn1'>1</a></sup> fee is 300"
                "<sup><a href='#fn2'>2</a></sup> euro<a href='#fn3'><sup>3</sup></a>. The area is "
                "5 m<sup>2</sup>, or 10<sup><a href='units.html'>6</a></sup> dots.",
                "The new ¹ fee is 300 ² euro ³. The area is 5 m^2, or 10^6 dots.");
}

static void style_sheets_raise_lower_and_strike_by_class(void **state)
{
    (void)state;
    expect_text("<style>/* .n {vertical-align: super} */ p { color: red }\n"
                "@media screen { .c1, span.c2{font-size:70%; vertical-align : super} }\n"
                ".low{vertical-align:sub}p .no,.x:hover{vertical-align:super}\n"
                ".old { text-decoration: line-through }</style>"
                "<p>10<span class=c1>6</span> m, H<small class='a low'>2</small>O, the rent"
                "<i class=c2><span>3</span></i> is <span class=old>5 EUR</span> 6 <b class=no>7</b>"
                " 8<span class=n>9</span>.<p class=old>Gone.",
                "10^6 m, H2O, the rent ³ is ~~5 EUR~~ 6 7 89.\n\n~~Gone.~~");
    expect_text("<style>.s4{font-size: 0.58em; position: relative; top: -0.33em; vertical-align: "
                "baseline} .s5{font-size:58%;position:relative;top:0.1em;vertical-align:baseline}"
                ".s6{position:relative;top:-2px;margin-top:-1em;vertical-align:top}</style>"
                "<p>10<span class=s4>3</span> H<span class=s5>2</span>O 1<b class=s6>2</b>",
                "10^3 H2O 12"); // LibreOffice
    expect_text("<style>.a{/*text-decoration:line-through*/}/*\n.b{top:0}\n.b{text-decoration:"
                "line-through}\n*/.c{color:red;/* vertical-align:super */vertical-align:sub}"
                ".my-line-through{text-decoration:line-through}</style><p class=a>A</p><p class=b>B"
                "</p><p>H<b class=c>2</b>O <b class=my-line-through>gone</b></p><p><i "
                "class=text-decoration-line-through>1</i> 2",
                "A\n\nB\n\nH2O ~~gone~~\n\n~~1~~ 2"); // comments; Bootstrap's class
    expect_text("<p>10<span style='vertical-align:super'>6</span> m, x<span style=\"font-size:80%;"
                "vertical-align:sub\">1</span>.",
                "10^6 m, x1.");
}

static void no_break_spaces_that_fill_are_blanks(void **state)
{
    (void)state;
    expect_text(
        "<p>Dear Bob,</p><p><o:p>&nbsp;</o:p></p><p>&nbsp;&nbsp; the price is 1.150&nbsp;EUR."
        "</p><p>1.<span>&nbsp;&nbsp;&nbsp; </span>Free delivery</p><p><b>5</b>&nbsp;<i>m</i>",
        "Dear Bob,\n\nthe price is 1.150\xC2\xA0"
        "EUR.\n\n1.\xC2\xA0"
        "Free delivery\n\n5\xC2\xA0m");
    expect_text(
        "<pre>a &nbsp; b</pre><table><tr><th>Item<th>Price<th>No<tr><td>Lamp<td>&nbsp;<td>2<tr><td>"
        "Desk<td>5<td>3</table>",
        "a \xC2\xA0 b\n\nItem | Price | No\nItem: Lamp | No: 2\nItem: Desk | Price: 5 | No: 3");
}

static void the_rule_that_counts_for_a_class_is_that_of_a_screen(void **state)
{
    (void)state;
    expect_text(
        "<style>@media print { .old{text-decoration:line-through} .n{vertical-align:super} }"
        "@media only screen and (min-width:9em){.up{vertical-align:super}}"
        "@media screen, print{.gone{text-decoration:line-through}} @media not print{.low{"
        "vertical-align:sub}}</style><style media=print>.a{text-decoration:line-through}"
        "</style><p><b class=old>5 EUR</b> 8<b class=n>9</b> 10<b class=up>3</b> "
        "<b class=gone>7 EUR</b> H<b class=low>2</b>O <b class=a>one</b>",
        "5 EUR 89 10^3 ~~7 EUR~~ H2O one");
    // The later rule, the more exact one, and the element's own style.
    expect_text(
        "<style>.a{text-decoration:line-through;color:red} .b{vertical-align:super}"
        "a:hover{text-decoration:none} .a, p{text-decoration:none} .b{vertical-align:baseline}"
        "b.c{text-decoration:line-through} .c{text-decoration:underline}"
        ".d{text-decoration:none} .d{text-decoration:line-through}</style>"
        "<p><b class=a>one</b> 1<b class=b>2</b> <b class=c>two</b> <b class=d>three</b> "
        "<b class=d style='text-decoration: none'>four</b> <b class=d style='color:red'>five"
        "</b><p class=d style='text-decoration:none'>Six.",
        "one 12 ~~two three~~ four ~~five~~\n\nSix.");
    // A block for paper says nothing of the rules before and behind it.
    expect_text("<style>.a{text-decoration:line-through} @media print{.a{color:red}} "
                ".b{vertical-align:super} @media print{.b{vertical-align:baseline}} "
                ".c{text-decoration:line-through}</style><p><b class=a>one</b> 1<b class=b>2</b> "
                "<b class=c>two</b>",
                "~~one~~ 1^2 ~~two~~");
    // What the line looks like takes none away.
    expect_text("<style>.a, .n{text-decoration:line-through} .r{text-decoration-color:red}"
                ".n{text-decoration-line:none} @media only print{.p{vertical-align:super}}</style>"
                "<p><b class='a r'>one</b> <b class=a style='text-decoration-thickness:2px'>two"
                "</b> <b class=n>three</b> 1<b class=p>2</b>",
                "~~one two~~ three 12");
}

static void classes_on_several_lines_and_comments_that_begin_like_ends_are_read(void **state)
{
    (void)state;
    expect_text("<style>.a{/*/ text-decoration:line-through */color:red}</style><p class=a>A</p>"
                "<h2>Rent<span class='x\n mw-editsection\ty'>[Edit]</span></h2><p>B",
                "A\n\nRent\n\nB");
}

static void places_within_struck_text_stand_where_it_goes_on(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<p id=p><del>a</del><del id=x>日本</del> b <s>éé<sup id=n>1"
                          "</sup></s> <s id=y>日</s> <s id=z>本</s>"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "~~a日本~~ b ~~éé^1 日 本~~");
    static const char *const PLACES[][2] = {
        {"p", "~~a"}, {"x", "日本~~"}, {"n", "^1"}, {"y", " 日"}, {"z", " 本"}};
    assert_int_equal(d->mark_count, 5);
    for (uint32_t i = 0; i < d->mark_count; i++) {
        assert_view(d->marks[i].name, PLACES[i][0]);
        view text = view_slice(d->text, d->marks[i].offset, d->text.size);
        assert_true(view_starts_with(text, view_of(PLACES[i][1])));
    }
    extracted_done(&e);
}

static void places_of_signs_that_go_before_a_full_stop_go_with_them(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<p>Du texte !<sup id=x>1</sup> 日.<sup id=y><a href='#n'>12</a></sup>"
                          " Text .<sup id=z>3</sup>"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Du texte ¹! 日 ¹². Text ³.");
    static const char *const PLACES[][2] = {{"x", "¹!"}, {"y", " ¹²."}, {"z", "³."}};
    assert_int_equal(d->mark_count, 3);
    for (uint32_t i = 0; i < d->mark_count; i++) {
        assert_view(d->marks[i].name, PLACES[i][0]);
        view text = view_slice(d->text, d->marks[i].offset, d->text.size);
        assert_true(view_starts_with(text, view_of(PLACES[i][1])));
    }
    extracted_done(&e);
}

static void what_is_raised_between_cells_looks_at_the_text_that_there_is(void **state)
{
    (void)state;
    // What is in a table and in no cell stands before the table (HTML 13.2.6.1, foster parenting).
    expect_text(
        "<table><tr><td>one<br>two<td>x<tr><td>one<br>two<td>x<br>y</td><sup>2</sup></table>",
        "²\n\none two | x\none two | x y");
}

static void questions_are_headings_of_their_answers(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.html",
        VIEW("<h1>Help</h1><div><div><button>Can I return it?</button></div>"
             "<div style='display: none'>Yes.</div></div><details><summary>How late?</summary>"
             "<p>14 days.</p></details><p>Goodbye.</p><button>Send</button>"
             "<h2><button>In a heading?</button></h2><p>Text."),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Help\n\nCan I return it?\n\nYes.\n\nHow late?\n\n14 days.\n\nGoodbye."
                         "\n\nIn a heading?\n\nText.");
    assert_heading(d, 1, "Can I", "Help > Can I return it?");
    assert_heading(d, 2, "How late?", "Help");
    assert_heading(d, 3, "How late?", "Help > How late?");
    assert_heading(d, 4, "Goodbye.", "Help");
    assert_heading(d, 5, "In a heading?", "Help > In a heading?");
    extracted_done(&e);
}

static void what_is_hidden_is_left_out_unless_a_control_shows_it(void **state)
{
    (void)state;
    expect_text("<p hidden>a<p>b<span aria-hidden=true>c <b>d</b></span>e<i style='display:none'>f"
                "</i><img hidden alt=x>",
                "be");
    expect_text("<div style='color:red;DISPLAY : none'>a<div>b</div></div>c", "c");
    expect_text("<a href='#more'>More</a><div id=more hidden>kept</div>", "More\n\nkept");
    expect_text("<div id=x hidden>gone</div>kept", "kept");
    expect_text("<p>a<span hidden>never closed</p><p>b", "a\n\nb");
    // What has no end tag hides nothing behind it.
    expect_text("<body><p>a<wbr hidden>b<img hidden src=x>c<source hidden>d<link hidden>e</p>"
                "<wbr class=mw-editsection><hr role=navigation><p>f</p></body>",
                "abcde\n\nf");
}

static void attributes_that_carry_content_are_text(void **state)
{
    (void)state;
    expect_text("<img alt='Plan: exit &amp; stairs'><img alt=''><img alt='a.png'>",
                "Plan: exit & stairs");
    expect_text("<input type=checkbox checked> a <input type=checkbox> b <input type=radio> c",
                "checked a unchecked b not selected c");
    expect_text("<input value=Bob><input type=hidden value=x><input type=submit value=Go>", "Bob");
    expect_text("<i aria-label='included'></i><span role=img aria-label='<no>'>X</span>",
                "included <no>");
    expect_text("The <abbr title='World Health Organization'>WHO</abbr>, <abbr title='World Health "
                "Organization'>WHO</abbr>",
                "The WHO (World Health Organization), WHO");
    expect_text("<svg><title>Warning</title><desc>Hot</desc><path/></svg> here",
                "Warning Hot here");
    expect_text("<textarea>a <b> c</textarea><select><option>x<option selected>y</select>",
                "a <b> c\n\n- x\n- y (selected)");
    expect_text("<dl><dt>Bolt<dd>A screw.<dt>Why?<dd><p>So.</dl>", "Bolt: A screw.\nWhy? So.");
    expect_text(
        "<dl><dt>Monday<dt><b>Tuesday</b></dt>\n<dd>9 to 5<dt>Friday<dd><dt>Sunday<dd>closed</dl>",
        "Monday, Tuesday: 9 to 5\nFriday\nSunday: closed");
    expect_text("<dl><dt>Bolt<dt></dl><p>text", "Bolt\n\ntext");
    expect_text("<dl><dt>Bolt<dd></dl><p>text", "Bolt\n\ntext");
    expect_text("<dl><dt>Bolt<dd>A screw.<dt><dt>Nut<dt><dd>A ring.</dl>",
                "Bolt: A screw.\nNut: A ring.");
    expect_text("<dl><dt>Bolt<dd>A screw.<dt><dd>A ring.</dl>", "Bolt: A screw.\nA ring.");
    expect_text("<dl><dt>Bolt</dl><dl><dt>Nut<dd>A ring.</dl>", "Bolt\n\nNut: A ring.");
    expect_text("<table><tr><td>a<td>b<tr><td>c<td><dl><dt>Bolt<dt></dl></table><p>text",
                "a | b\nc | Bolt\n\ntext");
}

static void navigation_counts_where_it_is_the_content(void **state)
{
    (void)state;
    expect_text("<nav><a href=a>One</a> <a href=b>Two</a></nav>", "One Two");
    expect_text("<nav><a href=a>One</a></nav><p>text", "text");
    expect_text("<nav><p>Take the bus to the old market, then walk along the river until the mill."
                "</p><a href=m>Map</a></nav><p>text",
                "Take the bus to the old market, then walk along the river until the mill.\n\n"
                "Map\n\ntext");
    expect_text("a<noscript>Call 555.</noscript><noscript>Enable JavaScript</noscript>",
                "a\nCall 555.");
}

static void pages_of_old_have_their_text(void **state)
{
    (void)state;
    expect_text("<frameset cols=20%,*><frame name=a><noframes><body><p>Call "
                "<b>4711</b>.</body></noframes></frameset>",
                "Call 4711.");
    expect_text("<p>Log<plaintext>if a < b then <print>\n&amp; stop",
                "Log\n\nif a < b then <print>\n& stop");
}

static void cells_by_role_do_not_touch(void **state)
{
    (void)state;
    expect_text(
        "<div role=table><div role=row><span role=columnheader>Plan</span><span "
        "role=columnheader>Fee</span></div>"
        "<div role=row><span role=cell>Basic</span><span role=gridcell>5 EUR</span></div></div>",
        "Plan | Fee\nPlan: Basic | Fee: 5 EUR");
    expect_text("<span role=row><span role=cell>a</span><span role=cell>b</span></span><span "
                "role=row>c</span>",
                "a b\nc");
}

static void parts_of_a_table_by_role_are_its_parts(void **state)
{
    (void)state;
    expect_text(
        "<div role=grid><div role=rowgroup><div role=row><div role=columnheader><div>Plan</div>"
        "</div><div role=columnheader>Fee</div></div></div><div role=rowgroup><div role=row>"
        "<div role=rowheader><div><div>Basic</div></div></div><div role=gridcell><p>5</p></div>"
        "</div></div></div><div>behind</div>",
        "Plan | Fee\nPlan: Basic | Fee: 5\n\nbehind");
    expect_text("<ul role=table><li role=row><span role=columnheader>Both</span>"
                "<li role=row></ul><p>end",
                "Both\n\nend");
    // A part by its name, one without a row or table around it, and one that is hidden.
    expect_text(
        "<table role=grid><tr role=row><th role=columnheader>A<th>B<tr><td role=gridcell>1<td>2"
        "</table>",
        "A | B\nA: 1 | B: 2");
    expect_text("<div role=row><div role=cell>a</div><div role=cell>b</div></div>", "a\n\nb");
    expect_text("<div role=table hidden><div role=row>x</div></div><p>y", "y");
}

static void anchors_are_places(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "faq.html",
        VIEW("<p id=banner>before</p><main id=m><section id=q1><h2 id=q2>Two</h2>text</section>"
             "<a name=q3></a>three<table><tr><th>A<th>B<tr id=r><td>1<td>2</table>"
             "<p id=unused></p></main>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Two\n\ntext\n\nthree\n\nA | B\nA: 1 | B: 2");
    assert_int_equal(d->mark_count, 3);
    assert_view(d->marks[0].name, "q2");
    assert_int_equal(d->marks[0].kind, PLACE_ANCHOR);
    assert_view(d->marks[1].name, "q3");
    assert_view(d->marks[2].name, "r");
    assert_true(
        view_starts_with(view_slice(d->text, d->marks[2].offset, d->text.size), VIEW("A: 1")));
    extracted_done(&e);
}

static void what_is_not_read_is_told(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("a<iframe src=x></iframe><object data=y></object>"
                          "<svg><text>label</text></svg><iframe></iframe>"),
                     1);
    assert_int_equal(e.found.notices.count, 3);
    assert_view(e.found.notices.texts[0], "a page within the page (iframe, frame) is not read");
    extracted_done(&e);
}

static void preformatted_text_keeps_its_lines(void **state)
{
    (void)state;
    expect_text("<p>see</p><pre>\nint  x;\n  y;\n</pre>done", "see\n\nint  x;\n  y;\n\n\ndone");
}

#define MENU                                                                                       \
    "<ul><li><a href=a>Home</a><li><a href=b>Shop</a><li><a href=c>News</a><li><a "                \
    "href=d>About</a></ul>"

static void menus_without_a_role_are_known_by_their_place(void **state)
{
    (void)state;
    expect_text("<title>A page with a long title, of which a browser shows the first half in its "
                "tab bar.</title>"
                "<div>" MENU "</div><h1>Mill</h1><p>text</p>",
                "Mill\n\ntext");
    expect_text("<h1>Mill</h1><p>text</p><footer>" MENU "</footer>", "Mill\n\ntext");
    expect_text("<h1>Mill</h1><ul class='main-nav'><li><a href=a>One</a><li><a href=b>Two</a>"
                "<li><a href=c>Three</a><li><a href=d>Four</a></ul><p>text</p>",
                "Mill\n\ntext");
}

static void lists_of_links_that_are_content_stay(void **state)
{
    (void)state;
    expect_text("<h1>See</h1>" MENU, "See\n\n- Home\n- Shop\n- News\n- About"); // below a heading
    expect_text(MENU "<p>text</p>", "- Home\n- Shop\n- News\n- About\n\ntext"); // no heading at all
    expect_text(
        "<ul class=unavailable><li><a href=a>One</a><li><a href=b>Two</a><li><a href=c>Three</a>"
        "<li><a href=d>Four</a></ul>text",
        "- One\n- Two\n- Three\n- Four\n\ntext");
    expect_text("<header><ul><li><a href=a>One</a> says this<li><a href=b>Two</a> says that<li><a "
                "href=c>Three"
                "</a><li><a href=d>Four</a></ul></header><h1>x</h1>",
                "- One says this\n- Two says that\n- Three\n- Four\n\nx");
    expect_text(MENU, "- Home\n- Shop\n- News\n- About"); // the page is nothing else
}

static void scripts_navigation_and_controls_are_left_out(void **state)
{
    (void)state;
    expect_text("<nav><ul><li>Home</ul></nav><p>text</p><noscript></noscript>"
                "<svg><text>x</text></svg><button>Go</button><!-- note --><template>t</template>",
                "text");
    expect_text("<SCRIPT>if (a</b) {</SCRIPT >kept", "kept");
    expect_text("kept<script>never closed <p>gone", "kept");
}

static void the_main_part_is_taken_when_the_page_marks_it(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.html",
        VIEW("<header>Site</header><h2>Menu</h2><main><h1>Topic</h1><p>Text.</p></main>"
             "<footer>Imprint</footer>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Topic\n\nText.");
    assert_int_equal(d->heading_count, 1);
    assert_heading(d, 0, "Topic", "Topic");
    extracted_done(&e);
    expect_text("<p>all</p><main></main><p>of it</p>", "all\n\nof it");
}

static void entities_are_decoded(void **state)
{
    (void)state;
    expect_text("&lt;b&gt; &auml;&#228;&#xE4; &copy; &unknown; 1 < 2 & 3",
                "<b> \xC3\xA4\xC3\xA4\xC3\xA4 \xC2\xA9 &unknown; 1 < 2 & 3");
    expect_text("&copy 2024 it&#146;s &check; a&nbspb",
                "\xC2\xA9 2024 it\xE2\x80\x99s \xE2\x9C\x93 a&nbspb");
    expect_text("<a name='a&amp;b'></a>x<img alt='R&amp;D'>", "x R&D");
}

static void attributes_do_not_leak(void **state)
{
    (void)state;
    expect_text("<p title='a > b' data-x=\"</p>\" onclick=it's>text</p>", "text");
    expect_text("<a href=x/>link</a> <br/>next", "link\nnext");
}

static void other_encodings_are_decoded_before_parsing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html", VIEW("<meta charset='iso-8859-1'><p>caf\xE9</p>"), 1);
    assert_view(e.found.documents[0].text, "caf\xC3\xA9");
    extracted_done(&e);
    // A declaration that the bytes contradict is not believed.
    extracted_expect(&e, "a.html", VIEW("<meta charset='iso-8859-1'><p>caf\xC3\xA9</p>"), 1);
    assert_view(e.found.documents[0].text, "caf\xC3\xA9");
    extracted_done(&e);
}

static void append_times(buffer *out, int times, const char *text)
{
    for (int i = 0; i < times; i++)
        buffer_append_text(out, text);
}

/* What stands beside what is nested too deep keeps its structure. */
static void a_page_that_nests_too_deep_loses_no_text(void **state)
{
    (void)state;
    buffer page;
    buffer_init(&page, 1 << 20);
    buffer_append_text(&page, "<main><h2>Head</h2>");
    append_times(&page, 300, "<div>");
    buffer_append_text(&page,
                       "<p>one</p><math><mi>A</mi></math> <ul><li>two</ul><table><tr><td>three"
                       "<td>four</td></tr></table>");
    append_times(&page, 300, "</div>");
    buffer_append_text(&page, "<table><tr><th>a<th>b<tr><td>1<td>2</table></main><p>outside</p>");
    extracted e;
    extracted_expect(&e, "a.html", buffer_view(&page), 1);
    assert_view(e.found.documents[0].text,
                "Head\n\none\n\nA\n\ntwo\n\nthree\n\nfour\n\na | b\na: 1 | b: 2");
    extracted_done(&e);
    // Lists that are never closed, each entry in the one before it.
    buffer_reset(&page);
    append_times(&page, 600, "<ul><li>x");
    buffer_append_text(&page, "<p>last");
    extracted_expect(&e, "a.html", buffer_view(&page), 1);
    view text = e.found.documents[0].text;
    assert_true(text.size > 600 && view_find(text, VIEW("x\n\nlast")) < text.size);
    extracted_done(&e);
    buffer_done(&page);
}

static void an_xmp_is_preformatted_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html", VIEW("<p>a<xmp>\n <b>bold</b> & \n  so</xmp><p>b"), 1);
    assert_view(e.found.documents[0].text, "a\n\n <b>bold</b> & \n  so\n\nb");
    extracted_done(&e);
}

static void a_comment_ends_as_browsers_end_it(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<p>a<!-- b --!>c<!---->d<!--->e<!-->f<!-- - > --g ! > -->h</p>"), 1);
    assert_view(e.found.documents[0].text, "acdefh");
    extracted_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_gives_title_headings_and_text),
        cmocka_unit_test(without_a_title_the_first_h1_is_it),
        cmocka_unit_test(headings_in_headings_and_in_entries_begin_at_their_text),
        cmocka_unit_test(blocks_are_apart_and_inline_marks_are_not),
        cmocka_unit_test(lists_are_lines_with_dashes),
        cmocka_unit_test(table_rows_name_their_columns),
        cmocka_unit_test(rows_behind_an_open_head_are_no_header),
        cmocka_unit_test(a_layout_table_is_text),
        cmocka_unit_test(lists_have_their_numbers),
        cmocka_unit_test(lists_count_as_their_style_or_class_says),
        cmocka_unit_test(numbers_of_lines_are_no_part_of_a_listing),
        cmocka_unit_test(tabs_icons_and_tables_of_contents),
        cmocka_unit_test(readings_are_left_out),
        cmocka_unit_test(raised_text_and_formulas_are_on_one_line),
        cmocka_unit_test(blocks_end_a_formula_and_its_parts_are_no_places),
        cmocka_unit_test(a_raised_link_within_the_page_is_the_sign_of_a_note),
        cmocka_unit_test(style_sheets_raise_lower_and_strike_by_class),
        cmocka_unit_test(no_break_spaces_that_fill_are_blanks),
        cmocka_unit_test(the_rule_that_counts_for_a_class_is_that_of_a_screen),
        cmocka_unit_test(classes_on_several_lines_and_comments_that_begin_like_ends_are_read),
        cmocka_unit_test(places_within_struck_text_stand_where_it_goes_on),
        cmocka_unit_test(places_of_signs_that_go_before_a_full_stop_go_with_them),
        cmocka_unit_test(what_is_raised_between_cells_looks_at_the_text_that_there_is),
        cmocka_unit_test(questions_are_headings_of_their_answers),
        cmocka_unit_test(what_is_hidden_is_left_out_unless_a_control_shows_it),
        cmocka_unit_test(attributes_that_carry_content_are_text),
        cmocka_unit_test(navigation_counts_where_it_is_the_content),
        cmocka_unit_test(pages_of_old_have_their_text),
        cmocka_unit_test(cells_by_role_do_not_touch),
        cmocka_unit_test(parts_of_a_table_by_role_are_its_parts),
        cmocka_unit_test(anchors_are_places),
        cmocka_unit_test(what_is_not_read_is_told),
        cmocka_unit_test(preformatted_text_keeps_its_lines),
        cmocka_unit_test(menus_without_a_role_are_known_by_their_place),
        cmocka_unit_test(lists_of_links_that_are_content_stay),
        cmocka_unit_test(scripts_navigation_and_controls_are_left_out),
        cmocka_unit_test(the_main_part_is_taken_when_the_page_marks_it),
        cmocka_unit_test(entities_are_decoded),
        cmocka_unit_test(attributes_do_not_leak),
        cmocka_unit_test(other_encodings_are_decoded_before_parsing),
        cmocka_unit_test(a_page_that_nests_too_deep_loses_no_text),
        cmocka_unit_test(an_xmp_is_preformatted_text),
        cmocka_unit_test(a_comment_ends_as_browsers_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
