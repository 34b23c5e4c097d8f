/* OpenDocument: texts, spreadsheets and presentations, from the least that each needs; files of
 * LibreOffice are read by tests/office/test_office_odf.py. */
#include "extracted.h"
#include "zip_writer.h"

#define NAMESPACES                                                                                 \
    " xmlns:office='o' xmlns:style='s' xmlns:text='t' xmlns:table='tb' xmlns:draw='d'"             \
    " xmlns:svg='v' xmlns:fo='f' xmlns:dc='dc' xmlns:presentation='p' xmlns:meta='m' "             \
    "xmlns:xlink='l'"
#define CONTENT(styles, body)                                                                      \
    "<office:document-content" NAMESPACES "><office:automatic-styles>" styles                      \
    "</office:automatic-styles><office:body>" body "</office:body></office:document-content>"

/* The OpenDocument file with this content; call zip_done afterwards. */
static view write_odf(zip_writer *z, const char *content)
{
    zip_init(z);
    zip_add_text(z, "content.xml", content);
    zip_add_text(z, "styles.xml",
                 "<office:document-styles" NAMESPACES "><office:styles>"
                 "<style:style style:name='Title' style:family='paragraph'/>"
                 "<text:outline-style><text:outline-level-style text:level='1' "
                 "style:num-format='1' style:num-suffix='.'/></text:outline-style>"
                 "</office:styles><office:master-styles><style:master-page><style:header>"
                 "<text:p>Confidential</text:p></style:header><style:footer><text:p>Page "
                 "<text:page-number>1</text:page-number></text:p></style:footer>"
                 "</style:master-page></office:master-styles></office:document-styles>");
    zip_add_text(z, "meta.xml",
                 "<office:document-meta" NAMESPACES "><office:meta><meta:initial-creator>Ann"
                 "</meta:initial-creator><meta:keyword>mills</meta:keyword><meta:keyword>oil, "
                 "grease</meta:keyword></office:meta></office:document-meta>");
    return zip_finish(z);
}

static void expect_text(const char *name, const char *content, const char *expected)
{
    extracted e;
    zip_writer z;
    extracted_expect(&e, name, write_odf(&z, content), 1);
    assert_view(e.found.documents[0].text, expected);
    extracted_done(&e);
    zip_done(&z);
}

static void formulas_are_text_of_their_paragraph(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(
        &z, "content.xml",
        CONTENT(
            "",
            "<office:text><text:p>The area is <draw:frame><draw:object xlink:href='./Object 1'/>"
            "<draw:image xlink:href='x.png'/><svg:desc>formula</svg:desc></draw:frame>, and "
            "<draw:frame><draw:object xlink:href='Object 2/'/></draw:frame>.</text:p>"
            "<text:p><draw:frame><draw:object xlink:href='./Object 3'/></draw:frame>Sold.</text:p>"
            "<text:p><draw:frame><draw:object xlink:href='./none'/></draw:frame>Gone.</text:p>"
            "</office:text>"));
    zip_add_text(
        &z, "Object 1/content.xml",
        "<?xml version='1.0'?><math "
        "xmlns='http://www.w3.org/1998/Math/MathML'><semantics><mrow><mi>A</mi>"
        "<mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mi>b</mi></mrow>"
        "<annotation encoding='StarMath 5.0'>A = {1 over 2} b</annotation></semantics></math>");
    zip_add_text(&z, "Object 2/content.xml",
                 "<m:math xmlns:m='x'><m:msup><m:mi>v</m:mi><m:mn>2</m:mn></m:msup></m:math>");
    zip_add_text(&z, "Object 3/content.xml",
                 "<office:document-content" NAMESPACES "><office:body/></office:document-content>");
    extracted_expect(&e, "a.odt", zip_finish(&z), 1);
    assert_view(e.found.documents[0].text, "The area is A=1/2 b, and v^2.\n\nSold.\n\nGone.");
    assert_int_equal(e.found.notices.count, 1); // of both objects that are none
    extracted_done(&e);
    zip_done(&z);
}

/* They are read as pages, and nothing of a page's text is checked again. */
static void a_formula_that_is_no_text_is_told(void **state)
{
    (void)state;
    const view broken[] = {VIEW("<math><mi>a\xDA</mi></math>"),
                           VIEW("<math><mi>a</mi><m\0/></math>")};
    for (size_t i = 0; i < 2; i++) {
        extracted e;
        zip_writer z;
        zip_init(&z);
        zip_add_text(&z, "content.xml",
                     CONTENT("", "<office:text><text:p>The area <draw:frame><draw:object "
                                 "xlink:href='./Object 1'/></draw:frame> is sold.</text:p>"
                                 "</office:text>"));
        zip_add(&z, "Object 1/content.xml", broken[i]);
        extracted_expect(&e, "a.odt", zip_finish(&z), 1);
        assert_view(e.found.documents[0].text, "The area is sold.");
        assert_int_equal(e.found.notices.count, 1);
        extracted_done(&e);
        zip_done(&z);
    }
}

#define TEXT(styles, body) CONTENT(styles, "<office:text>" body "</office:text>")
#define MARGIN             "\n\nHeader: Confidential"

static void a_text_has_a_title_numbered_headings_and_properties(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_odf(
        &z, TEXT("<style:style style:name='P1' style:family='paragraph' "
                 "style:parent-style-name='Title'/>",
                 "<text:p text:style-name='P1'>The  mill</text:p>"
                 "<text:h text:outline-level='1'>Oiling</text:h><text:p>A<text:s text:c='2'/>b"
                 "<text:line-break/>c</text:p><text:h text:outline-level='1'>Care</text:h>"));
    extracted_expect(&e, "book.odt", file, 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "The mill\n\n1. Oiling\n\nA  b\nc\n\n2. Care" MARGIN);
    assert_view(d->title, "The mill");
    assert_field(d, "type", "odt");
    assert_field(d, "author", "Ann");
    const metadata_value *words = metadata_get(&d->fields, VIEW("keywords"));
    assert_non_null(words);
    assert_int_equal(words->list.count, 2);
    assert_view(words->list.elements[1].string, "oil, grease");
    assert_heading(d, 0, "1. Oiling", "1. Oiling");
    extracted_done(&e);
    zip_done(&z);
}

static void lists_count_as_their_styles_say(void **state)
{
    (void)state;
    expect_text(
        "a.odt",
        TEXT("<text:list-style style:name='L'><text:list-level-style-number text:level='1' "
             "style:num-format='1' style:num-suffix='.'/><text:list-level-style-number "
             "text:level='2' style:num-format='a' style:num-suffix=')' text:display-levels='2'/>"
             "</text:list-style>",
             "<text:list text:style-name='L'><text:list-item><text:p>One</text:p><text:list>"
             "<text:list-item><text:p>Sub</text:p></text:list-item></text:list></text:list-item>"
             "<text:list-item><text:p>Two</text:p></text:list-item></text:list><text:p>Between"
             "</text:p><text:list text:style-name='L' text:continue-numbering='true'>"
             "<text:list-item><text:p>Three</text:p></text:list-item></text:list>"
             "<text:list text:style-name='L'><text:list-item text:start-value='7'><text:p>Seven"
             "</text:p></text:list-item></text:list><text:list><text:list-item><text:p>Dot"
             "</text:p></text:list-item></text:list>"),
        "1. One\n1.a) Sub\n2. Two\n\nBetween\n\n3. Three\n7. Seven\n- Dot" MARGIN);
}

static void what_is_hidden_or_deleted_is_left_out(void **state)
{
    (void)state;
    expect_text(
        "a.odt",
        TEXT("<style:style style:name='H' style:family='text'><style:text-properties "
             "text:display='none'/></style:style><style:style style:name='HP' "
             "style:family='paragraph'><style:text-properties text:display='none'/></style:style>",
             "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
             "</text:deletion></text:changed-region></text:tracked-changes><text:p>Seen"
             "<text:span text:style-name='H'>secret</text:span> text</text:p>"
             "<text:p text:style-name='HP'>hidden</text:p><text:section text:display='none'>"
             "<text:p>closed</text:p></text:section><text:table-of-content><text:index-body>"
             "<text:p>Contents</text:p></text:index-body></text:table-of-content>"),
        "Seen text" MARGIN);
}

static void notes_comments_and_pictures_follow_their_paragraph(void **state)
{
    (void)state;
    expect_text(
        "a.odt",
        TEXT("<style:style style:name='U' style:family='text'><style:text-properties "
             "style:text-position='super 58%'/></style:style>",
             "<text:p>Area 5 m<text:span text:style-name='U'>2</text:span><text:note "
             "text:note-class='footnote'><text:note-citation>1</text:note-citation>"
             "<text:note-body><text:p>As built.</text:p></text:note-body></text:note>"
             "<office:annotation><dc:creator>Ben</dc:creator><dc:date>2024</dc:date><text:p>Check"
             "</text:p></office:annotation> now.<draw:frame><draw:image/><svg:desc>A mill"
             "</svg:desc></draw:frame><draw:frame><draw:text-box><text:p>Boxed</text:p>"
             "</draw:text-box></draw:frame></text:p>"),
        "Area 5 m^2 now.\n\nFootnote 1: As built.\n\nComment (Ben): Check\n\nPicture: A mill\n\n"
        "Boxed" MARGIN);
}

static void tables_name_their_values(void **state)
{
    (void)state;
    expect_text("a.odt",
                TEXT("", "<table:table><table:table-header-rows><table:table-row>"
                         "<table:table-cell><text:p>Bolt</text:p></table:table-cell>"
                         "<table:table-cell><text:p>Torque</text:p></table:table-cell>"
                         "</table:table-row></table:table-header-rows><table:table-row>"
                         "<table:table-cell table:number-columns-spanned='2'><text:p>M5</text:p>"
                         "<text:p>M6</text:p></table:table-cell><table:covered-table-cell/>"
                         "</table:table-row><table:table-row><table:table-cell><text:p>M8</text:p>"
                         "</table:table-cell><table:table-cell><text:p>25 Nm</text:p>"
                         "</table:table-cell></table:table-row></table:table>"),
                "Bolt | Torque\nM5 M6\nBolt: M8 | Torque: 25 Nm" MARGIN);
}

#define CELL(type, value, text)                                                                    \
    "<table:table-cell office:value-type='" type "' " value "><text:p>" text                       \
    "</text:p></table:table-cell>"
#define ROW(cells) "<table:table-row>" cells "</table:table-row>"

static void a_spreadsheet_shows_values_under_their_names(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_odf(
        &z,
        CONTENT(
            "<style:style style:name='ta2' style:family='table'><style:table-properties "
            "table:display='false'/></style:style>",
            "<office:spreadsheet><table:table table:name='Stock'>" ROW(
                CELL("string", "", "Item") CELL("string", "", "Price") CELL("string", "", "Date"))
                ROW("<table:table-cell "
                    "office:value-type='string'><office:annotation><dc:creator>Ann"
                    "</dc:creator><text:p>fragile</text:p></office:annotation><text:p>Lamp</text:p>"
                    "</table:table-cell>" CELL("currency", "office:value='20.5'", "20,50 EUR") CELL(
                        "date", "office:date-value='2024-03-05'",
                        "05.03.24")) "<table:table-row table:number-rows-repeated='2'>" CELL("strin"
                                                                                             "g",
                                                                                             "",
                                                                                             "Bulb")
                    CELL("float", "office:value='3'",
                         "3") "<table:table-cell/></table:table-row>"
                              "<table:table-row "
                              "table:number-rows-repeated='1048572'><table:table-cell "
                              "table:number-columns-repeated='16384'/></table:table-row></"
                              "table:table>"
                              "<table:table table:name='Old' table:style-name='ta2'>" ROW(CELL(
                                  "string", "", "Remark")) "</table:table></office:spreadsheet>"));
    extracted_expect(&e, "stock.ods", file, 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text,
                "Item | Price | Date\n\nItem: Lamp | Price: 20,50 EUR | Date: 2024-03-05\n\n"
                "Comment (Ann): fragile\n\nItem: Bulb | Price: 3\n\n"
                "Item: Bulb | Price: 3\n\n"
                "Remark");
    assert_field(d, "type", "ods");
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    zip_done(&z);
}

#define VALID(name, cells) "<table:table-cell table:content-validation-name='" name "' " cells "/>"

/* Prompts, choices, and the header and footer of the page that each sheet is printed on. */
static void what_stands_beside_the_rows_of_a_sheet_is_behind_them(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.fods",
        VIEW("<office:document" NAMESPACES
             "><office:automatic-styles><style:style style:name='t' style:family='table' "
             "style:master-page-name='P1'/></office:automatic-styles><office:master-styles>"
             "<style:master-page style:name='P1'><style:header><style:region-left><text:p>Ann "
             "&amp; <text:span>Sons</text:span></text:p></style:region-left><style:region-right>"
             "<text:p><text:sheet-name>One</text:sheet-name></text:p><text:p>May</text:p>"
             "</style:region-right></style:header><style:header-first style:display='false'>"
             "<text:p>Old</text:p></style:header-first><style:footer><text:p>Page "
             "<text:page-number>1</text:page-number> of <text:page-count>9</text:page-count>"
             "</text:p></style:footer></style:master-page><style:master-page "
             "style:name='Default'><style:footer><text:p>Draft</text:p></style:footer>"
             "</style:master-page></office:master-styles><office:body><office:spreadsheet>"
             "<table:content-validations><table:content-validation table:name='v1' "
             "table:condition='of:cell-content-is-in-list(&quot;S&quot;;&quot;M &quot;&quot;x"
             "&quot;&quot;&quot;)'><table:help-message table:title='Size'><text:p>Pick</text:p>"
             "<text:p>one.</text:p></table:help-message><table:error-message><text:p>Wrong"
             "</text:p></table:error-message></table:content-validation>"
             "<table:content-validation table:name='v2' table:condition='of:cell-content-is-in-"
             "list([.A1:.A9])'><table:help-message><text:p>A price</text:p></table:help-message>"
             "</table:content-validation></table:content-validations>"
             "<table:table table:name='One' table:style-name='t'>" ROW(
                 CELL("string", "", "Remark")) "<table:table-row>" VALID("v1", "")
                 VALID("v2", "table:number-columns-"
                             "repeated='2'") "</table:table-row><table:table-row "
                                             "table:number-rows-repeated='8'>" VALID(
                                                 "v1", "") "</"
                                                           "table:table-row></"
                                                           "table:table><"
                                                           "table:table "
                                                           "table:name='Two'"
                                                           ">" ROW(VALID("v2", "") CELL(
                                                               "string", "", "Other")) "</"
                                                                                       "tabl"
                                                                                       "e:"
                                                                                       "tabl"
                                                                                       "e></"
                                                                                       "offi"
                                                                                       "ce:"
                                                                                       "spre"
                                                                                       "adsh"
                                                                                       "eet>"
                                                                                       "</"
                                                                                       "offi"
                                                                                       "ce:"
                                                                                       "body"
                                                                                       "></"
                                                                                       "offi"
                                                                                       "ce:"
                                                                                       "docu"
                                                                                       "ment"
                                                                                       ">"),
        1);
    assert_view(e.found.documents[0].text,
                "Remark\n\nPrompt at A2:A10: Size: Pick one.\n\nChoices at A2:A10: S, M \"x\"\n\n"
                "Prompt at B2:C2: A price\n\nAnn & Sons | May\n\n"
                "Other\n\nPrompt at A1: A price\n\nDraft");
    extracted_done(&e);
}

static void a_presentation_has_slides_as_they_are_seen(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_odf(
        &z, CONTENT("<style:style style:name='dp' style:family='drawing-page'>"
                    "<style:drawing-page-properties presentation:visibility='hidden'/>"
                    "</style:style>",
                    "<office:presentation><draw:page draw:style-name='dp'>"
                    "<draw:frame svg:x='1cm' svg:y='9cm' svg:width='5cm' svg:height='2cm'>"
                    "<draw:text-box><text:p>Below</text:p></draw:text-box></draw:frame>"
                    "<draw:custom-shape svg:x='1cm' svg:y='4cm' svg:width='5cm' svg:height='2cm'>"
                    "<text:p>Above</text:p></draw:custom-shape>"
                    "<draw:frame presentation:class='title' svg:y='20cm'><draw:text-box><text:p>"
                    "Roof</text:p></draw:text-box></draw:frame><draw:frame "
                    "presentation:class='footer'><draw:text-box><text:p>foot</text:p>"
                    "</draw:text-box></draw:frame><presentation:notes><draw:page-thumbnail/>"
                    "<draw:frame presentation:class='notes'><draw:text-box><text:p>Say it."
                    "</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
                    "</office:presentation>"));
    extracted_expect(&e, "roof.odp", file, 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Roof\n\nAbove\n\nBelow\n\nNotes: Say it.");
    assert_heading(d, 0, "Roof", "Roof");
    assert_int_equal(d->marks[0].kind, PLACE_SLIDE);
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    zip_done(&z);
}

static void a_flat_file_is_read_too(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.fodt",
                     VIEW("<office:document" NAMESPACES "><office:body><office:text><text:p>Flat."
                          "</text:p></office:text></office:body></office:document>"),
                     1);
    assert_view(e.found.documents[0].text, "Flat.");
    extracted_done(&e);
}

static void an_encrypted_or_damaged_file_says_so(void **state)
{
    (void)state;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "META-INF/manifest.xml", "<manifest><encryption-data/></manifest>");
    zip_add_text(&z, "content.xml", "ciphered");
    extracted_expect_failure("a.odt", zip_finish(&z), KITH_ERR_AUTH, "encrypted");
    zip_done(&z);
    extracted_expect_failure("a.odp", write_odf(&z, "<open>"), KITH_ERR_FORMAT, "content.xml");
    zip_done(&z);
    zip_init(&z);
    zip_add_text(&z, "other.xml", "<a/>");
    extracted_expect_failure("a.ods", zip_finish(&z), KITH_ERR_FORMAT, "no 'content.xml'");
    zip_done(&z);
}

/* As LibreOffice writes them where changes are shown, pictures are within the file, and forms are Word's. */
static void a_flat_file_leaves_out_deletions_between_marks_and_encoded_pictures(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.fodt",
        VIEW("<office:document" NAMESPACES " xmlns:field='f'><office:body><office:text>"
             "<text:tracked-changes><text:changed-region xml:id='c1' text:id='c1'><text:deletion>"
             "<office:change-info><dc:creator>A</dc:creator></office:change-info></text:deletion>"
             "</text:changed-region><text:changed-region text:id='c2'><text:insertion/>"
             "</text:changed-region><text:changed-region text:id='c3'><text:deletion><text:p>kept "
             "apart</text:p></text:deletion></text:changed-region></text:tracked-changes>"
             "<text:p>The rent is <text:change-start "
             "text:change-id='c1'/>500<text:s/><text:change-end "
             "text:change-id='c1'/><text:change-start text:change-id='c2'/>550<text:change-end "
             "text:change-id='c2'/><text:change text:change-id='c3'/> EUR.</text:p>"
             "<text:p>Colour: <field:fieldmark field:type='x.FORMDROPDOWN'><field:param "
             "field:name='Dropdown_ListEntry' field:value='red'/><field:param "
             "field:name='Dropdown_ListEntry' field:value='green'/><field:param "
             "field:name='Dropdown_Selected' field:value='1'/></field:fieldmark>.</text:p>"
             "<text:p>Plan<draw:frame><draw:image><office:binary-data>iVBORw0KGgo=\n"
             "</office:binary-data></draw:image><svg:desc>Exit</svg:desc></draw:frame></text:p>"
             "</office:text></office:body></office:document>"),
        1);
    assert_view(e.found.documents[0].text,
                "The rent is 550 EUR.\n\nColour: green.\n\nPlan\n\nPicture: Exit");
    extracted_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flat_file_leaves_out_deletions_between_marks_and_encoded_pictures),
        cmocka_unit_test(formulas_are_text_of_their_paragraph),
        cmocka_unit_test(a_formula_that_is_no_text_is_told),
        cmocka_unit_test(a_text_has_a_title_numbered_headings_and_properties),
        cmocka_unit_test(lists_count_as_their_styles_say),
        cmocka_unit_test(what_is_hidden_or_deleted_is_left_out),
        cmocka_unit_test(notes_comments_and_pictures_follow_their_paragraph),
        cmocka_unit_test(tables_name_their_values),
        cmocka_unit_test(a_spreadsheet_shows_values_under_their_names),
        cmocka_unit_test(what_stands_beside_the_rows_of_a_sheet_is_behind_them),
        cmocka_unit_test(a_presentation_has_slides_as_they_are_seen),
        cmocka_unit_test(a_flat_file_is_read_too),
        cmocka_unit_test(an_encrypted_or_damaged_file_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
