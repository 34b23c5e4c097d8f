"""Sources for LibreOffice: OpenDocument in one XML file, of which a test writes only the part that it is about."""

import pathlib

NAMESPACES = {
    "office": "office:1.0", "style": "style:1.0", "text": "text:1.0", "table": "table:1.0", "draw": "drawing:1.0", "presentation": "presentation:1.0",
    "number": "datastyle:1.0", "fo": "xsl-fo-compatible:1.0", "svg": "svg-compatible:1.0",
}
PREFIX = "urn:oasis:names:tc:opendocument:xmlns:"
FILLER = "The committee met in the morning and spoke about the weather, the roads and the harvest of the year."
HEADING_STYLES = "".join(f'<style:style style:name="Heading_20_{n}" style:display-name="Heading {n}" style:family="paragraph" '
                         f'style:default-outline-level="{n}"/>' for n in (1, 2, 3))
PAGE = ('<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/>'
        '<style:header-style><style:header-footer-properties fo:min-height="0.5cm"/></style:header-style>'
        '<style:footer-style><style:header-footer-properties fo:min-height="0.5cm"/></style:footer-style></style:page-layout>')
NEW_PAGE = ('<style:style style:name="NewPage" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/></style:style>')


def write(path: pathlib.Path, kind: str, body: str, styles: str = "", automatic: str = "", masters: str = "") -> pathlib.Path:
    """A document of that kind ("text", "spreadsheet", "presentation")."""
    names = " ".join(f'xmlns:{name}="{PREFIX}{rest}"' for name, rest in NAMESPACES.items())
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {names} xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.{kind}">'
        f"<office:styles>{styles}</office:styles><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:master-styles>{masters}</office:master-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>")
    return path


# ---- text ----


def text(path: pathlib.Path, body: str, automatic: str = "", header: str = "", footer: str = "") -> pathlib.Path:
    masters = (f'<style:master-page style:name="Standard" style:page-layout-name="page"><style:header><text:p>{header}</text:p></style:header>'
               f"<style:footer><text:p>{footer}</text:p></style:footer></style:master-page>") if header else ""
    return write(path, "text", body, HEADING_STYLES, PAGE + NEW_PAGE + automatic, masters)


def heading(level: int, title: str) -> str:
    return f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">{title}</text:h>'


def paragraph(content: str, style: str = "Standard") -> str:
    return f'<text:p text:style-name="{style}">{content}</text:p>'


def footnote(note: str) -> str:
    return ('<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
            f"<text:note-body><text:p>{note}</text:p></text:note-body></text:note>")


def table(rows: list[list[str]], header_rows: int = 0, name: str = "Table") -> str:
    """Cells are whole elements, from `cell` or written by the test."""
    lines = [f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows]
    head = f"<table:table-header-rows>{''.join(lines[:header_rows])}</table:table-header-rows>" if header_rows else ""
    return (f'<table:table table:name="{name}"><table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
            f"{head}{''.join(lines[header_rows:])}</table:table>")


def cell(content: str, columns: int = 1, rows: int = 1) -> str:
    return (f'<table:table-cell office:value-type="string" table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}">'
            f"<text:p>{content}</text:p></table:table-cell>")


COVERED = "<table:covered-table-cell/>"


# ---- spreadsheets ----


def value(kind: str, number: str, style: str = "", formula: str = "") -> str:
    """A cell of kind "float", "percentage", "date" or "boolean"; a formula keeps the value beside it."""
    name = {"date": "date-value", "boolean": "boolean-value"}.get(kind, "value")
    of_formula = f' table:formula="of:={formula}"' if formula else ""
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{number}" table:style-name="{style}"{of_formula}/>'


# ---- presentations ----


def slide(name: str, title: str, body: str, notes: str = "", style: str = "shown") -> str:
    def frame(kind: str, content: str, place: str) -> str:
        return (f'<draw:frame presentation:class="{kind}" presentation:style-name="place" {place} presentation:user-transformed="true"><draw:text-box><text:p>{content}</text:p>'
                "</draw:text-box></draw:frame>")
    of_notes = frame("notes", notes, 'svg:width="16cm" svg:height="12cm" svg:x="2cm" svg:y="14cm"') if notes else ""
    return (f'<draw:page draw:name="{name}" draw:style-name="{style}" draw:master-page-name="Default">'
            + frame("title", title, 'svg:width="25cm" svg:height="3cm" svg:x="1cm" svg:y="1cm"')
            + frame("outline", body, 'svg:width="25cm" svg:height="11cm" svg:x="1cm" svg:y="5cm"')
            + f'<presentation:notes draw:style-name="notes">{of_notes}</presentation:notes></draw:page>')


def presentation(path: pathlib.Path, slides: list[str]) -> pathlib.Path:
    def page(name: str, visibility: str) -> str:
        return (f'<style:style style:name="{name}" style:family="drawing-page"><style:drawing-page-properties '
                f'presentation:visibility="{visibility}"/></style:style>')
    automatic = ('<style:page-layout style:name="wide"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout>'
                 + page("shown", "visible") + page("hidden", "hidden") + page("notes", "visible"))
    automatic += '<style:style style:name="place" style:family="presentation"/>'
    masters = '<style:master-page style:name="Default" style:page-layout-name="wide" draw:style-name="shown"/>'
    return write(path, "presentation", "".join(slides), "", automatic, masters)
