/* Word, PowerPoint, Excel and EPUB: text, headings and places, from the least that each format
 * needs; files of real writers are read by tests/accept/test_formats.py. */
#include "extracted.h"
#include "zip_writer.h"

#include "extract/xml.h"

#define RELATION(id, kind, target)                                                                 \
    "<Relationship Id='" id "' Type='http://x/relationships/" kind "' Target='" target "'/>"
#define RELATIONS(list) "<Relationships>" list "</Relationships>"

static void assert_mark(const document *d, uint32_t i, const char *text_at, place_kind kind,
                        uint32_t number, const char *name)
{
    assert_true(i < d->mark_count);
    const place_mark *m = &d->marks[i];
    view rest = view_slice(d->text, m->offset, d->text.size);
    if (!view_starts_with(rest, view_of(text_at)))
        fail_msg("mark %u is at \"%.*s\"", i, VIEW_ARG(rest));
    assert_int_equal(m->kind, kind);
    assert_int_equal(m->number, number);
    assert_view(m->name, name);
}

/* A Word file with this body, and the styles that Word has. */
static view write_docx(zip_writer *z, const char *body)
{
    zip_init(z);
    zip_add_text(z, "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "word/d.xml")));
    zip_add_text(z, "word/_rels/d.xml.rels",
                 RELATIONS(RELATION("r1", "styles", "styles.xml")
                               RELATION("r2", "footnotes", "/word/notes.xml")));
    zip_add_text(z, "word/styles.xml",
                 "<w:styles xmlns:w='w'><w:style w:styleId='T'><w:name w:val='Title'/></w:style>"
                 "<w:style w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style>"
                 "<w:style w:styleId='H2'><w:name w:val='My own'/><w:pPr><w:outlineLvl "
                 "w:val='1'/></w:pPr></w:style>"
                 "<w:style w:styleId='N'><w:name w:val='Numbered'/><w:pPr><w:numPr><w:numId "
                 "w:val='1'/></w:numPr><w:outlineLvl w:val='0'/></w:pPr></w:style>"
                 "<w:style w:styleId='L'><w:name w:val='List'/><w:pPr><w:numPr><w:numId "
                 "w:val='2'/></w:numPr></w:pPr></w:style>"
                 "<w:style w:styleId='P'><w:name w:val='Plain'/><w:pPr><w:numPr><w:numId "
                 "w:val='0'/></w:numPr></w:pPr></w:style></w:styles>");
    zip_add_text(
        z, "word/notes.xml",
        "<w:footnotes xmlns:w='w'><w:footnote w:id='2'><w:p><w:r><w:t>A note.</w:t></w:r></w:p>"
        "</w:footnote></w:footnotes>");
    zip_add_text(z, "word/d.xml", body);
    return zip_finish(z);
}

static void word_gives_paragraphs_headings_tables_and_notes(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_docx(
        &z, "<w:document xmlns:w='w'><w:body>"
            "<w:p><w:pPr><w:pStyle w:val='T'/></w:pPr><w:r><w:t>The book</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:pStyle w:val='berschrift1'/></w:pPr><w:r><w:t>One</w:t></w:r></w:p>"
            "<w:p><w:r><w:t>Split </w:t></w:r><w:r><w:t>text</w:t><w:br/><w:t>&amp; line"
            "</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
            "<w:p><w:pPr><w:pStyle w:val='H2'/><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Two"
            "</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc>"
            "<w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p><w:p><w:r><w:t>d</w:t></w:r></w:p></w:tc>"
            "</w:tr><w:tr><w:tc><w:p><w:r><w:t>e</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
            "<w:p><w:r><w:t>End</w:t><w:footnoteReference w:id='2'/></w:r></w:p></w:body>"
            "</w:document>");
    extracted_expect(&e, "book.docx", file, 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "The book\n\nOne\n\nSplit text\n& line\n\nTwo\n\na |  | c d\ne\n\nEnd\n\n"
                         "Footnote 1: A note.");
    assert_view(d->title, "The book");
    assert_view(d->id, "book");
    assert_field(d, "type", "docx");
    assert_heading(d, 0, "One\n", "One");
    assert_heading(d, 1, "Two\n", "One > Two");
    assert_int_equal(d->mark_count, 6); // Word has no pages; a table is one paragraph
    assert_mark(d, 4, "a |", PLACE_PARAGRAPH, 5, "");
    assert_mark(d, 5, "End", PLACE_PARAGRAPH, 6, "");
    assert_false(d->text_is_file);
    extracted_done(&e);
    zip_done(&z);
}

static void word_numbering_makes_a_list_unless_it_is_taken_back_or_of_a_heading(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_docx(
        &z, "<w:document xmlns:w='w'><w:body>"
            "<w:p><w:pPr><w:pStyle w:val='N'/></w:pPr><w:r><w:t>One</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:pStyle w:val='L'/></w:pPr><w:r><w:t>first</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='2'/></w:numPr></w:pPr>"
            "<w:r><w:t>second</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:pStyle w:val='L'/><w:numPr><w:numId w:val='0'/></w:numPr></w:pPr>"
            "<w:r><w:t>Plain.</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:pStyle w:val='P'/></w:pPr><w:r><w:t>Plain too.</w:t></w:r></w:p>"
            "</w:body></w:document>");
    extracted_expect(&e, "book.docx", file, 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "One\n\nfirst\nsecond\n\nPlain.\n\nPlain too.");
    assert_heading(d, 0, "One\n", "One");
    extracted_done(&e);
    zip_done(&z);
}

/* pandoc 2.17 writes numPr before pStyle. */
static void word_a_style_behind_the_numbering_takes_it_not_back(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "word/d.xml")));
    zip_add_text(&z, "word/_rels/d.xml.rels",
                 RELATIONS(RELATION("r1", "numbering", "numbering.xml")));
    zip_add_text(&z, "word/numbering.xml",
                 "<w:numbering xmlns:w='w'><w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'>"
                 "<w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl><w:lvl w:ilvl='1'>"
                 "<w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%2)'/></w:lvl></w:abstractNum>"
                 "<w:num w:numId='7'><w:abstractNumId w:val='1'/></w:num></w:numbering>");
    zip_add_text(&z, "word/d.xml",
                 "<w:document xmlns:w='w'><w:body><w:p><w:pPr><w:numPr><w:ilvl w:val='0'/>"
                 "<w:numId w:val='7'/></w:numPr><w:pStyle w:val='Compact'/></w:pPr><w:r><w:t>one"
                 "</w:t></w:r></w:p><w:p><w:pPr><w:numPr><w:ilvl w:val='1'/><w:numId w:val='7'/>"
                 "</w:numPr><w:pStyle w:val='Compact'/></w:pPr><w:r><w:t>within</w:t></w:r></w:p>"
                 "<w:p><w:pPr><w:pStyle w:val='Compact'/></w:pPr><w:r><w:t>Plain.</w:t></w:r></w:p>"
                 "</w:body></w:document>");
    extracted_expect(&e, "book.docx", zip_finish(&z), 1);
    assert_view(e.found.documents[0].text, "1. one\na) within\n\nPlain.");
    extracted_done(&e);
    zip_done(&z);
}

static void word_lists_of_forms_show_the_entry_that_is_chosen(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_docx(
        &z,
        "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>Colour: </w:t></w:r><w:r><w:fldChar "
        "w:fldCharType='begin'><w:ffData><w:ddList><w:result w:val='1'/><w:listEntry w:val='red'/>"
        "<w:listEntry w:val='green'/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:instrText> "
        "FORMDROPDOWN </w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t>, "
        "</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:listEntry "
        "w:val='oak'/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType='end'/>"
        "</w:r></w:p></w:body></w:document>");
    extracted_expect(&e, "book.docx", file, 1);
    assert_view(e.found.documents[0].text, "Colour: green, oak");
    extracted_done(&e);
    zip_done(&z);
}

static void word_a_paragraph_within_a_formula_is_survived(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_docx(&z, "<w:document xmlns:w='w' xmlns:m='m'><w:body><w:p><m:oMath><w:p>"
                               "<w:r><w:t>in</w:t></w:r></w:p><m:f><m:num><m:r><m:t>1</m:t></m:r>"
                               "</m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"
                               "</w:p></w:body></w:document>");
    extracted_expect(&e, "book.docx", file, 1);
    assert_view(e.found.documents[0].text, "1/2\n\nin");
    extracted_done(&e);
    zip_done(&z);
}

static void powerpoint_gives_slides_in_the_order_of_the_show_with_notes(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "_rels/.rels", RELATIONS(RELATION("r", "officeDocument", "ppt/p.xml")));
    zip_add_text(&z, "ppt/p.xml",
                 "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldIdLst><p:sldId id='256' r:id='r2'/>"
                 "<p:sldId id='257' r:id='r1'/></p:sldIdLst></p:presentation>");
    zip_add_text(&z, "ppt/_rels/p.xml.rels",
                 RELATIONS(RELATION("r1", "slide", "slides/s1.xml")
                               RELATION("r2", "slide", "slides/s2.xml")));
    zip_add_text(&z, "ppt/slides/s1.xml",
                 "<p:sld xmlns:p='p' xmlns:a='a'><p:sp><p:nvPr><p:ph type='title'/></p:nvPr>"
                 "<a:p><a:r><a:t>Budget</a:t></a:r></a:p></p:sp><p:sp><a:p><a:r><a:t>First"
                 "</a:t></a:r></a:p><a:p><a:r><a:t>Second</a:t></a:r></a:p></p:sp><p:sp><p:nvPr>"
                 "<p:ph type='sldNum'/></p:nvPr><a:p><a:fld><a:t>2</a:t></a:fld></a:p></p:sp>"
                 "</p:sld>");
    zip_add_text(&z, "ppt/slides/_rels/s1.xml.rels",
                 RELATIONS(RELATION("r1", "notesSlide", "../notes/n.xml")));
    zip_add_text(&z, "ppt/notes/n.xml",
                 "<p:notes xmlns:p='p' xmlns:a='a'><p:sp><p:nvPr><p:ph type='sldNum'/></p:nvPr>"
                 "<a:p><a:t>7</a:t></a:p></p:sp><p:sp><p:nvPr><p:ph type='body'/></p:nvPr><a:p>"
                 "<a:t>Say it slowly.</a:t></a:p></p:sp><p:sp><a:p><a:t>A text box.</a:t></a:p>"
                 "</p:sp></p:notes>");
    zip_add_text(&z, "ppt/slides/s2.xml",
                 "<p:sld xmlns:p='p' xmlns:a='a'><p:sp><a:p><a:t>Welcome</a:t></a:p></p:sp>"
                 "</p:sld>");
    extracted_expect(&e, "talk.pptx", zip_finish(&z), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text,
                "Welcome\n\nBudget\n\nFirst\nSecond\n\nNotes: Say it slowly.\n\nA text box.");
    assert_int_equal(d->mark_count, 2);
    assert_mark(d, 0, "Welcome", PLACE_SLIDE, 1, "");
    assert_mark(d, 1, "Budget", PLACE_SLIDE, 2, "");
    assert_heading(d, 0, "Budget", "Budget");
    extracted_done(&e);
    zip_done(&z);
}

static void excel_names_every_value_and_keeps_the_numbers_of_rows(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "_rels/.rels", RELATIONS(RELATION("r", "officeDocument", "xl/w.xml")));
    zip_add_text(&z, "xl/w.xml",
                 "<workbook xmlns:r='r'><sheets><sheet name='Prices' sheetId='1' r:id='r1'/>"
                 "<sheet name='Empty' sheetId='2' r:id='r2'/></sheets></workbook>");
    zip_add_text(&z, "xl/_rels/w.xml.rels",
                 RELATIONS(RELATION("r1", "worksheet", "s.xml") RELATION("r2", "worksheet", "t.xml")
                               RELATION("r3", "sharedStrings", "ss.xml")
                                   RELATION("r4", "styles", "st.xml")));
    zip_add_text(&z, "xl/ss.xml",
                 "<sst><si><t>Item</t></si><si><t>Price</t></si><si><r><t>La</t></r><r><t>mp</t>"
                 "</r><rPh><t>x</t></rPh></si></sst>");
    zip_add_text(&z, "xl/st.xml",
                 "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy\\-mm\\-dd'/>"
                 "</numFmts><cellStyleXfs><xf numFmtId='9'/></cellStyleXfs><cellXfs><xf "
                 "numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='10'/></cellXfs></styleSheet>");
    zip_add_text(&z, "xl/s.xml",
                 "<worksheet><sheetData><row r='2'><c r='A2' t='inlineStr'><is><t>Shop list</t>"
                 "</is></c></row><row r='4'><c r='B4' t='s'><v>0</v></c><c r='C4' t='s'><v>1</v>"
                 "</c><c r='D4' t='str'><v>Since</v></c></row><row r='7'><c r='B7' "
                 "t='s'><v>2</v></c><c r='C7'><f>1+1</f>"
                 "<v>19.900000000000002</v></c><c r='D7' s='1'><v>45351</v></c><c r='E7' s='2'>"
                 "<v>0.125</v></c></row><row><c t='b'><v>1</v></c><c><f>A1</f></c></row>"
                 "</sheetData></worksheet>");
    zip_add_text(&z, "xl/t.xml", "<worksheet><sheetData/></worksheet>");
    extracted_expect(&e, "shop.xlsx", zip_finish(&z), 1);
    const document *d = &e.found.documents[0];
    assert_view(
        d->text,
        "Shop list\n\nItem | Price | Since\n\nItem: Lamp | Price: 19.9 | Since: 2024-02-29 | "
        "E7: 12.5%\n\n"
        "TRUE | Item: =A1");
    assert_int_equal(d->mark_count, 4);
    assert_mark(d, 0, "Shop", PLACE_ROW, 2, "Prices");
    assert_mark(d, 2, "Item: Lamp", PLACE_ROW, 7, "Prices");
    assert_mark(d, 3, "TRUE", PLACE_ROW, 8, "Prices");
    assert_view(d->title, "shop");
    extracted_done(&e);
    zip_done(&z);
}

/* A workbook with one sheet of these cells, and these shared strings. */
static view write_xlsx(zip_writer *z, const char *strings, const char *cells)
{
    zip_init(z);
    zip_add_text(z, "_rels/.rels", RELATIONS(RELATION("r", "officeDocument", "xl/w.xml")));
    zip_add_text(z, "xl/w.xml",
                 "<workbook xmlns:r='r'><sheets><sheet name='S' sheetId='1' r:id='r1'/></sheets>"
                 "</workbook>");
    zip_add_text(
        z, "xl/_rels/w.xml.rels",
        RELATIONS(RELATION("r1", "worksheet", "s.xml") RELATION("r3", "sharedStrings", "ss.xml")));
    zip_add_text(z, "xl/ss.xml", strings);
    zip_add_text(z, "xl/s.xml", cells);
    return zip_finish(z);
}

static void excel_a_cell_or_string_within_a_raised_text_is_survived(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    view file = write_xlsx(
        &z,
        "<sst><si><t>Old</t><t><si><vertAlign val='superscript'/></si></t></si>"
        "<si><t>Lamp</t></si></sst>",
        "<worksheet><sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>Lost</t><t><c r='A1' "
        "t='inlineStr'><vertAlign val='subscript'/></c></t></is></c></row><row r='2'><c r='A2' "
        "t='s'><v>2</v></c></row></sheetData></worksheet>");
    extracted_expect(&e, "a.xlsx", file, 1);
    assert_view(e.found.documents[0].text, "Lamp");
    extracted_done(&e);
    zip_done(&z);
}

static view write_epub(zip_writer *z, const char *encryption)
{
    zip_init(z);
    zip_add_text(z, "META-INF/container.xml",
                 "<container><rootfiles><rootfile full-path='o/b.opf'/></rootfiles></container>");
    if (encryption) zip_add_text(z, "META-INF/encryption.xml", encryption);
    zip_add_text(z, "o/b.opf",
                 "<package xmlns:dc='d'><metadata><dc:title>The sea</dc:title><dc:creator>A. W."
                 "</dc:creator></metadata><manifest><item id='n' properties='nav' href='n.xhtml' "
                 "media-type='application/xhtml+xml'/><item id='b' href='b%20b.xhtml' "
                 "media-type='application/xhtml+xml'/><item id='a' href='../a.xhtml' "
                 "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='n'/>"
                 "<itemref idref='b'/><itemref idref='a'/></spine></package>");
    zip_add_text(z, "o/n.xhtml", "<html><body>Contents</body></html>");
    zip_add_text(z, "o/b b.xhtml",
                 "<html><body><h1>Storm</h1><p>Wind.</p><h2>Night</h2><p>Dark.</p></body></html>");
    zip_add_text(z, "a.xhtml",
                 "<html><head><title>The sea</title></head><body><p>The end.</p></body></html>");
    return zip_finish(z);
}

static void assert_keywords(const document *d, const char *first, const char *second)
{
    const metadata_value *words = metadata_get(&d->fields, VIEW("keywords"));
    assert_non_null(words);
    assert_int_equal(words->kind, METADATA_LIST);
    assert_int_equal(words->list.count, 2);
    assert_view(words->list.elements[0].string, first);
    assert_view(words->list.elements[1].string, second);
}

/* What is said of a file is metadata, and no reason to refuse it when it is damaged. */
static void properties_of_a_package_give_keywords_or_nothing(void **state)
{
    (void)state;
    static const char *const CORES[] = {
        "<c><title>Lease</title><keywords>rent; Kiel, 2024;</keywords></c>",
        "<c><title>Lease</title><keywords>rent、 Kiel</keywords></c>",
        "<c><title>Lease</title><oops"};
    for (size_t i = 0; i < 3; i++) {
        extracted e;
        zip_writer z;
        zip_init(&z);
        zip_add_text(&z, "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "word/d.xml")));
        zip_add_text(&z, "word/d.xml",
                     "<w:d xmlns:w='w'><w:body><w:p><w:r><w:t>The rent is due.</w:t></w:r></w:p>"
                     "</w:body></w:d>");
        zip_add_text(&z, "docProps/core.xml", CORES[i]);
        extracted_expect(&e, "a.docx", zip_finish(&z), 1);
        assert_view(e.found.documents[0].text, "The rent is due.");
        if (i < 2) assert_view(e.found.documents[0].title, "Lease");
        if (i == 0) assert_keywords(&e.found.documents[0], "rent", "Kiel, 2024");
        if (i == 1) assert_keywords(&e.found.documents[0], "rent", "Kiel");
        extracted_done(&e);
        zip_done(&z);
    }
}

static void epub_gives_chapters_in_reading_order(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    extracted_expect(&e, "sea.epub", write_epub(&z, NULL), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Storm\n\nWind.\n\nNight\n\nDark.\n\nThe end.");
    assert_view(d->title, "The sea");
    assert_field(d, "author", "A. W.");
    assert_heading(d, 1, "Night", "Storm > Night");
    assert_heading(d, 2, "The end.", ""); // the heading of the chapter before is not in force
    assert_mark(d, 0, "Storm", PLACE_CHAPTER, 0, "Storm");
    assert_mark(d, 1, "The end.", PLACE_NONE, 0, ""); // its title is the book's, no chapter's
    extracted_done(&e);
    zip_done(&z);
}

static void epub_what_its_writer_filled_in_is_no_title_and_no_author(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "META-INF/container.xml",
                 "<container><rootfiles><rootfile full-path='b.opf'/></rootfiles></container>");
    zip_add_text(&z, "b.opf",
                 "<package xmlns:dc='d'><metadata><dc:title>Unknown Title</dc:title><dc:creator>"
                 "Unknown Author</dc:creator></metadata><manifest><item id='a' href='a.xhtml' "
                 "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/>"
                 "</spine></package>");
    zip_add_text(&z, "a.xhtml", "<html><body><p>The sea.</p></body></html>");
    extracted_expect(&e, "sea.epub", zip_finish(&z), 1);
    const document *d = &e.found.documents[0];
    assert_int_equal(d->title.size, 0);
    assert_null(metadata_get(&d->fields, VIEW("title")));
    assert_null(metadata_get(&d->fields, VIEW("author")));
    extracted_done(&e);
    zip_done(&z);
}

static void encrypted_books_and_office_files_are_refused_as_such(void **state)
{
    (void)state;
    zip_writer z;
    view book = write_epub(&z, "<encryption><EncryptedData><CipherReference URI='o/b%20b.xhtml'/>"
                               "</EncryptedData></encryption>");
    extracted_expect_failure("sea.epub", book, KITH_ERR_AUTH, "encrypted");
    zip_done(&z);
    book = write_epub(&z, "<encryption><EncryptedData><CipherReference URI='font.otf'/>"
                          "</EncryptedData></encryption>");
    extracted e;
    extracted_expect(&e, "sea.epub", book, 1); // a scrambled font is no obstacle
    extracted_done(&e);
    zip_done(&z);
    extracted_expect_failure("a.docx",
                             VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ... E\0n\0c\0r\0y\0p\0t\0e\0d\0"
                                  "P\0a\0c\0k\0a\0g\0e\0"),
                             KITH_ERR_AUTH, "encrypted");
    extracted_expect_failure("a.xlsx", VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ..."),
                             KITH_ERR_UNSUPPORTED, "before 2007");
}

static void entities_of_its_own_and_external_ones_are_never_expanded(void **state)
{
    (void)state;
    static const char *const BODIES[] = {
        "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><d>&b;</d>",
        "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>",
        "<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><d/>",
    };
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        zip_writer z;
        view file = write_docx(&z, BODIES[i]);
        extracted_expect_failure("a.docx", file, KITH_ERR_FORMAT, "declares entities");
        zip_done(&z);
    }
}

static kith_status ignore_element(void *context, view name, xml_attributes attributes,
                                  kith_error *err)
{
    (void)context, (void)name, (void)attributes, (void)err;
    return KITH_OK;
}

static void a_million_nested_elements_are_refused(void **state)
{
    (void)state;
    buffer body;
    zip_writer z;
    kith_error err = {0};
    xml_events events = {.start = ignore_element};
    buffer_init(&body, 1 << 24);
    for (int i = 0; i < 1000000; i++)
        buffer_append_text(&body, i % 7 ? "<w:p>" : "<w:tbl>");
    assert_status(KITH_ERR_LIMIT, xml_read(buffer_view(&body), VIEW("part"), &events, &err));
    extracted_expect_failure("a.docx", write_docx(&z, buffer_text(&body)), KITH_ERR_LIMIT,
                             "200 times"); // so regular that the archive refuses it first
    zip_done(&z);
    body.size = 7 * 100000; // too small for that
    extracted_expect_failure("a.docx", write_docx(&z, buffer_text(&body)), KITH_ERR_LIMIT,
                             "nested more than 256");
    zip_done(&z);
    buffer_done(&body);
}

static void broken_packages_fail_with_the_reason(void **state)
{
    (void)state;
    zip_writer z;
    extracted_expect_failure("a.docx", write_docx(&z, "<d><open></d>"), KITH_ERR_FORMAT,
                             "word/d.xml");
    view whole = zip_finish(&z);
    extracted_expect_failure("a.docx", view_slice(whole, 0, whole.size / 2), KITH_ERR_FORMAT,
                             "not a ZIP file, or cut short");
    zip_done(&z);
    zip_init(&z);
    zip_add_text(&z, "readme.txt", "nothing");
    view other = zip_finish(&z);
    extracted_expect_failure("a.pptx", other, KITH_ERR_FORMAT, "no Office document");
    extracted_expect_failure("a.epub", other, KITH_ERR_FORMAT, "no EPUB");
    extracted_expect_failure("a.jar", other, KITH_ERR_UNSUPPORTED, "binary");
    zip_done(&z);
    extracted_expect_failure("a.docx", VIEW("plain text"), KITH_ERR_FORMAT, "not a ZIP file");
}

static void archives_without_a_telling_name_are_known_by_their_parts(void **state)
{
    (void)state;
    zip_writer z;
    extracted e;
    zip_init(&z);
    zip_add_text(&z, "_rels/.rels",
                 RELATIONS(RELATION("r", "officeDocument", "word/document.xml")));
    zip_add_text(&z, "word/document.xml", "<d><p><t>Hello</t></p></d>");
    extracted_expect(&e, "download", zip_finish(&z), 1);
    assert_view(e.found.documents[0].text, "Hello");
    extracted_done(&e);
    zip_done(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(word_gives_paragraphs_headings_tables_and_notes),
        cmocka_unit_test(word_numbering_makes_a_list_unless_it_is_taken_back_or_of_a_heading),
        cmocka_unit_test(word_a_style_behind_the_numbering_takes_it_not_back),
        cmocka_unit_test(word_lists_of_forms_show_the_entry_that_is_chosen),
        cmocka_unit_test(word_a_paragraph_within_a_formula_is_survived),
        cmocka_unit_test(powerpoint_gives_slides_in_the_order_of_the_show_with_notes),
        cmocka_unit_test(excel_names_every_value_and_keeps_the_numbers_of_rows),
        cmocka_unit_test(excel_a_cell_or_string_within_a_raised_text_is_survived),
        cmocka_unit_test(properties_of_a_package_give_keywords_or_nothing),
        cmocka_unit_test(epub_gives_chapters_in_reading_order),
        cmocka_unit_test(epub_what_its_writer_filled_in_is_no_title_and_no_author),
        cmocka_unit_test(encrypted_books_and_office_files_are_refused_as_such),
        cmocka_unit_test(entities_of_its_own_and_external_ones_are_never_expanded),
        cmocka_unit_test(a_million_nested_elements_are_refused),
        cmocka_unit_test(broken_packages_fail_with_the_reason),
        cmocka_unit_test(archives_without_a_telling_name_are_known_by_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
