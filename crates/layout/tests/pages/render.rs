//! Whole documents as text, Markdown and hOCR.

use gristmill_layout::{Block, BlockKind, Document, FormField, Origin, Page, Unit, arrange};

use crate::sheet::{Sheet, line};

fn invoice() -> Sheet {
    let rows = [
        ("Rye flour, coarsely ground", "2", "3.50", "7.00"),
        ("Sieve", "1", "12.00", "12.00"),
        ("Millstone, used", "1", "1,250.00", "1,250.00"),
    ];
    let mut sheet = Sheet::default().put(72.0, 60.0, 18.0, "Invoice 2024-17");
    sheet = sheet.put_all(72.0, 100.0, &["Grist & Sons", "Mill Lane 4", "Port Flour"]).put_all(
        340.0,
        100.0,
        &["Date: 3 May 2024", "Customer: 4711"],
    );
    sheet = sheet
        .put(72.0, 180.0, 10.0, "Item")
        .put_right(340.0, 180.0, 10.0, "Quantity")
        .put_right(420.0, 180.0, 10.0, "Price")
        .put_right(500.0, 180.0, 10.0, "Sum");
    for (i, (item, quantity, price, sum)) in rows.into_iter().enumerate() {
        let y = 198.0 + 18.0 * i as f64;
        sheet = sheet
            .put(72.0, y, 10.0, item)
            .put_right(340.0, y, 10.0, quantity)
            .put_right(420.0, y, 10.0, price)
            .put_right(500.0, y, 10.0, sum);
    }
    sheet.put(340.0, 252.0, 10.0, "Total").put_right(500.0, 252.0, 10.0, "1,269.00").put(
        72.0,
        300.0,
        10.0,
        "Please pay within 14 days. Thank you for buying our stones and flours from us.",
    )
}

fn letter() -> Sheet {
    let body = [
        "Thank you for your letter of the third of May, which reached us",
        "yesterday. We are sorry to hear that the stone has arrived bro-",
        "ken, and shall send a new state-of-the-",
        "art one at once.",
    ];
    Sheet::default()
        .put_all(72.0, 80.0, &["Maria Stone", "Mill Lane 4", "Port Flour"])
        .put_right(500.0, 140.0, 10.0, "3 May 2024")
        .put(72.0, 180.0, 10.0, "Dear Ms Flour,")
        .put_all(72.0, 204.0, &body)
        .put(72.0, 270.0, 10.0, "Yours truly,")
        .put(72.0, 310.0, 10.0, "Maria Stone")
}

fn receipt() -> Sheet {
    let rows = [("RYE BREAD", "3.20"), ("2 x ROLL", "1.60"), ("BUTTER 250G", "2.49"), ("TOTAL EUR", "7.29"), ("CASH", "10.00")];
    let sheet = Sheet::default().put(150.0, 40.0, 16.0, "MILL BAKERY").put(165.0, 62.0, 10.0, "Mill Lane 4");
    let sheet = rows.into_iter().enumerate().fold(sheet, |sheet, (i, (item, amount))| {
        let y = 90.0 + 13.0 * i as f64;
        sheet.put(100.0, y, 10.0, item).put_right(300.0, y, 10.0, amount)
    });
    sheet.put(130.0, 175.0, 10.0, "Thank you for your visit!")
}

fn list() -> Sheet {
    let sheet = Sheet::default().put(72.0, 60.0, 16.0, "Bread").put(72.0, 90.0, 10.0, "You need:");
    let sheet = sheet.put_all(72.0, 108.0, &["• Flour of rye or wheat, as much as you", "• Water"]).put(80.0, 132.0, 10.0, "that is warm");
    sheet
        .put_all(72.0, 160.0, &["1. Mix and knead", "2. Bake"])
        .put(90.0, 184.0, 10.0, "a) hot")
        .put(90.0, 196.0, 10.0, "b) long")
        .put(72.0, 208.0, 10.0, "3. Eat")
}

#[test]
fn an_invoice_reads_row_by_row() {
    insta::assert_snapshot!("invoice.txt", invoice().document().text());
    insta::assert_snapshot!("invoice.md", invoice().document().markdown());
}

#[test]
fn a_letter_keeps_its_lines_in_text_and_flows_in_markdown() {
    insta::assert_snapshot!("letter.txt", letter().document().text());
    insta::assert_snapshot!("letter.md", letter().document().markdown());
}

#[test]
fn a_receipt_has_its_amounts_beside_its_items() {
    insta::assert_snapshot!("receipt.txt", receipt().document().text());
    insta::assert_snapshot!("receipt.md", receipt().document().markdown());
}

#[test]
fn lists_nest_and_keep_their_numbers() {
    insta::assert_snapshot!("list.txt", list().document().text());
    insta::assert_snapshot!("list.md", list().document().markdown());
}

#[test]
fn hocr_tells_of_every_word_where_it_stands() {
    let lines = vec![line(10.0, 20.0, 10.0, "A <b>bold</b> & \"sure\""), line(10.0, 32.0, 10.0, "claim")];
    let mut page = Sheet { lines }.page();
    (page.width, page.height, page.unit) = (200.0, 100.0, Unit::Px);
    let points = Page { number: 2, unit: Unit::Pt, blocks: Vec::new(), ..page.clone() };
    insta::assert_snapshot!("page.hocr", Document { pages: vec![page, points] }.hocr());
}

#[test]
fn pages_are_parted_and_the_fields_of_a_form_stand_at_the_end_of_theirs() {
    let field = |name: &str, label: Option<&str>, value: &str| FormField {
        name: name.into(),
        label: label.map(Into::into),
        value: value.into(),
        bounds: None,
    };
    let mut first = Sheet::default().put(72.0, 60.0, 10.0, "Fill in").page();
    first.form = vec![field("a.b", Some("Your name"), "Maria\nStone <x>"), field("1. tick", None, "off"), field("- c", Some(" "), "")];
    let failed = Page { number: 2, source: Origin::Failed, blocks: Vec::new(), form: Vec::new(), ..first.clone() };
    let last = Sheet::default().put(72.0, 60.0, 10.0, "The end").page();
    let document = Document { pages: vec![first, failed, last] };
    assert_eq!(document.markdown(), "Fill in\n\n- Your name: Maria Stone \\<x\\>\n- 1\\. tick: off\n- \\- c:\n\n***\n\nThe end\n");
    assert_eq!(document.text(), "Fill in\n\u{c}\u{c}The end\n");
}

#[test]
fn cells_that_are_counted_wrongly_lose_no_line() {
    let lines = ["one", "two", "three"].map(|t| line(0.0, 0.0, 10.0, t)).to_vec();
    let block = Block { kind: BlockKind::Table(vec![vec![1], vec![0, 1]]), bounds: lines[0].bounds, lines };
    let mut page = Sheet::default().put(0.0, 0.0, 10.0, "x").page();
    page.blocks = vec![block];
    let document = Document { pages: vec![page] };
    assert_eq!(document.text(), "one\n\ttwo\nthree\n");
    assert_eq!(document.markdown(), "| one |  |\n| --- | --- |\n|  | two |\n| three |\n");
}

#[test]
fn a_document_without_pages_or_words_is_empty() {
    assert!(arrange(Vec::new(), 100.0, 100.0).is_empty());
    assert_eq!((Document::default().text(), Document::default().markdown()), (String::new(), String::new()));
}
