/* format.c - tables of extensions, names and signatures, and the order in which they decide:
 * 1. an extension of a format that is not read refuses the file, whatever it holds;
 * 2. ZIP and OLE files are what their extension says: docx, xlsx and EPUB have one signature;
 * 3. any other signature wins over the extension: no text starts so;
 * 4. the extension, but HTML under the name of XML is HTML; 5. the first kilobyte: HTML, an interpreter line; else text. */
#include "extract/format.h"

#include <stdbool.h>

typedef struct extension {
    const char *name; /* without the dot */
    file_kind kind;
    const char *format; /* file_format.name */
} extension;

/* What people have and kith does not read, and what to do. */
#define NO_KINDLE   "Kindle books are not read: convert it to EPUB (Calibre does)"
#define NO_XLSB     "binary workbooks of Excel (xlsb) are not read: save it as xlsx"
#define NO_APPLE    "Pages, Numbers and Keynote of Apple are not read: export it as PDF or for Office"
#define NO_PST      "mailboxes of Outlook (pst, ost) are not read: make an mbox of it (readpst does)"
#define NO_DRAWING  "drawings (Visio, OpenDocument) are not read: export it as PDF"
#define NO_DATABASE "databases are not read: export its tables as CSV or JSON Lines"
#define NO_ARCHIVE  "archives of RAR and 7-Zip are not read: unpack it, or pack it as zip"
#define NO_OLE                                                                                     \
    "this file of a program of before 2007 is not known: save it in a newer format, or as PDF"
#define NO_SYLK    "SYLK (slk) is not read: save it as xlsx, ods or CSV"
#define NO_DIF     "DIF (data interchange format) is not read: save it as xlsx, ods or CSV"
#define NO_PARQUET "Parquet is not read: export it as CSV or JSON Lines"

static const extension EXTENSIONS[] = {
    {"txt", FILE_TEXT, NULL},
    {"text", FILE_TEXT, NULL},
    {"log", FILE_TEXT, NULL},
    {"rst", FILE_TEXT, "rst"},
    {"org", FILE_TEXT, "org"},
    {"adoc", FILE_TEXT, "asciidoc"},
    {"asciidoc", FILE_TEXT, "asciidoc"},
    {"tex", FILE_TEXT, "latex"},
    {"ltx", FILE_TEXT, "latex"},
    {"typ", FILE_TEXT, "typst"},
    {"srt", FILE_SUBTITLES, NULL},
    {"vtt", FILE_SUBTITLES, NULL},
    {"ics", FILE_CALENDAR, NULL},
    {"ical", FILE_CALENDAR, NULL},
    {"vcf", FILE_CONTACTS, NULL},
    {"vcard", FILE_CONTACTS, NULL},
    {"md", FILE_MARKDOWN, NULL},
    {"markdown", FILE_MARKDOWN, NULL},
    {"mdown", FILE_MARKDOWN, NULL},
    {"mkd", FILE_MARKDOWN, NULL},
    {"mdx", FILE_MARKDOWN, NULL},
    {"qmd", FILE_MARKDOWN, NULL},
    {"rmd", FILE_MARKDOWN, NULL},
    {"html", FILE_HTML, NULL},
    {"htm", FILE_HTML, NULL},
    {"xhtml", FILE_HTML, NULL},
    {"json", FILE_JSON, NULL},
    {"geojson", FILE_JSON, NULL},
    {"topojson", FILE_JSON, NULL},
    {"jsonld", FILE_JSON, NULL},
    {"jsonc", FILE_JSON, NULL},
    {"webmanifest", FILE_JSON, NULL},
    {"har", FILE_JSON, NULL},
    {"jsonl", FILE_JSON_LINES, NULL},
    {"ndjson", FILE_JSON_LINES, NULL},
    {"csv", FILE_CSV, NULL},
    {"tsv", FILE_TSV, NULL},
    {"tab", FILE_TSV, NULL},
    {"c", FILE_CODE, "c"},
    {"h", FILE_CODE, "c"},
    {"cc", FILE_CODE, "cpp"},
    {"cpp", FILE_CODE, "cpp"},
    {"cxx", FILE_CODE, "cpp"},
    {"hh", FILE_CODE, "cpp"},
    {"hpp", FILE_CODE, "cpp"},
    {"hxx", FILE_CODE, "cpp"},
    {"cu", FILE_CODE, "cuda"},
    {"m", FILE_CODE, "objective-c"},
    {"mm", FILE_CODE, "objective-c"},
    {"rs", FILE_CODE, "rust"},
    {"go", FILE_CODE, "go"},
    {"zig", FILE_CODE, "zig"},
    {"py", FILE_CODE, "python"},
    {"pyi", FILE_CODE, "python"},
    {"js", FILE_CODE, "javascript"},
    {"mjs", FILE_CODE, "javascript"},
    {"cjs", FILE_CODE, "javascript"},
    {"jsx", FILE_CODE, "javascript"},
    {"ts", FILE_CODE, "typescript"},
    {"tsx", FILE_CODE, "typescript"},
    {"vue", FILE_CODE, "vue"},
    {"svelte", FILE_CODE, "svelte"},
    {"java", FILE_CODE, "java"},
    {"kt", FILE_CODE, "kotlin"},
    {"kts", FILE_CODE, "kotlin"},
    {"scala", FILE_CODE, "scala"},
    {"groovy", FILE_CODE, "groovy"},
    {"gradle", FILE_CODE, "groovy"},
    {"clj", FILE_CODE, "clojure"},
    {"cs", FILE_CODE, "csharp"},
    {"fs", FILE_CODE, "fsharp"},
    {"vb", FILE_CODE, "visual-basic"},
    {"swift", FILE_CODE, "swift"},
    {"dart", FILE_CODE, "dart"},
    {"rb", FILE_CODE, "ruby"},
    {"php", FILE_CODE, "php"},
    {"pl", FILE_CODE, "perl"},
    {"pm", FILE_CODE, "perl"},
    {"lua", FILE_CODE, "lua"},
    {"r", FILE_CODE, "r"},
    {"jl", FILE_CODE, "julia"},
    {"hs", FILE_CODE, "haskell"},
    {"ml", FILE_CODE, "ocaml"},
    {"mli", FILE_CODE, "ocaml"},
    {"ex", FILE_CODE, "elixir"},
    {"exs", FILE_CODE, "elixir"},
    {"erl", FILE_CODE, "erlang"},
    {"el", FILE_CODE, "lisp"},
    {"lisp", FILE_CODE, "lisp"},
    {"scm", FILE_CODE, "scheme"},
    {"f90", FILE_CODE, "fortran"},
    {"pas", FILE_CODE, "pascal"},
    {"asm", FILE_CODE, "assembly"},
    {"s", FILE_CODE, "assembly"},
    {"v", FILE_CODE, "verilog"},
    {"sv", FILE_CODE, "verilog"},
    {"vhd", FILE_CODE, "vhdl"},
    {"sh", FILE_CODE, "shell"},
    {"bash", FILE_CODE, "shell"},
    {"zsh", FILE_CODE, "shell"},
    {"fish", FILE_CODE, "shell"},
    {"ps1", FILE_CODE, "powershell"},
    {"bat", FILE_CODE, "batch"},
    {"cmd", FILE_CODE, "batch"},
    {"sql", FILE_CODE, "sql"},
    {"proto", FILE_CODE, "protobuf"},
    {"graphql", FILE_CODE, "graphql"},
    {"css", FILE_CODE, "css"},
    {"scss", FILE_CODE, "css"},
    {"less", FILE_CODE, "css"},
    {"xml", FILE_XML, NULL},
    {"dbk", FILE_XML, NULL},
    {"docbook", FILE_XML, NULL},
    {"tei", FILE_XML, NULL},
    {"dita", FILE_XML, NULL},
    {"rss", FILE_XML, NULL},
    {"atom", FILE_XML, NULL},
    {"opml", FILE_XML, NULL},
    {"kml", FILE_XML, NULL},
    {"gpx", FILE_XML, NULL},
    {"plist", FILE_XML, NULL},
    {"wsdl", FILE_XML, NULL},
    {"csproj", FILE_XML, NULL},
    {"vbproj", FILE_XML, NULL},
    {"fsproj", FILE_XML, NULL},
    {"vcxproj", FILE_XML, NULL},
    {"nuspec", FILE_XML, NULL},
    {"resx", FILE_XML, NULL},
    {"xlf", FILE_XML, NULL},
    {"xliff", FILE_XML, NULL},
    {"ditamap", FILE_XML, NULL},
    {"xsd", FILE_CODE, "xml"},
    {"xsl", FILE_CODE, "xml"},
    {"svg", FILE_XML, NULL},
    {"yaml", FILE_CODE, "yaml"},
    {"yml", FILE_CODE, "yaml"},
    {"toml", FILE_CODE, "toml"},
    {"ini", FILE_CODE, "ini"},
    {"cfg", FILE_CODE, "ini"},
    {"conf", FILE_CODE, "ini"},
    {"properties", FILE_PROPERTIES, NULL},
    {"cmake", FILE_CODE, "cmake"},
    {"mk", FILE_CODE, "make"},
    {"nix", FILE_CODE, "nix"},
    {"tf", FILE_CODE, "terraform"},
    {"diff", FILE_CODE, "diff"},
    {"patch", FILE_CODE, "diff"},
    {"pdf", FILE_PDF, NULL},
    {"docx", FILE_DOCX, NULL},
    {"docm", FILE_DOCX, NULL},
    {"dotx", FILE_DOCX, NULL},
    {"pptx", FILE_PPTX, NULL},
    {"pptm", FILE_PPTX, NULL},
    {"ppsx", FILE_PPTX, NULL},
    {"xlsx", FILE_XLSX, NULL},
    {"xlsm", FILE_XLSX, NULL},
    {"doc", FILE_DOC, NULL},
    {"ppt", FILE_PPT, NULL},
    {"pps", FILE_PPT, NULL},
    {"pot", FILE_PPT, NULL},
    {"xls", FILE_XLS, NULL},
    {"xlt", FILE_XLS, NULL},
    {"odt", FILE_ODT, NULL},
    {"ott", FILE_ODT, NULL},
    {"fodt", FILE_ODT, NULL},
    {"ods", FILE_ODS, NULL},
    {"ots", FILE_ODS, NULL},
    {"fods", FILE_ODS, NULL},
    {"odp", FILE_ODP, NULL},
    {"otp", FILE_ODP, NULL},
    {"fodp", FILE_ODP, NULL},
    {"rtf", FILE_RTF, NULL},
    {"zip", FILE_ZIP, NULL},
    {"tar", FILE_TAR, NULL},
    {"gz", FILE_PACKED, NULL},
    {"tgz", FILE_PACKED, NULL},
    {"bz2", FILE_PACKED, NULL},
    {"tbz", FILE_PACKED, NULL},
    {"tbz2", FILE_PACKED, NULL},
    {"xz", FILE_PACKED, NULL},
    {"txz", FILE_PACKED, NULL},
    {"zst", FILE_PACKED, NULL},
    {"tzst", FILE_PACKED, NULL},
    {"epub", FILE_EPUB, NULL},
    {"fb2", FILE_XML, NULL},
    {"djvu", FILE_DJVU, NULL},
    {"djv", FILE_DJVU, NULL},
    {"eml", FILE_MAIL, NULL},
    {"mbox", FILE_MAILBOX, NULL},
    {"msg", FILE_MSG, NULL},
    {"oft", FILE_MSG, NULL},
    {"tnef", FILE_TNEF, NULL},
    {"mht", FILE_SAVED_PAGE, NULL},
    {"mhtml", FILE_SAVED_PAGE, NULL},
    {"ipynb", FILE_NOTEBOOK, NULL},
    {"mobi", FILE_UNSUPPORTED, NO_KINDLE},
    {"azw", FILE_UNSUPPORTED, NO_KINDLE},
    {"azw3", FILE_UNSUPPORTED, NO_KINDLE},
    {"kfx", FILE_UNSUPPORTED, NO_KINDLE},
    {"xlsb", FILE_UNSUPPORTED, NO_XLSB},
    {"pages", FILE_UNSUPPORTED, "Apple Pages is not read: export it as Word or PDF"},
    {"numbers", FILE_UNSUPPORTED, "Apple Numbers is not read: export it as Excel or CSV"},
    {"webarchive", FILE_UNSUPPORTED,
     "web archives of Safari are not read: save the page as HTML or PDF"},
    {"pst", FILE_UNSUPPORTED, NO_PST},
    {"ost", FILE_UNSUPPORTED, NO_PST},
    {"one", FILE_UNSUPPORTED, "OneNote is not read: export it as Word or PDF"},
    {"chm", FILE_UNSUPPORTED, "compiled HTML help is not read: unpack it (7z does)"},
    {"wpd", FILE_UNSUPPORTED, "WordPerfect is not read: save it as Word or OpenDocument"},
    {"vsd", FILE_UNSUPPORTED, NO_DRAWING},
    {"vsdx", FILE_UNSUPPORTED, NO_DRAWING},
    {"odg", FILE_UNSUPPORTED, NO_DRAWING},
    {"mdb", FILE_UNSUPPORTED, NO_DATABASE},
    {"accdb", FILE_UNSUPPORTED, NO_DATABASE},
    {"rar", FILE_UNSUPPORTED, NO_ARCHIVE},
    {"7z", FILE_UNSUPPORTED, NO_ARCHIVE},
    {"parquet", FILE_UNSUPPORTED, NO_PARQUET},
    {"slk", FILE_UNSUPPORTED, NO_SYLK},
    {"sylk", FILE_UNSUPPORTED, NO_SYLK},
};

/* Files known by their whole name. */
static const extension NAMES[] = {
    {"makefile", FILE_CODE, "make"},        {"gnumakefile", FILE_CODE, "make"},
    {"dockerfile", FILE_CODE, "docker"},    {"containerfile", FILE_CODE, "docker"},
    {"cmakelists.txt", FILE_CODE, "cmake"}, {"meson.build", FILE_CODE, "meson"},
    {"meson.options", FILE_CODE, "meson"},  {"rakefile", FILE_CODE, "ruby"},
    {"gemfile", FILE_CODE, "ruby"},
};

typedef struct signature {
    view bytes;
    file_kind kind;
    const char *format;
} signature;

#define SIGNATURE(literal)                                                                         \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* Bytes that no text starts with, whatever its name. */
static const signature SIGNATURES[] = {
    {SIGNATURE("%PDF-"), FILE_PDF, NULL},
    {SIGNATURE("{\\rtf"), FILE_RTF, NULL},
    {SIGNATURE("\x78\x9F\x3E\x22"), FILE_TNEF, NULL},
    {SIGNATURE("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), FILE_UNSUPPORTED, NO_OLE},
    {SIGNATURE("PK\x03\x04"), FILE_BINARY, NULL},
    {SIGNATURE("PK\x05\x06"), FILE_BINARY, NULL},
    {SIGNATURE("\x7F"
               "ELF"),
     FILE_BINARY, NULL},
    {SIGNATURE("\x89PNG\r\n"), FILE_BINARY, NULL},
    {SIGNATURE("\xFF\xD8\xFF"), FILE_BINARY, NULL},
    {SIGNATURE("GIF87a"), FILE_BINARY, NULL},
    {SIGNATURE("GIF89a"), FILE_BINARY, NULL},
    {SIGNATURE("\x1F\x8B\x08"), FILE_PACKED, NULL},
    {SIGNATURE("BZh91AY&SY"), FILE_PACKED, NULL},
    {SIGNATURE("\xFD"
               "7zXZ"),
     FILE_PACKED, NULL},
    {SIGNATURE("\x28\xB5\x2F\xFD"), FILE_PACKED, NULL},
    {SIGNATURE("7z\xBC\xAF\x27\x1C"), FILE_UNSUPPORTED, NO_ARCHIVE},
    {SIGNATURE("Rar!\x1A\x07"), FILE_UNSUPPORTED, NO_ARCHIVE},
    {SIGNATURE("SQLite format 3"), FILE_UNSUPPORTED, NO_DATABASE},
    {SIGNATURE("AT&TFORM"), FILE_DJVU, NULL},
    {SIGNATURE("OggS\0"), FILE_BINARY, NULL},
    {SIGNATURE("fLaC\0"), FILE_BINARY, NULL},
    {SIGNATURE("PAR1"), FILE_UNSUPPORTED, NO_PARQUET},
};

/* Words that an interpreter line may hold ("#!/usr/bin/env python3"); the first found decides. */
static const extension INTERPRETERS[] = {
    {"python", FILE_CODE, "python"}, {"bash", FILE_CODE, "shell"},      {"zsh", FILE_CODE, "shell"},
    {"sh", FILE_CODE, "shell"},      {"node", FILE_CODE, "javascript"}, {"perl", FILE_CODE, "perl"},
    {"ruby", FILE_CODE, "ruby"},     {"lua", FILE_CODE, "lua"},         {"awk", FILE_CODE, "awk"},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Offset of the dot of the last extension; name.size when there is none. */
static size_t find_dot(view name)
{
    for (size_t i = name.size; i > 1; i--)
        if (name.data[i - 1] == '.') return i - 1;
    return name.size;
}

view format_stem(view name)
{
    size_t dot = find_dot(name);
    return dot + 1 == name.size ? name : view_slice(name, 0, dot);
}

static const extension *find_named(const extension *table, size_t count, view name)
{
    for (size_t i = 0; i < count; i++)
        if (view_equal_nocase(view_of(table[i].name), name)) return &table[i];
    return NULL;
}

static const extension *find_by_name(view name)
{
    const extension *found = find_named(NAMES, COUNT(NAMES), name);
    size_t dot = find_dot(name);
    if (found || dot == name.size) return found;
    return find_named(EXTENSIONS, COUNT(EXTENSIONS), view_slice(name, dot + 1, name.size));
}

static const signature *find_signature(view bytes)
{
    for (size_t i = 0; i < COUNT(SIGNATURES); i++)
        if (view_starts_with(bytes, SIGNATURES[i].bytes)) return &SIGNATURES[i];
    return NULL;
}

static const extension *find_interpreter(view bytes)
{
    if (!view_starts_with(bytes, VIEW("#!"))) return NULL;
    const char *newline = memchr(bytes.data, '\n', bytes.size < 256 ? bytes.size : 256);
    if (!newline) return NULL;
    view line = view_slice(bytes, 2, (size_t)(newline - bytes.data));
    for (size_t i = 0; i < COUNT(INTERPRETERS); i++)
        if (view_find(line, view_of(INTERPRETERS[i].name)) < line.size) return &INTERPRETERS[i];
    return NULL;
}

/* The source of a manual page begins with a macro or a comment, and has a title and a section. */
static bool is_manual(view bytes)
{
    view head = view_slice(bytes, 0, bytes.size < 16384 ? bytes.size : 16384);
    if (head.size == 0 || (head.data[0] != '.' && head.data[0] != '\'')) return false;
    bool has_title = view_starts_with(head, VIEW(".TH ")) || view_starts_with(head, VIEW(".Dd ")) ||
                     view_find(head, VIEW("\n.TH ")) < head.size ||
                     view_find(head, VIEW("\n.Dd ")) < head.size;
    return has_title && (view_find(head, VIEW("\n.SH")) < head.size ||
                         view_find(head, VIEW("\n.Sh")) < head.size);
}

/* The first bytes, without a byte order mark and blanks before the text. */
static view head_of(view bytes)
{
    view head = view_trim(view_slice(bytes, 0, bytes.size < 1024 ? bytes.size : 1024));
    return view_starts_with(head, VIEW("\xEF\xBB\xBF")) ? view_trim(view_slice(head, 3, head.size))
                                                        : head;
}

static bool begins_html(view head)
{
    return view_starts_with_nocase(head, VIEW("<!doctype html")) ||
           view_starts_with_nocase(head, VIEW("<!doctype netscape-bookmark-file")) ||
           view_starts_with_nocase(head, VIEW("<html"));
}

/* The line that begins at *at, without its end, which *at is moved behind. */
static view next_line(view text, size_t *at)
{
    view rest = view_slice(text, *at, text.size);
    size_t size = view_find(rest, VIEW("\n"));
    *at += size < rest.size ? size + 1 : size;
    return view_trim(view_slice(rest, 0, size));
}

/* Excel's "ID;PWXL;N;E", and records of cells or formats below it: a list that begins with a column "ID"
 * has no such lines. */
static bool is_sylk(view head)
{
    static const view RECORDS[] = {SIGNATURE("\nC;X"), SIGNATURE("\nC;Y"), SIGNATURE("\nP;P"),
                                   SIGNATURE("\nB;X"), SIGNATURE("\nB;Y")};
    if (!view_starts_with(head, VIEW("ID;P"))) return false;
    for (size_t i = 0; i < COUNT(RECORDS); i++)
        if (view_find(head, RECORDS[i]) < head.size) return true;
    return false;
}

/* Its header is in lines of three: a topic, "0,1", a text in quotes. */
static bool is_dif(view head)
{
    size_t at = 0;
    return view_equal(next_line(head, &at), VIEW("TABLE")) &&
           view_equal(next_line(head, &at), VIEW("0,1")) &&
           view_starts_with(next_line(head, &at), VIEW("\""));
}

static file_format format_by_content(view bytes)
{
    if (is_manual(bytes)) return (file_format){FILE_MANUAL, NULL};
    view head = head_of(bytes);
    if (is_sylk(head)) return (file_format){FILE_UNSUPPORTED, NO_SYLK};
    if (is_dif(head)) return (file_format){FILE_UNSUPPORTED, NO_DIF};
    if (begins_html(head)) return (file_format){FILE_HTML, NULL};
    if (view_starts_with_nocase(head, VIEW("<?xml")) && view_find(head, VIEW("<html")) < head.size)
        return (file_format){FILE_HTML, NULL};
    if (view_starts_with_nocase(head, VIEW("<?xml"))) return (file_format){FILE_XML, NULL};
    const extension *interpreter = find_interpreter(bytes);
    if (interpreter) return (file_format){interpreter->kind, interpreter->format};
    return (file_format){FILE_TEXT, NULL};
}

bool format_is_text(file_kind kind)
{
    return kind <= FILE_NOTEBOOK;
}

bool format_is_foreign(file_kind kind)
{
    switch (kind) {
    case FILE_HTML:
    case FILE_XML:
    case FILE_CALENDAR:
    case FILE_CONTACTS:
    case FILE_DOCX:
    case FILE_PPTX:
    case FILE_XLSX:
    case FILE_EPUB:
    case FILE_ODT:
    case FILE_ODS:
    case FILE_ODP:
    case FILE_RTF:
    case FILE_DOC:
    case FILE_XLS:
    case FILE_PPT:
    case FILE_MSG:
    case FILE_TNEF:
    case FILE_MANUAL:
    case FILE_ZIP:
    case FILE_TAR:
    case FILE_PACKED:
    case FILE_PDF:
    case FILE_DJVU:
    case FILE_MAIL:
    case FILE_MAILBOX:
    case FILE_SAVED_PAGE:
        return true;
    default:
        return false;
    }
}

bool format_is_mail(file_kind kind)
{
    return kind == FILE_MAIL || kind == FILE_MAILBOX || kind == FILE_SAVED_PAGE;
}

/* The format of a ZIP file whose extension says nothing: names of entries are not compressed. */
static file_format format_of_archive(view bytes)
{
    static const signature CLUES[] = {
        {SIGNATURE("mimetypeapplication/epub+zip"), FILE_EPUB, NULL},
        {SIGNATURE("mimetypeapplication/vnd.oasis.opendocument.text"), FILE_ODT, NULL},
        {SIGNATURE("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), FILE_ODS, NULL},
        {SIGNATURE("mimetypeapplication/vnd.oasis.opendocument.presentation"), FILE_ODP, NULL},
        {SIGNATURE("word/document.xml"), FILE_DOCX, NULL},
        {SIGNATURE("ppt/presentation.xml"), FILE_PPTX, NULL},
        {SIGNATURE("xl/workbook.xml"), FILE_XLSX, NULL},
        {SIGNATURE("xl/workbook.bin"), FILE_UNSUPPORTED, NO_XLSB},
        {SIGNATURE("Index/Document.iwa"), FILE_UNSUPPORTED, NO_APPLE},
    };
    if (!view_starts_with(bytes, VIEW("PK\x03\x04"))) return (file_format){FILE_BINARY, NULL};
    for (size_t i = 0; i < COUNT(CLUES); i++)
        if (view_find(bytes, CLUES[i].bytes) < bytes.size)
            return (file_format){CLUES[i].kind, CLUES[i].format};
    return (file_format){FILE_BINARY, NULL};
}

static bool is_ole(view bytes)
{
    return view_starts_with(bytes, VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"));
}

/* The format of an OLE2 file whose extension says nothing: names of streams are not compressed, in
 * UTF-16. */
static file_format format_of_ole(view bytes)
{
    static const struct {
        view stream; /* what begins its name */
        file_kind kind;
    } CLUES[] = {
        {SIGNATURE("_\0_\0s\0u\0b\0s\0t\0g\0"), FILE_MSG},
        {SIGNATURE("W\0o\0r\0k\0b\0o\0o\0k\0"), FILE_XLS},
        {SIGNATURE("P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 \0D\0"), FILE_PPT},
        {SIGNATURE("W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"), FILE_DOC},
    };
    for (size_t i = 0; i < COUNT(CLUES); i++)
        if (view_find(bytes, CLUES[i].stream) < bytes.size)
            return (file_format){CLUES[i].kind, NULL};
    return (file_format){FILE_UNSUPPORTED, NO_OLE};
}

/* Formats that are OLE2 files and nothing else. What bears such a name and is none is known by its
 * content: programs write HTML and lists with tabs as "report.xls". */
static bool is_ole_kind(file_kind kind)
{
    return kind == FILE_DOC || kind == FILE_XLS || kind == FILE_PPT || kind == FILE_MSG;
}

static file_format format_of_misnamed(file_kind named, view bytes)
{
    file_format found = format_by_content(bytes);
    view first = view_slice(bytes, 0, view_find(bytes, VIEW("\n")));
    bool is_list = named == FILE_XLS && found.kind == FILE_TEXT;
    if (is_list && view_find(first, VIEW("\t")) < first.size)
        found.kind = FILE_TSV;
    else if (is_list)
        found.kind = FILE_CSV;
    return found;
}

/* A ZIP or OLE file (an encrypted file of Office): its extension says what is in it. */
static bool is_container(view bytes)
{
    return view_starts_with(bytes, VIEW("PK")) || is_ole(bytes);
}

file_format format_detect(view name, view bytes)
{
    const extension *named = find_by_name(name);
    if (named && named->kind == FILE_UNSUPPORTED) return (file_format){named->kind, named->format};
    bool is_misnamed = named && bytes.size && is_ole_kind(named->kind) && !is_ole(bytes);
    if (named && !is_misnamed && !format_is_text(named->kind) && is_container(bytes))
        return (file_format){named->kind, NULL};
    const signature *signed_as = find_signature(bytes);
    if (signed_as && view_starts_with(signed_as->bytes, VIEW("PK")))
        return format_of_archive(bytes);
    if (signed_as && is_ole(bytes)) return format_of_ole(bytes);
    if (signed_as) return (file_format){signed_as->kind, signed_as->format};
    if (is_misnamed) return format_of_misnamed(named->kind, bytes);
    if (named && named->kind == FILE_XML && begins_html(head_of(bytes))) // "index.svg"
        return (file_format){FILE_HTML, NULL};
    if (named) return (file_format){named->kind, named->format};
    return format_by_content(bytes);
}
