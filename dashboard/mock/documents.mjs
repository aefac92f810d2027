// Documents for the mock: what is printed on their pages, drawn once with ffmpeg, and the fields that were "read" out of them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Advance of a letter of a monospaced font, in sizes. */
const ADVANCE = 0.602;
const line = (page, x, y, size, text) => ({ page, x, y, size, text });

const INVOICE = { schema: "invoice", unit: "pt", scale: 2, pages: [[595, 842], [595, 842]], lines: [
  line(1, 60, 60, 20, "Molen en Zonen BV"), line(1, 60, 92, 10, "Dijkweg 12, 9000 Gent"), line(1, 60, 108, 10, "BTW BE 0428.759.497"),
  line(1, 360, 60, 16, "INVOICE 2025-0417"), line(1, 360, 92, 10, "Date      3 April 2025"), line(1, 360, 108, 10, "Due       03/05/2025"),
  line(1, 60, 170, 10, "Bill to   Bakkerij Van Aelst"),
  line(1, 60, 240, 10, "Description             Qty      Price     Amount"), line(1, 60, 264, 10, "Rye flour, 25 kg          4      18.50      74.00"),
  line(1, 60, 284, 10, "Wheat flour, 25 kg       10      16.20     162.00"), line(1, 60, 304, 10, "Delivery                  1      35.00      35.00"),
  line(1, 300, 350, 11, "Subtotal        271.00"), line(1, 300, 370, 11, "VAT 6 %          16.26"), line(1, 300, 390, 12, "Total EUR       287.62"),
  line(2, 60, 60, 14, "How to pay"), line(2, 60, 96, 10, "IBAN      BE68 5390 0754 7034"), line(2, 60, 116, 10, "Reference +++090/9337/55493+++"),
  line(2, 60, 780, 6, "Small print: goods stay ours until they are paid. <b>No returns</b> after 14 days.") ],
fields: [
  ["/vendor", "Vendor", "name", "Molen en Zonen BV", 0.97, "grounded", { at: "Molen en Zonen BV", required: true }],
  ["/vendor_vat_id", "VAT number", "vat_id", "BE0428759497", 0.95, "grounded", { at: "BE 0428.759.497" }],
  ["/customer", "Customer", "name", "Bakkerij Van Aelst", 0.93, "grounded", { at: "Bakkerij Van Aelst" }],
  ["/invoice_number", "Invoice number", "identifier", "2025-0417", 0.96, "grounded", { at: "2025-0417", required: true }],
  ["/date", "Date", "date", "2025-04-03", 0.95, "grounded", { at: "3 April 2025", required: true }],
  ["/due_date", "Due date", "date", "2025-03-05", 0.41, "ambiguous", { at: "03/05/2025", others: [["2025-05-03", "03/05/2025", "03/05/2025", 0.4]] }],
  ["/currency", "Currency", "currency", "EUR", 0.98, "grounded", { at: "EUR" }],
  ["/subtotal", "Subtotal", "amount", "271.00", 0.94, "grounded", { at: "271.00" }],
  ["/tax", "Tax", "amount", "16.26", 0.94, "grounded", { at: "16.26" }],
  ["/total", "Total", "amount", "287.62", 0.52, "failed_check", { at: "287.62", required: true, checks: [["subtotal + tax = total", false, "271.00 + 16.26 = 287.26, not 287.62"]], others: [["287.26", "271.00", "271.00 + 16.26", 0.45], ["271.00", "271.00", "271.00", 0.12]] }],
  ["/iban", "IBAN", "iban", "BE68539007547034", 0.99, "form", { at: "BE68 5390 0754 7034" }],
  ["/payment_reference", "Payment reference", "reference", "+++090/9337/55493+++", 0.88, "grounded", { at: "+++090/9337/55493+++" }],
  ["/discount", "Discount", "amount", null, 0, "missing", {}],
  ...[["Rye flour, 25 kg", "4", "74.00"], ["Wheat flour, 25 kg", "10", "162.00"], ["Delivery", "1", "35.00"]].flatMap(([what, quantity, amount], row) => [
    [`/items/${row}/description`, "Description", "text", what, 0.93, "grounded", { at: what }],
    [`/items/${row}/quantity`, "Quantity", "number", Number(quantity), row === 1 ? 0.62 : 0.92, "grounded", { at: quantity, on: what }],
    [`/items/${row}/amount`, "Amount", "amount", amount, 0.94, "grounded", { at: amount, on: what }]]),
] };

const RECEIPT = { schema: "receipt", unit: "px", scale: 1, pages: [[700, 1000]], lines: [
  line(1, 210, 60, 34, "DE KORENAAR"), line(1, 190, 110, 20, "Markt 4, 8000 Brugge"), line(1, 80, 190, 22, "14-06-2025            09:42"),
  line(1, 80, 260, 22, "2x Sourdough           9.80"), line(1, 80, 300, 22, "1x Rye bread           4.10"), line(1, 80, 340, 22, "3x Croissant           5.70"),
  line(1, 80, 400, 22, "TOTAL EUR             19.6O"), line(1, 80, 440, 22, "Card **** 4821"), line(1, 180, 900, 18, "Thank you, and come again") ],
fields: [
  ["/vendor", "Vendor", "name", "DE KORENAAR", 0.96, "grounded", { at: "DE KORENAAR", required: true }],
  ["/date", "Date", "date", "2025-06-14", 0.97, "grounded", { at: "14-06-2025", required: true }],
  ["/time", "Time", "time", "09:42", 0.95, "grounded", { at: "09:42" }],
  ["/total", "Total", "amount", "19.60", 0.55, "grounded", { at: "19.6O", required: true, others: [["19.00", "19.6O", "19.6", 0.2]] }],
  ["/tax", "Tax", "amount", "1.11", 0.2, "ungrounded", {}],
  ["/card", "Card", "card", "**** 4821", 0.94, "grounded", { at: "**** 4821" }],
  ...[["Sourdough", "9.80"], ["Rye bread", "4.10"], ["Croissant", "5.70"]].flatMap(([what, amount], row) => [
    [`/items/${row}/description`, "Description", "text", what, 0.93, "grounded", { at: what }],
    [`/items/${row}/amount`, "Amount", "amount", amount, 0.94, "grounded", { at: amount, on: what }]]),
] };

const CARD = { schema: "id-free", unit: "px", scale: 1, pages: [[1000, 620]], lines: [
  line(1, 60, 50, 34, "LIBRARY OF THE MILL"), line(1, 60, 160, 28, "Name      Anna Peeters"), line(1, 60, 230, 28, "Member    44-1093"), line(1, 60, 300, 28, "Until     31/12/2026") ],
fields: [["Name", "Anna Peeters", 0.95], ["Member", "44-1093", 0.97], ["Until", "31/12/2026", 0.94]].flatMap(([key, value, sure], row) => [
  [`/pairs/${row}/key`, "Key", "text", key, 0.95, "grounded", { at: key }], [`/pairs/${row}/value`, "Value", "text", value, sure, "grounded", { at: value }]]) };

export const TEMPLATES = { invoice: INVOICE, receipt: RECEIPT, card: CARD };

/** Which of them a file is, by its name. */
export const templateOf = (name) => (/invoice/i.test(name) ? "invoice" : /card/i.test(name) ? "card" : "receipt");

function boxOf(template, words, on) {
  const found = template.lines.find(({ text }) => text.includes(words) && (!on || text.includes(on)));
  if (!found) return {};
  // In a row the same figures may stand twice; the last is the amount.
  const from = on ? found.text.lastIndexOf(` ${words}`) + 1 : found.text.indexOf(words);
  // Letters are drawn at whole pixels.
  const wide = Math.round(ADVANCE * found.size * template.scale) / template.scale;
  return { page: found.page, box: [found.x + from * wide, found.y - 1, found.x + (from + words.length) * wide, found.y + found.size].map((side) => Math.round(side * 100) / 100) };
}

/** Fresh fields of a document, as the server's `fields.json` has them. */
export function fieldsOf(kind) {
  const template = TEMPLATES[kind];
  return template.fields.map(([path, label, type, value, confidence, status, { at, on, required = false, checks = [], others = [] }]) => ({
    path, label, type, value, ...(at ? { text: at, ...boxOf(template, at, on) } : {}), confidence, status: status === "form" ? "grounded" : status, required,
    checks: checks.map(([name, passed, detail]) => ({ name, passed, detail })), found_in_text: at !== undefined, source: status === "form" ? "form" : "rules",
    alternatives: others.map(([other, where, text, sure]) => ({ text, value: other, ...boxOf(template, where), confidence: sure })),
  }));
}

/** Draws the pages of all documents below a folder: `invoice/pages/1.webp`, `invoice/pages.json` … */
export function makeDocuments(folder, ffmpeg) {
  for (const [kind, template] of Object.entries(TEMPLATES)) {
    mkdirSync(join(folder, kind, "pages"), { recursive: true });
    template.pages.forEach(([width, height], index) => draw(join(folder, kind, `pages/${index + 1}.webp`), template, index + 1, width, height, ffmpeg));
    const sheets = template.pages.map(([width, height], index) => ({ page: index + 1, width, height, unit: template.unit, source: "ocr" }));
    writeFileSync(join(folder, kind, "pages.json"), JSON.stringify(sheets));
    writeFileSync(join(folder, kind, "text.txt"), template.lines.map(({ text }) => text).join("\n"));
  }
}

function draw(path, { lines, scale }, page, width, height, ffmpeg) {
  const escaped = (text) => text.replace(/[\\':%,;[\]]/g, (sign) => `\\\\\\${sign}`);
  const texts = lines.filter((one) => one.page === page).map(({ x, y, size, text }) =>
    `drawtext=font=DejaVu Sans Mono:expansion=none:text=${escaped(text)}:x=${x * scale}:y=${y * scale}:fontsize=${size * scale}:fontcolor=0x222222`);
  ffmpeg("-f", "lavfi", "-i", `color=c=0xfbfaf5:s=${Math.round(width * scale)}x${Math.round(height * scale)}`, "-vf", texts.join(","), "-frames:v", "1", path);
}
