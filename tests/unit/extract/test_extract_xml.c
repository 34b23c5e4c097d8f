/* XML of any vocabulary, and the headings of YAML, TOML and INI. */
#include "extracted.h"

static void assert_text(const char *name, const char *bytes, const char *expected)
{
    extracted e;
    extracted_expect(&e, name, view_of(bytes), 1);
    assert_view(e.found.documents[0].text, expected);
    extracted_done(&e);
}

static void values_stand_behind_the_names_that_lead_to_them(void **state)
{
    (void)state;
    assert_text(
        "a.xml",
        "<project xmlns=\"urn:x\"><!-- no --><name>gate</name><deps><dep><id>junit</id>"
        "<v scope=\"test\">4</v></dep><dep><id>log</id></dep></deps><pool size='5' "
        "id='x'/></project>",
        "name: gate\n\ndeps > dep > id: junit\ndeps > dep > v > scope: test\ndeps > dep > v: "
        "4\n\ndeps > dep > id: log\n\npool > size: 5");
}

static void bytes_are_left_out_and_elements_that_touch_are_words(void **state)
{
    (void)state;
    char line[77], rest[2000] = "";
    for (size_t i = 0; i < 76; i++)
        line[i] = "iVBORw0KGgo/+A=1"[i % 16];
    line[76] = '\0';
    for (int i = 0; i < 5; i++)
        snprintf(rest + strlen(rest), sizeof rest - strlen(rest), "%s\n", line);
    char xml[3000];
    snprintf(
        xml, sizeof xml,
        "<book><info><by><first>Ann</first><last>Lee</last></by><p>Boats of H<b>2</b><i>O</i>.</p>"
        "</info><binary>\n%sAA==\n</binary></book>",
        rest);
    assert_text("a.xml", xml, "info > by > first: Ann\ninfo > by > last: Lee\n\nBoats of H2O.");
    assert_text("b.xml", "<book><title><b>Red</b><i>boats</i><u>2</u></title><p>x</p></book>",
                "Red boats 2\n\nx");
}

/* As pandoc writes DocBook; JATS and TEI by their guidelines. */
static void
items_have_the_numbers_of_their_list_and_notes_stand_behind_their_paragraph(void **state)
{
    (void)state;
    assert_text("a.xml",
                "<article><title>Mill</title><para>The wheel<footnote><para>Of "
                "oak.</para><para>Old.</para></footnote> turns."
                "</para><orderedlist numeration=\"arabic\" spacing=\"compact\" "
                "startingnumber=\"3\"><listitem><para>Lift"
                "<footnote><para>Slowly.</para></footnote></para><orderedlist "
                "numeration=\"loweralpha\"><listitem><para>by hand"
                "</para></listitem></orderedlist></listitem><listitem><para>Dress</para></"
                "listitem></orderedlist>"
                "<itemizedlist><listitem><para>Sack</para></listitem></itemizedlist></article>",
                "Mill\n\nThe wheel turns.\n\nFootnote 1: Of oak. Old.\n\n3. Lift\n\nFootnote 2: "
                "Slowly.\n\na. by hand\n\n4. Dress\n\n- Sack");
    assert_text("b.xml",
                "<body><p>A wheel<note place='foot'>Of oak.</note> turns.</p><list "
                "list-type='roman-upper'><list-item><p>Lift</p>"
                "</list-item><list-item><p>Dress</p></list-item></list></body>",
                "A wheel turns.\n\nFootnote 1: Of oak.\n\nI. Lift\n\nII. Dress");
    assert_text("c.xml", "<stock><list name='north' start='May'><v>4</v><v>5</v></list></stock>",
                "list > name: north\nlist > start: May\nlist > v: 4\nlist > v: 5");
}

static void html_within_a_feed_is_read_as_its_text(void **state)
{
    (void)state;
    assert_text(
        "a.xml",
        "<rss><channel><title>News</title><item><title>Pool</title><description><![CDATA[<p>The "
        "pool is <b>closed</b>.</p><p>Until May &amp; June.</p>]]></description></item><item>"
        "<title>Road</title><encoded>&lt;ul&gt;&lt;li&gt;Road 5 is open.&lt;/li&gt;&lt;/ul&gt;"
        "</encoded></item></channel></rss>",
        "News\n\nPool\n\nThe pool is closed.\n\nUntil May & June.\n\nRoad\n\n- Road 5 is open.");
}

static void the_number_that_a_list_starts_with_is_no_value(void **state)
{
    (void)state;
    assert_text("a.xml",
                "<d><p>Steps.</p><ol start='5'><li><p>Lift.</p></li><li><p>Turn.</p></li></ol></d>",
                "Steps.\n\n5. Lift.\n\n6. Turn.");
}

static void html_in_a_listing_or_without_text_is_as_it_is_written(void **state)
{
    (void)state;
    assert_text("a.xml",
                "<article><title>T</title><para>A list:</para><programlisting><![CDATA[<ul>\n"
                "  <li>one</li>\n</ul>]]></programlisting><screen>&lt;div id='a'>&lt;/div></screen>"
                "<para>&lt;div>&lt;/div></para></article>",
                "T\n\nA list:\n\n<ul>\n  <li>one</li>\n</ul>\n\n<div id='a'></div>\n\n<div></div>");
}

static void titles_are_headings_and_mixed_text_is_a_paragraph(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.xml",
        VIEW("<!DOCTYPE book [<!ENTITY p \"Gate\">]><book version='5'><info><title>The &p; "
             "Book</title>"
             "<author>Ann</author></info><chapter><title>Open</title><para>At <b>seven</b>\n &amp; "
             "eight.</para><section><title>Keys</title><para>By the door.</para></section>"
             "<para>Behind.</para></chapter><list><item><p>one</p></item></list></book>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "The Gate Book");
    assert_field(d, "type", "xml");
    assert_heading(d, 0, "The Gate Book\n\ninfo > author: Ann", "The Gate Book");
    assert_heading(d, 1, "Open\n\nAt seven & eight.", "The Gate Book > Open");
    assert_heading(d, 2, "Keys\n\nBy the door.", "The Gate Book > Open > Keys");
    assert_heading(d, 3, "Behind.", "The Gate Book > Open");
    assert_heading(d, 4, "- one", "The Gate Book");
    extracted_done(&e);
}

static void raised_text_does_not_touch_numbers(void **state)
{
    (void)state;
    assert_text("a.xml",
                "<a><p>At 10<superscript>6</superscript> Pa, H<sub>2</sub>O has 3 "
                "m<sup><b>3</b></sup>.</p></a>",
                "At 10^6 Pa, H2O has 3 m^3.");
    assert_text("a.xml",
                "<a><p>At 10<hi rend=\"sup\">6</hi> Pa, x<hi rendition=\"simple:subscript\">1</hi> "
                "is <hi rend=\"b\">5</hi>.</p></a>",
                "At 10^6 Pa, x1 is 5.");
    assert_text("a.xml", "<a><p>The revenue<xref><sup>3</sup></xref> rose.</p></a>",
                "The revenue ³ rose.");
    assert_text("a.xml", "<a><sub>10</sub><sup>20</sup></a>", "sub: 10\nsup: 20");
}

static void what_holds_paragraphs_is_none_itself(void **state)
{
    (void)state;
    assert_text("a.xml",
                "<d><note><para>One <b>bold</b> word.</para><para>Two.</para></note><x>y</x></d>",
                "One bold word.\n\nTwo.\n\nx: y");
    assert_text("a.xml", "<d><summary><i>short</i></summary><x>y</x></d>", "short\n\nx: y");
    // pandoc's FictionBook, shortened
    extracted e;
    extracted_expect(
        &e, "a.fb2",
        VIEW(
            "<FictionBook xmlns=\"http://www.gribuser.ru/xml/fictionbook/2.0\"><description>"
            "<title-info><genre>unrecognised</genre><author><first-name>Ann</first-name>"
            "<last-name>Lee</last-name></author><book-title>The Gate Book</book-title></title-info>"
            "</description><body><title><p>The Gate Book</p></title><section><title><p>Opening</p>"
            "</title><p>At <strong>seven</strong>.</p></section></body>"
            "<binary id=\"a.png\">iVBORw0KGgo=</binary></FictionBook>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "The Gate Book");
    assert_heading(d, 0, "The Gate Book\n\nOpening", "The Gate Book");
    assert_heading(d, 1, "Opening\n\nAt seven.", "The Gate Book > Opening");
    assert_true(view_starts_with(d->text, VIEW("description > title-info > genre: unrecognised")));
    extracted_done(&e);
}

static void rows_name_their_columns(void **state)
{
    (void)state;
    assert_text(
        "a.xml",
        "<t><tgroup><thead><row><entry>Bolt</entry><entry>Torque</entry></row></thead><tbody><row>"
        "<entry>M5</entry><entry>6</entry></row></tbody></tgroup></t>",
        "Bolt | Torque\nBolt: M5 | Torque: 6");
}

/* As Asciidoctor and pandoc write DocBook; JATS has the tables of HTML. */
static void cells_that_span_stand_under_the_names_of_all_their_columns(void **state)
{
    (void)state;
    assert_text(
        "a.xml",
        "<article><title>Prices</title><table frame=\"all\" rowsep=\"1\" colsep=\"1\"><title>Fares"
        "</title><tgroup cols=\"3\" align=\"left\"><colspec colname=\"a\"/><colspec colname=\"b\"/>"
        "<colspec colname=\"c\"/><spanspec spanname=\"s\" namest=\"b\" nameend=\"c\"/><thead><row>"
        "<entry align=\"left\">Class</entry><entry>Single</entry><entry>Return</entry></row>"
        "</thead><tbody><row><entry morerows=\"1\"><simpara>First</simpara></entry><entry>20"
        "</entry><entry>30</entry></row><row><entry>22</entry><entry>33</entry></row><row><entry>"
        "Second</entry><entry namest=\"b\" nameend=\"c\">10</entry></row><row><entry>Third"
        "</entry><entry spanname=\"s\">5</entry></row><row><entry>Fourth</entry><entry "
        "namest=\"b\" nameend=\"z\">4</entry><entry>6</entry></row></tbody></tgroup></table>"
        "</article>",
        "Prices\n\nFares\n\nClass | Single | Return\nClass: First | Single: 20 | Return: 30\n"
        "Class: First | Single: 22 | Return: 33\nClass: Second | Single: 10 | Return: 10\n"
        "Class: Third | Single: 5 | Return: 5\nClass: Fourth | Single: 4 | Return: 6");
    assert_text("b.xml",
                "<d><table-wrap position=\"float\"><table frame=\"box\" rules=\"all\"><thead><tr>"
                "<th>Class</th><th colspan=\"2\">Fare</th></tr></thead><tbody><tr><td "
                "rowspan=\"0\">First</td><td>20</td><td>30</td></tr><tr><td>22</td><td>33</td></tr>"
                "</tbody></table></table-wrap></d>",
                "Class | Fare\nClass: First | Fare: 20 | Fare: 30\n"
                "Class: First | Fare: 22 | Fare: 33");
    assert_text("c.xml", "<d><table frame=\"oak\" legs=\"4\"><top>pine</top></table></d>",
                "table > frame: oak\ntable > legs: 4\ntable > top: pine");
}

static void entries_of_a_property_list_stand_behind_their_keys(void **state)
{
    (void)state;
    assert_text(
        "a.plist",
        "<?xml version=\"1.0\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
        "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1.0\"><dict>"
        "<key>Label</key><string>mill &amp; pump</string><key>KeepAlive</key><true/>"
        "<key>Icon</key><data>iVBORw0KGgo=</data><key>Arguments</key><array><string>-a</string>"
        "<integer>5</integer></array><key>Empty</key><string/><key>Start</key><dict><key>At</key>"
        "<date>2024-05-01T00:00:00Z</date><key>Often</key><false/></dict><key>Rows</key><array>"
        "<dict><key>n</key><real>1.5</real></dict><dict><key>n</key><real>2</real></dict></array>"
        "</dict></plist>",
        "Label: mill & pump\nKeepAlive: true\nArguments: -a\nArguments: 5\n\n"
        "Start > At: 2024-05-01T00:00:00Z\nStart > Often: false\n\nRows > n: 1.5\n\nRows > n: 2");
}

static void lines_of_a_listing_are_kept(void **state)
{
    (void)state;
    assert_text("a.xml", "<d><para>x</para><screen>a\n  b</screen><c><![CDATA[1 < 2]]></c></d>",
                "x\n\na\n  b\n\nc: 1 < 2");
}

static void the_declared_charset_is_obeyed(void **state)
{
    (void)state;
    assert_text("a.xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><a><b>\xB1 word</b></a>",
                "b: \xC4\x85 word");
    assert_text("a.xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a><b>\xC4\x85</b></a>",
                "b: \xC4\x85");
}

static void assert_read_as_text(const char *bytes)
{
    extracted e;
    extracted_expect(&e, "a.xml", view_of(bytes), 1);
    assert_view(e.found.documents[0].text, bytes);
    assert_true(e.found.documents[0].text_is_file);
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
}

static void what_is_not_well_formed_is_plain_text_with_a_notice(void **state)
{
    (void)state;
    assert_read_as_text("<a><b>not closed</a>");
    assert_read_as_text("<a>&undeclared;</a>");
    buffer deep;
    buffer_init(&deep, 1 << 20);
    for (int i = 0; i < 20000; i++)
        buffer_append_text(&deep, "<a>");
    for (int i = 0; i < 20000; i++)
        buffer_append_text(&deep, "</a>");
    assert_read_as_text(buffer_text(&deep));
    buffer_done(&deep);
}

/* No entity that needs another is expanded, in texts or attributes, and no file is opened. */
static void entities_do_not_multiply(void **state)
{
    (void)state;
    buffer xml;
    extracted e;
    buffer_init(&xml, 1 << 16);
    buffer_append_text(&xml, "<!DOCTYPE a [<!ENTITY e0 \"lol\">");
    for (int i = 1; i < 12; i++) {
        buffer_printf(&xml, "<!ENTITY e%d \"", i);
        for (int j = 0; j < 10; j++)
            buffer_printf(&xml, "&e%d;", i - 1);
        buffer_append_text(&xml, "\">");
    }
    buffer_append_text(
        &xml, "<!ENTITY f SYSTEM \"file:///etc/passwd\">]><a x=\"&e11;\"><b>&e11; &f;</b></a>");
    extracted_expect(&e, "a.xml", buffer_view(&xml), 1);
    assert_true(e.found.documents[0].text.size < xml.size + 100);
    extracted_done(&e);
    buffer_done(&xml);
    assert_text("a.xml",
                "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><a><b>x &f;</b></a>",
                "b: x &f;");
}

static void deep_elements_are_left_out_with_a_notice(void **state)
{
    (void)state;
    extracted e;
    buffer xml;
    buffer_init(&xml, 1 << 16);
    buffer_append_text(&xml, "<r><x>text</x>");
    for (int i = 0; i < 240; i++)
        buffer_append_text(&xml, "<a>");
    buffer_append_text(&xml, "<b>deep</b>");
    for (int i = 0; i < 240; i++)
        buffer_append_text(&xml, "</a>");
    buffer_append_text(&xml, "</r>");
    extracted_expect(&e, "a.xml", buffer_view(&xml), 1);
    assert_view(e.found.documents[0].text, "x: text");
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    buffer_done(&xml);
}

static void keys_of_yaml_are_headings_and_the_text_is_the_file(void **state)
{
    (void)state;
    static const char YAML[] =
        "# the gate\nkind: App\nspec:\n  web:\n    port: 80\n  log: |\n    not: a key\n  "
        "names:\n  - x\n  - y\nlast: 1\n";
    extracted e;
    extracted_expect(&e, "a.yaml", VIEW(YAML), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, YAML);
    assert_true(d->text_is_file);
    assert_int_equal(d->title.size, 0);
    assert_heading(d, 0, "spec:", "spec");
    assert_heading(d, 1, "  web:", "spec > web");
    assert_heading(d, 2, "  log: |", "spec");
    assert_heading(d, 3, "  names:", "spec > names");
    assert_heading(d, 4, "last: 1", "");
    assert_int_equal(d->heading_count, 5);
    extracted_done(&e);
    extracted_expect(&e, "a.yml", VIEW("a:\n  b: 1\n---\n# none\n---\n'q k': &x\n- c: 2\nz: 1\n"),
                     1);
    d = &e.found.documents[0];
    assert_heading(d, 0, "a:", "document 1");
    assert_heading(d, 1, "a:", "document 1 > a");
    assert_heading(d, 2, "'q k'", "document 2");
    assert_heading(d, 3, "'q k'", "document 2 > q k");
    assert_heading(d, 4, "z: 1", "document 2");
    extracted_done(&e);
}

static void tables_of_toml_and_ini_are_headings(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.toml",
                     VIEW("name = 'x'\n[tool.\"a.b\"]\nn = [\n [1], [2]\n]\ns = "
                          "\"\"\"\n[no]\n\"\"\"\n[[bin]]\nm = 1\n"),
                     1);
    const document *d = &e.found.documents[0];
    assert_heading(d, 0, "[tool", "tool");
    assert_heading(d, 1, "[tool", "tool > a.b");
    assert_heading(d, 2, "[[bin]]", "bin");
    assert_int_equal(d->heading_count, 3);
    extracted_done(&e);
    extracted_expect(&e, "a.ini", VIEW("[core]\nx=1\n[remote]\nurl=y\n"), 1);
    assert_heading(&e.found.documents[0], 1, "[remote]", "remote");
    extracted_done(&e);
}

/* Twice through the limit of headings. */
static void headings_of_a_configuration_are_bounded(void **state)
{
    (void)state;
    extracted e;
    buffer text;
    for (int n = 0; n < 2; n++) {
        buffer_init(&text, 8 << 20);
        for (int i = 0; i < 50000; i++)
            buffer_printf(&text, n ? "[t%d]\nx = 1\n" : "t%d:\n  x: 1\n", i);
        extracted_expect(&e, n ? "a.toml" : "a.yaml", buffer_view(&text), 1);
        assert_true(e.found.documents[0].heading_count >= 20000);
        assert_true(e.found.documents[0].heading_count < 20010);
        extracted_done(&e);
        buffer_done(&text);
    }
}

#define WORKBOOK(rows)                                                                             \
    "<Workbook><Worksheet Name='S'><Table>" rows "</Table></Worksheet></Workbook>"
#define CELL(attributes, type, text)                                                               \
    "<Cell " attributes "><Data Type='" type "'>" text "</Data></Cell>"

static void a_workbook_with_numbers_out_of_range_is_read_as_far_as_they_go(void **state)
{
    (void)state;
    assert_text("a.xml",
                WORKBOOK("<Row Index='4294967297'>" CELL("Index='99999999'", "String", "one") CELL(
                    "Index='-1' StyleID='none'", "Number",
                    "NaN") "</Row>"
                           "<Row Index='0'><Cell/>" CELL("", "DateTime", "1899-12-31T0")
                               CELL("", "Boolean", "x") "</Row>"),
                "one | NaN\n\nB2: 1899-12-31T0 | FALSE");
    assert_text("b.xml",
                WORKBOOK("<Row>" CELL("MergeAcross='16383' MergeDown='1048575'", "String", "wide")
                             CELL("", "String", "beyond") "</Row>"
                                                          "<Row Index='1048576'>" CELL(
                                                              "Index='16384'", "Number",
                                                              "7") "</Row>"
                                                                   "<Row>" CELL("", "String",
                                                                                "below") "</Row>"),
                "wide\n\nwide | XFD1048576: 7");
    assert_text("c.xml",
                "<Workbook><Worksheet/><Worksheet Name='S'><Table/></Worksheet></Workbook>", "");
}

static void assert_told_beyond(const char *workbook)
{
    extracted e;
    extracted_expect(&e, "a.xml", view_of(workbook), 1);
    assert_int_equal(e.found.notices.count, 1);
    assert_view(e.found.notices.texts[0],
                "sheet S: cells beyond row 1,048,576 or column 16,384 are left out");
    extracted_done(&e);
}

static void cells_beyond_a_sheet_are_told(void **state)
{
    (void)state;
    assert_told_beyond(WORKBOOK("<Row Index='1048576'>" CELL(
        "", "String", "last") "</Row><Row>" CELL("", "String", "below") "</Row>"));
    assert_told_beyond(WORKBOOK("<Row>" CELL("Index='16384'", "String", "last")
                                    CELL("", "String", "beside") "</Row>"));
}

/* XLIFF, TMX, Android's strings, TEI and JATS. */
static void texts_with_names_languages_and_placeholders_keep_them(void **state)
{
    (void)state;
    assert_text("a.xlf",
                "<xliff><file source-language='en'><unit id='t'><source>Sign in to <x id='site'/> "
                "now</source><target>Bei <x id='site'/> anmelden</target></unit></file></xliff>",
                "file > source-language: en\n\nfile > unit > source: Sign in to {site} now\n"
                "file > unit > target: Bei {site} anmelden");
    assert_text(
        "a.xml",
        "<tmx><tu><tuv xml:lang='en'><seg>Two years.</seg></tuv><tuv xml:lang='de'><seg>Zwei "
        "Jahre.</seg></tuv></tu></tmx>",
        "tu > tuv > lang: en\ntu > tuv > seg: Two years.\n\ntu > tuv > lang: de\n"
        "tu > tuv > seg: Zwei Jahre.");
    assert_text("a.xml",
                "<resources><string name='hi'>Welcome, <b>Ann</b>!</string><string name='by'>Bye"
                "</string></resources>",
                "string > name: hi\nstring: Welcome, Ann!\nstring > name: by\nstring: Bye");
    assert_text("a.xml",
                "<TEI><p>The <choice><sic>hny</sic><corr>honey</corr></choice> of <choice><abbr>Dr."
                "</abbr></choice> Lee</p></TEI>",
                "The honey of Dr. Lee");
    assert_text("a.xml", "<topic><p>Reset the <ph id='product'/> lamp, twice.</p></topic>",
                "Reset the lamp, twice."); // DITA's, which says nothing here
    assert_text("a.xml",
                "<TEI><p>One line<lb/>and the next, of ho<lb break='no'/>ney.</p>"
                "<p>First.<br/>Second.</p></TEI>",
                "One line and the next, of honey.\n\nFirst. Second.");
    assert_text("a.xml",
                "<article><aff id='a1'><label>1</label>University of Kiel</aff><p>It <b>is</b>.</p>"
                "<note><xref rid='b1' kind='k'>1</xref></note></article>",
                "1 University of Kiel\n\nIt is.\n\n1");
    assert_text(
        "a.xml",
        "<menu><dish price='4.50'>Soup</dish><dish price='9.90' id='d'>Fish <i>with "
        "</i>rice</dish><p n='1'>Bon <b>appetit</b></p></menu>",
        "dish > price: 4.50\ndish: Soup\ndish > price: 9.90\n\nFish with rice\n\nBon appetit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_with_names_languages_and_placeholders_keep_them),
        cmocka_unit_test(values_stand_behind_the_names_that_lead_to_them),
        cmocka_unit_test(bytes_are_left_out_and_elements_that_touch_are_words),
        cmocka_unit_test(html_within_a_feed_is_read_as_its_text),
        cmocka_unit_test(html_in_a_listing_or_without_text_is_as_it_is_written),
        cmocka_unit_test(the_number_that_a_list_starts_with_is_no_value),
        cmocka_unit_test(titles_are_headings_and_mixed_text_is_a_paragraph),
        cmocka_unit_test(raised_text_does_not_touch_numbers),
        cmocka_unit_test(what_holds_paragraphs_is_none_itself),
        cmocka_unit_test(rows_name_their_columns),
        cmocka_unit_test(cells_that_span_stand_under_the_names_of_all_their_columns),
        cmocka_unit_test(entries_of_a_property_list_stand_behind_their_keys),
        cmocka_unit_test(lines_of_a_listing_are_kept),
        cmocka_unit_test(the_declared_charset_is_obeyed),
        cmocka_unit_test(what_is_not_well_formed_is_plain_text_with_a_notice),
        cmocka_unit_test(entities_do_not_multiply),
        cmocka_unit_test(deep_elements_are_left_out_with_a_notice),
        cmocka_unit_test(keys_of_yaml_are_headings_and_the_text_is_the_file),
        cmocka_unit_test(tables_of_toml_and_ini_are_headings),
        cmocka_unit_test(headings_of_a_configuration_are_bounded),
        cmocka_unit_test(
            items_have_the_numbers_of_their_list_and_notes_stand_behind_their_paragraph),
        cmocka_unit_test(a_workbook_with_numbers_out_of_range_is_read_as_far_as_they_go),
        cmocka_unit_test(cells_beyond_a_sheet_are_told),
    };
    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
