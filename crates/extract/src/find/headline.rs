//! Who a document is of, by what stands at its top: the weakest of all rules, so it is trusted least.

use std::collections::HashSet;

use gristmill_layout::Rect;

use super::{Found, read};
use crate::fields::Source;
use crate::fold::fold;
use crate::labels::Label;
use crate::schema::{Kind, Leaf};
use crate::sheet::{Row, Segment, Sheet, median};
use crate::values::convention::Convention;
use crate::values::{date, hosts, phones};

/// Endings of the names of companies.
const FORMS: [&str; 34] = [
    "bv", "nv", "vof", "gmbh", "ag", "kg", "ohg", "ug", "ek", "ltd", "limited", "llc", "inc", "corp", "plc", "co", "company", "sa", "sarl",
    "sas", "eurl", "sl", "slu", "srl", "spa", "snc", "sdnbhd", "bhd", "pte", "pty", "ab", "as", "oy", "cokg",
];
/// Words that head a document and name nobody.
const TITLES: [&str; 36] = [
    "invoice",
    "taxinvoice",
    "receipt",
    "salesreceipt",
    "simplifiedtaxinvoice",
    "cashreceipt",
    "officialreceipt",
    "cashbill",
    "bill",
    "factuur",
    "bon",
    "kassabon",
    "rechnung",
    "quittung",
    "beleg",
    "kassenbon",
    "facture",
    "recu",
    "ticket",
    "ticketdecaisse",
    "factura",
    "recibo",
    "facturasimplificada",
    "fattura",
    "ricevuta",
    "scontrino",
    "documentocommerciale",
    "page",
    "copy",
    "original",
    "welcome",
    "thankyou",
    "duplicate",
    "statement",
    "creditnote",
    "letter",
];

/// The upper part of the page in which it is looked for.
const UPPER: f64 = 0.3;

/// The line at the top that most looks like a name; 0.6 at most unless the form of a company or a web address says that it is one.
pub(crate) fn headline(sheet: &Sheet<'_>, leaf: &Leaf, labels: &[Label], taken: &HashSet<usize>, known: &Convention) -> Vec<Found> {
    let Some(page) = sheet.pages.first() else { return Vec::new() };
    let common = median(sheet.rows.iter().filter(|r| r.page == 0).map(|r| r.height)).max(f64::MIN_POSITIVE);
    let starts: HashSet<usize> = labels.iter().filter(|l| l.key || l.likeness > 0.0).map(|l| l.tokens.start).collect();
    let hosts: Vec<String> = sheet.lines().iter().flat_map(|l| hosts(l)).collect();
    let mut best: Option<Found> = None;
    let upper = |r: &&Row| r.page == 0 && r.bounds.y0 <= page.height * UPPER;
    let top =
        sheet.rows.iter().filter(upper).flat_map(|r| sheet.segments.get(r.segments.clone()).unwrap_or(&[]).iter().map(move |s| (r, s)));
    for (i, (_, segment)) in top.take(12).enumerate() {
        if segment.tokens.clone().any(|t| starts.contains(&t) || taken.contains(&t)) {
            continue;
        }
        for mut found in read(sheet, leaf, segment.tokens.clone(), known) {
            let Some(score) = name_score(&found, leaf, segment, common, &hosts) else { continue };
            found.confidence = (found.legible * (score - 0.03 * i as f64)).max(0.05);
            if best.as_ref().is_none_or(|b| b.confidence < found.confidence) {
                best = Some(found);
            }
        }
    }
    best.into_iter().collect()
}

fn name_score(found: &Found, leaf: &Leaf, segment: &Segment, common: f64, hosts: &[String]) -> Option<f64> {
    let folded = fold(&found.text);
    let letters = folded.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 3 || TITLES.contains(&folded.as_str()) || !phones(&found.text).is_empty() || found.text.contains('@') {
        return None;
    }
    let large = (segment.bounds.height() / common - 1.0).clamp(0.0, 1.0);
    let plain = 0.42 + 0.15 * large;
    if leaf.kind != Kind::Name {
        return Some(plain);
    }
    let words: Vec<String> = found.text.split_whitespace().map(fold).collect();
    let formed = words.iter().skip(1).rev().take(2).any(|w| FORMS.contains(&w.as_str())) || folded.ends_with("sdnbhd");
    let hosted = hosts.iter().any(|h| h.len() >= 4 && (folded.contains(h.as_str()) || h.contains(folded.as_str())));
    Some(match (formed, hosted) {
        (true, true) => 0.94,
        (true, false) => 0.92,
        (false, true) => 0.78,
        (false, false) => plain,
    })
}

/// Rows at the top that go together and hold a number or a comma: street, place, postal code.
pub(crate) fn address(sheet: &Sheet<'_>, labels: &[Label]) -> Vec<Found> {
    let Some(page) = sheet.pages.first() else { return Vec::new() };
    let starts: HashSet<usize> = labels.iter().map(|l| l.tokens.start).collect();
    let mut lines: Vec<&Row> = Vec::new();
    for row in sheet.rows.iter().filter(|r| r.page == 0 && r.bounds.y0 <= page.height * UPPER).skip(1) {
        let tokens = sheet.row_tokens(row);
        let text = sheet.text(tokens.clone());
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let stops = tokens.clone().any(|t| starts.contains(&t)) || !phones(&text).is_empty() || !date::times(&text).is_empty();
        let fits = !stops && digits < text.len() / 2 && (digits > 0 || text.contains(','));
        match (fits, lines.is_empty()) {
            (true, _) if lines.len() < 5 => lines.push(row),
            (_, true) => {}
            _ => break,
        }
    }
    let tokens: Vec<usize> = lines.iter().flat_map(|r| sheet.row_tokens(r)).collect();
    let texts: Vec<String> = lines.iter().map(|r| sheet.text(sheet.row_tokens(r))).collect();
    let Some(bounds) = lines.iter().map(|r| r.bounds).reduce(Rect::union) else { return Vec::new() };
    let legible = tokens.iter().filter_map(|t| sheet.tokens.get(*t)).map(|t| t.confidence).fold(1.0, f64::min);
    let value = texts.iter().map(|t| t.trim_matches([',', ' '])).collect::<Vec<_>>().join(", ");
    vec![Found {
        tokens,
        text: texts.join("\n"),
        value,
        other: None,
        proven: false,
        repaired: false,
        broken: false,
        confidence: legible * 0.55,
        legible,
        page: 0,
        bounds: Some(bounds),
        source: Source::Rules,
    }]
}
