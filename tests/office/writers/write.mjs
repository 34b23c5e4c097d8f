// write.mjs - the files of npm's writers for test_office_writers.py: node write.mjs DIRECTORY. The modules are found by NODE_PATH.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.KITH_WRITERS_NPM, "node_modules", "."));
const folder = process.argv[2];
const at = (name) => path.join(folder, name);

async function withDocx() {
  const d = require("docx");
  const text = (words) => new d.Paragraph({ children: [new d.TextRun(words)] });
  const cell = (words, more = {}) => new d.TableCell({ children: [text(words)], ...more });
  const row = (words, more = {}) => new d.TableRow({ children: words.map((w) => cell(w)), ...more });
  const clause = (words) => new d.Paragraph({ text: words, numbering: { reference: "clauses", level: 0 } });
  const document = new d.Document({
    title: "Service",
    comments: { children: [{ id: 0, author: "Ann", date: new Date("2024-05-01T10:00:00Z"), children: [text("Ask the owner first.")] }] },
    footnotes: { 1: { children: [text("Measured in May.")] } },
    numbering: { config: [{ reference: "clauses", levels: [{ level: 0, format: "decimal", text: "%1.", alignment: d.AlignmentType.START }] }] },
    sections: [{
      headers: { default: new d.Header({ children: [text("Confidential")] }) },
      children: [
        new d.Paragraph({ text: "Service", heading: d.HeadingLevel.HEADING_1 }),
        clause("Delivery at the gate"), clause("Payment within thirty days"),
        new d.Paragraph({ children: [
          new d.CommentRangeStart(0), new d.TextRun("The pump holds 10"), new d.TextRun({ text: "6", superScript: true }), new d.TextRun(" ohm"),
          new d.CommentRangeEnd(0), new d.TextRun({ children: [new d.CommentReference(0)] }), new d.FootnoteReferenceRun(1), new d.TextRun("."),
        ] }),
        new d.Paragraph({ text: "Bolts", heading: d.HeadingLevel.HEADING_2 }),
        new d.Table({ rows: [
          row(["Bolt", "Dry", "Oiled"], { tableHeader: true }),
          new d.TableRow({ children: [cell("M5", { rowSpan: 2 }), cell("12 Nm"), cell("9 Nm")] }),
          row(["13 Nm", "10 Nm"]), row(["M8", "25 Nm", "19 Nm"]),
        ] }),
        new d.Paragraph({ children: [new d.TextRun("Left"), new d.TextRun({ text: " hidden floor price", vanish: true }), new d.TextRun(" of the gate.")] }),
      ],
    }],
  });
  fs.writeFileSync(at("npm-docx.docx"), await d.Packer.toBuffer(document));
}

async function withExceljs() {
  const book = new (require("exceljs").Workbook)();
  const sheet = book.addWorksheet("Prices");
  sheet.getCell("A1").value = "Report";
  sheet.getCell("B1").value = "Stock of May";
  sheet.getRow(3).values = ["Part", "Price", "Since", "Share", "Worked", "Sum"];
  sheet.getRow(4).values = ["Gasket", 1234.5, new Date(Date.UTC(2024, 3, 1)), 0.075, 36.5 / 24, { formula: "B4*2" }];
  sheet.getRow(5).values = [{ richText: [{ text: "Valve" }, { text: " big", font: { bold: true } }] }, 99, new Date(Date.UTC(2024, 4, 2)), 0.5, 0.25, { formula: "B5*2", result: 198 }];
  for (const row of [4, 5]) {
    sheet.getCell(row, 2).numFmt = '[$€-407] #,##0.00';
    sheet.getCell(row, 3).numFmt = "dd.mm.yyyy";
    sheet.getCell(row, 4).numFmt = "0.0%";
    sheet.getCell(row, 5).numFmt = "[h]:mm";
  }
  sheet.getCell("A5").note = "agreed by phone";
  const years = book.addWorksheet("Years");
  years.addRow(["Region", 2023, 2024]);
  years.addRow(["North", 110, 120]);
  years.addRow(["South", 90, 95]);
  const hidden = book.addWorksheet("Staff", { state: "hidden" });
  hidden.addRow(["Person", "Room"]);
  hidden.addRow(["Lund", "orangery"]);
  await book.xlsx.writeFile(at("exceljs.xlsx"));
}

function withSheetjs() {
  const xlsx = require("xlsx");
  const sheet = xlsx.utils.aoa_to_sheet([["Item", "Date", "Sold out"], ["Lamp", new Date(Date.UTC(2024, 0, 15)), true], ["Bulb", new Date(Date.UTC(2024, 1, 29)), false]],
    { cellDates: true, dateNF: "yyyy-mm-dd" });
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, sheet, "Größen");
  for (const type of ["xlsx", "biff8", "ods", "fods"]) {
    const name = { biff8: "sheetjs.xls" }[type] ?? `sheetjs.${type}`;
    fs.writeFileSync(at(name), xlsx.write(book, { type: "buffer", bookType: type, cellDates: type === "xlsx" }));
  }
}

async function withPptxgenjs() {
  const deck = new (require("pptxgenjs"))();
  const first = deck.addSlide();
  first.addText("step two", { x: 1, y: 3, w: 6, h: 0.5 });
  first.addText("step one", { x: 1, y: 2, w: 6, h: 0.5 });
  first.addText("Rollout plan", { x: 1, y: 0.3, w: 8, h: 1, fontSize: 32 });
  first.addNotes("Ask the mayor.");
  const second = deck.addSlide();
  second.addTable([["Region", "Sales"], ["North", "120"], ["South", "95"]], { x: 1, y: 1, w: 8 });
  second.addChart(deck.charts.BAR, [{ name: "Visitors", labels: ["May", "June"], values: [31, 47] }], { x: 1, y: 3, w: 5, h: 2, showTitle: true, title: "Visitors a month" });
  await deck.writeFile({ fileName: at("pptxgenjs.pptx") });
}

async function withNodemailer() {
  const mailer = require("nodemailer").createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const calendar = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//kith//test", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:1@example.org", "DTSTAMP:20240501T080000Z",
    "DTSTART:20240603T130000Z", "DTEND:20240603T140000Z", "SUMMARY:Roof inspection", "LOCATION:Hall 7", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
  const common = { from: "Ann <ann@example.org>", to: "bob@example.org", date: new Date("2024-05-01T10:00:00Z") };
  const invitation = await mailer.sendMail({ ...common, subject: "Prüfung am Dach", text: "Please come.", html: "<p>Please come.</p>",
    icalEvent: { method: "REQUEST", filename: "invite.ics", content: calendar } });
  fs.writeFileSync(at("nodemailer-invitation.eml"), invitation.message);
  const order = await mailer.sendMail({ ...common, subject: "Bill", text: "Please use an HTML reader.", textEncoding: "base64",
    html: "<h1>Bill</h1><p>The amount of the bill for the repair of the roof in May is <b>312.40 euro</b>, to be paid within thirty days.</p>",
    attachments: [{ filename: "Größe und sehr langer Name der Anlage, der umbrochen werden muss.csv", content: "Part;Count\nGasket;17\nValve;4\n" }] });
  fs.writeFileSync(at("nodemailer-bill.eml"), order.message);
}

async function withEpubGen() {
  const { EPub } = require("epub-gen-memory");
  const chapters = [{ title: "Buying", content: "<p>The boat was bought in spring.</p>" },
    { title: "Selling", content: "<p>The boat was sold in autumn.</p>" }];
  for (const version of [2, 3])
    fs.writeFileSync(at(`epub-gen-${version}.epub`), await new EPub({ title: "The boat", author: "Ann", version }, chapters).genEpub());
}

await withDocx();
await withExceljs();
withSheetjs();
await withPptxgenjs();
await withNodemailer();
await withEpubGen();
