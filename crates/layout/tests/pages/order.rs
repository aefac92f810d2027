//! The order in which pages are read, and what their parts are.

use gristmill_layout::{BlockKind, Document, Rect};

use crate::sheet::{Sheet, line};

const LEFT: &[&str] = &[
    "Of the mill nothing is left but",
    "the race and a few stones, yet",
    "whoever walks there at dusk will",
    "hear a wheel that goes round and",
    "round and never grinds a thing.",
];

const RIGHT: &[&str] = &[
    "The miller's daughter moved to a",
    "town by the sea and kept no flour",
    "in the house. She said that it is",
    "enough to have been white for the",
    "first twenty years of one's life.",
];

/// The kinds of blocks with the first two words of each.
fn outline(document: &Document) -> Vec<String> {
    let blocks = document.pages.iter().flat_map(|p| &p.blocks);
    let name = |kind: &BlockKind| match kind {
        BlockKind::Paragraph => "p".to_owned(),
        BlockKind::Heading(level) => format!("h{level}"),
        BlockKind::List => "list".into(),
        BlockKind::Table(rows) => format!("table {}x{}", rows.len(), rows.iter().map(Vec::len).max().unwrap_or(0)),
    };
    blocks
        .map(|b| {
            let words: Vec<&str> = b.lines.iter().flat_map(|l| &l.words).map(|w| w.text.as_str()).take(2).collect();
            format!("{}: {}", name(&b.kind), words.join(" "))
        })
        .collect()
}

#[test]
fn two_columns_below_a_heading_across_are_read_one_after_the_other() {
    let sheet = Sheet::default().put(150.0, 60.0, 20.0, "A mill without a wheel").put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT);
    let document = sheet.put(295.0, 800.0, 10.0, "7").document();
    assert_eq!(outline(&document), ["h1: A mill", "p: Of the", "p: The miller's", "p: 7"]);
}

#[test]
fn a_number_of_the_page_in_a_corner_is_no_part_of_the_column_above_it() {
    let document = Sheet::default().put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT).put(72.0, 800.0, 10.0, "8").document();
    assert_eq!(outline(&document), ["p: Of the", "p: The miller's", "p: 8"]);
}

#[test]
fn blanks_that_lie_beside_each_other_in_two_columns_do_not_part_them() {
    let sheet =
        Sheet::default().put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT).put_all(72.0, 200.0, RIGHT).put_all(310.0, 200.0, LEFT);
    assert_eq!(outline(&sheet.document()), ["p: Of the", "p: The miller's", "p: The miller's", "p: Of the"]);
    let sheet = Sheet::default().put_all(72.0, 120.0, &LEFT[..3]).put_all(310.0, 120.0, &RIGHT[..3]).put(72.0, 190.0, 11.0, "Dusk");
    let sheet = sheet.put(310.0, 190.0, 11.0, "Flour").put_all(72.0, 205.0, LEFT).put_all(310.0, 205.0, RIGHT);
    assert_eq!(outline(&sheet.document()), ["p: Of the", "h2: Dusk", "p: Of the", "p: The miller's", "h2: Flour", "p: The miller's"]);
}

#[test]
fn columns_whose_lines_stand_at_different_heights_are_columns() {
    let document = Sheet::default().put_all(72.0, 120.0, LEFT).put_all(310.0, 125.0, RIGHT).document();
    assert_eq!(outline(&document), ["p: Of the", "p: The miller's"]);
}

#[test]
fn text_across_the_page_between_columns_parts_them() {
    let across = "Between the two stands a sentence that runs from one margin to the other margin.";
    let sheet = Sheet::default().put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT).put(72.0, 200.0, 10.0, across);
    let document = sheet.put_all(72.0, 230.0, RIGHT).put_all(310.0, 230.0, LEFT).document();
    assert_eq!(outline(&document), ["p: Of the", "p: The miller's", "p: Between the", "p: The miller's", "p: Of the"]);
}

#[test]
fn three_columns_are_read_from_left_to_right() {
    let short: Vec<&str> = LEFT.iter().map(|l| &l[..24]).collect();
    let sheet = Sheet::default().put_all(72.0, 120.0, &short).put_all(220.0, 120.0, &short).put_all(368.0, 120.0, &short);
    let document = sheet.document();
    let places: Vec<f64> = document.pages[0].blocks.iter().map(|b| b.bounds.x0).collect();
    assert_eq!(places, [72.0, 220.0, 368.0]);
}

#[test]
fn notes_in_the_margin_do_not_cut_the_text_into_pieces() {
    let sheet = Sheet::default().put_all(150.0, 120.0, LEFT).put_all(150.0, 180.0, RIGHT);
    let document = sheet.put(60.0, 144.0, 8.0, "see page 12").put(60.0, 181.0, 8.0, "of Maria").document();
    let text = document.text();
    assert!(text.contains(&LEFT.join("\n")), "{text}");
    assert!(text.contains(&RIGHT.join("\n")), "{text}");
}

#[test]
fn a_page_in_hebrew_is_read_from_the_right_column_to_the_left_one() {
    let right = ["אין דבר שנשאר מן הטחנה מלבד", "התעלה וכמה אבנים ומי שעובר", "שם בין הערביים ישמע גלגל", "שמסתובב ומסתובב ואינו טוחן"];
    let left = ["בתו של הטוחן עברה לעיר שעל", "שפת הים ולא החזיקה קמח בבית", "היא אמרה שדי לה בכך שהיתה", "לבנה בעשרים שנותיה הראשונות"];
    let sheet = Sheet::default().put_all(72.0, 120.0, &right).put_all(310.0, 120.0, &left);
    let document = sheet.mirrored().document();
    assert_eq!(document.text(), format!("{}\n\n{}\n", right.join("\n"), left.join("\n")));
}

#[test]
fn a_table_and_a_list_in_hebrew_begin_at_the_right() {
    let words = ["שיפון", "חיטה", "שיבולת"];
    let sheet = Sheet::default().put_all(72.0, 120.0, &words).put_all(200.0, 120.0, &["1.20", "4.50", "2.80"]);
    assert_eq!(sheet.mirrored().document().text(), "שיפון\t1.20\nחיטה\t4.50\nשיבולת\t2.80\n");
    let list =
        Sheet::default().put_all(72.0, 120.0, &["• שיפון", "• חיטה", "• שיבולת"]).put(82.0, 156.0, 10.0, "טחונה").mirrored().document();
    assert_eq!(list.markdown(), "- שיפון\n- חיטה\n- שיבולת טחונה\n");
}

#[test]
fn dirt_between_columns_and_a_stamp_along_the_margin_change_no_order() {
    let sheet = Sheet::default().put(150.0, 60.0, 20.0, "A mill without a wheel").put_all(72.0, 120.0, LEFT).put_all(242.0, 120.0, RIGHT);
    let mut sheet = sheet.put(233.0, 144.0, 10.0, "|");
    let mut stamp = line(20.0, 100.0, 10.0, "stamped");
    stamp.bounds = Rect::new(20.0, 50.0, 30.0, 400.0);
    sheet.lines.push(stamp);
    assert_eq!(outline(&sheet.document()), ["h1: A mill", "p: Of the", "p: The miller's", "p: stamped"]);
}

#[test]
fn a_short_line_above_or_below_columns_belongs_to_what_is_close_to_it() {
    let across = "Between the two stands a sentence that runs from one margin to the other one and";
    let right = |y: f64, sheet: Sheet| sheet.put(310.0, y, 10.0, "ends here.");
    let above = right(72.0, Sheet::default().put(72.0, 60.0, 10.0, across)).put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT);
    assert_eq!(outline(&above.document()), ["p: Between the", "p: Of the", "p: The miller's"]);
    let below = Sheet::default().put_all(72.0, 120.0, LEFT).put_all(310.0, 120.0, RIGHT).put(72.0, 204.0, 11.0, "In the end");
    let below = below.put(72.0, 218.0, 10.0, across).put(72.0, 230.0, 10.0, across).document();
    assert_eq!(outline(&below), ["p: Of the", "p: The miller's", "h2: In the", "p: Between the"]);
}

#[test]
fn lists_side_by_side_are_read_one_after_the_other() {
    let sheet =
        Sheet::default().put_all(72.0, 120.0, &["• Rye", "• Wheat", "• Oats"]).put_all(200.0, 120.0, &["• Salt", "• Yeast", "• Water"]);
    assert_eq!(outline(&sheet.document()), ["list: • Rye", "list: • Salt"]);
}

#[test]
fn words_beside_what_they_mean_are_a_table_although_the_meanings_are_running_text() {
    let words = "
Hopper      A box above the stones from which the grain runs
            down into the eye of the runner stone.
Runner      The upper one of two stones, which goes round.
Race        The ditch that brings the water to the wheel and
            takes it away again.
";
    let text = read(words);
    assert!(text.starts_with("Hopper|A box") && text.contains("\nRunner|The upper") && text.contains("\nRace|The ditch"), "{text}");
}

#[test]
fn entries_whose_first_lines_stand_out_are_parted() {
    let entry = |sheet: Sheet, y: f64, text: [&str; 3]| sheet.put(72.0, y, 10.0, text[0]).put_all(92.0, y + 12.0, &text[1..]);
    let sheet =
        entry(Sheet::default(), 120.0, ["Flour, J.: On the grinding of all", "kinds of corn in the mills of the", "county of Old Sands"]);
    let document = entry(sheet, 156.0, ["Stone, M.: A mill without a wheel", "and what became of it, with forty", "plates"]).document();
    assert_eq!(outline(&document), ["p: Flour, J.:", "p: Stone, M.:"]);
}

#[test]
fn rows_of_a_form_are_read_across() {
    let sheet = Sheet::default().put_all(72.0, 120.0, &["Name:", "Street:", "Town:"]);
    let document = sheet.put_all(180.0, 120.0, &["Maria Stone", "Mill Lane 4", "Port Flour"]).document();
    assert_eq!(document.text(), "Name:\tMaria Stone\nStreet:\tMill Lane 4\nTown:\tPort Flour\n");
    let two =
        Sheet::default().put_all(72.0, 120.0, &["Name:", "Street:"]).put_all(180.0, 120.0, &["Maria Stone", "Mill Lane 4"]).document();
    assert_eq!(two.text(), "Name:  Maria Stone\nStreet:  Mill Lane 4\n");
}

#[test]
fn addresses_side_by_side_are_read_one_after_the_other() {
    let sheet = Sheet::default().put_all(72.0, 120.0, &["Bill to:", "Maria Stone", "Mill Lane 4"]);
    let document = sheet.put_all(310.0, 120.0, &["Ship to:", "Jo Flour", "Sea Road 9"]).document();
    assert_eq!(document.text(), "Bill to:\nMaria Stone\nMill Lane 4\n\nShip to:\nJo Flour\nSea Road 9\n");
}

#[test]
fn bullets_that_come_as_lines_of_their_own_stand_before_their_items() {
    let sheet = Sheet::default().put_all(72.0, 120.0, &["•", "•", "•"]).put_all(90.0, 120.0, &["Flour", "Water", "Salt and yeast"]);
    let document = sheet.document();
    assert_eq!(outline(&document), ["list: • Flour"]);
    assert_eq!(document.markdown(), "- Flour\n- Water\n- Salt and yeast\n");
}

#[test]
fn a_date_at_the_beginning_of_a_line_is_no_list() {
    let lines =
        ["The mill was shut on the", "12. March, and nobody came to", "3. or 4. of the meetings that", "were held about it afterwards."];
    assert_eq!(outline(&Sheet::default().put_all(72.0, 120.0, &lines).document()), ["p: The mill"]);
}

#[test]
fn indents_gaps_and_short_last_lines_part_paragraphs() {
    let sheet = Sheet::default().put(82.0, 120.0, 10.0, LEFT[0]).put_all(72.0, 132.0, &LEFT[1..]);
    let indented = sheet.put(82.0, 180.0, 10.0, RIGHT[0]).put_all(72.0, 192.0, &RIGHT[1..]).document();
    assert_eq!(outline(&indented), ["p: Of the", "p: The miller's"]);
    let gap = Sheet::default().put_all(72.0, 120.0, LEFT).put_all(72.0, 186.0, RIGHT).document();
    assert_eq!(outline(&gap), ["p: Of the", "p: The miller's"]);
    let short = Sheet::default().put_all(72.0, 120.0, LEFT).put(72.0, 180.0, 10.0, "It rests.").put_all(72.0, 192.0, RIGHT).document();
    assert_eq!(outline(&short), ["p: Of the", "p: The miller's"]);
}

#[test]
fn a_change_of_size_parts_paragraphs() {
    let sheet = Sheet::default().put(72.0, 120.0, 14.0, "the race and a few").put(72.0, 136.0, 14.0, "stones are left of it");
    assert_eq!(outline(&sheet.put_all(72.0, 152.0, LEFT).document()), ["h1: the race", "p: Of the"]);
}

#[test]
fn the_taller_a_heading_the_higher_its_level() {
    let sheet = Sheet::default().put(72.0, 60.0, 24.0, "Mills").put(72.0, 100.0, 16.0, "Of water").put_all(72.0, 130.0, LEFT);
    let sheet = sheet.put(72.0, 210.0, 13.0, "Their end").put_all(72.0, 230.0, RIGHT);
    let document = sheet.put(72.0, 310.0, 16.0, "Of wind").put_all(72.0, 340.0, LEFT).document();
    assert_eq!(
        outline(&document),
        ["h1: Mills", "h2: Of water", "p: Of the", "h3: Their end", "p: The miller's", "h2: Of wind", "p: Of the"]
    );
}

/// What a page reads as when it is typed like this; cells are parted by `|`.
fn read(picture: &str) -> String {
    Sheet::typed(picture).document().text().replace('\t', "|")
}

#[test]
fn columns_of_a_form_and_of_a_table_are_read_row_by_row() {
    let form = "
First name            Jo              Last name         Flour
Street                Sea Road 9      Town              Old Sands
Born                  1 May 1970      Citizen of        Sandland


Account               123456          Bank              Mill Bank
";
    assert_eq!(
        read(form),
        "First name|Jo|Last name|Flour\nStreet|Sea Road 9|Town|Old Sands\nBorn|1 May 1970|Citizen of|Sandland\n\nAccount  123456  Bank  Mill Bank\n"
    );
    let headed = "
                 2023                 2024
Kind      Tons      Coins      Tons      Coins
Rye        120      1,200       130      1,430
Wheat      300      4,500       280      4,480
Oats        20        100        25        150
";
    assert_eq!(
        read(headed),
        "||2023||2024\nKind|Tons|Coins|Tons|Coins\nRye|120|1,200|130|1,430\nWheat|300|4,500|280|4,480\nOats|20|100|25|150\n"
    );
}

#[test]
fn a_receipt_with_lines_of_all_kinds_is_read_row_by_row() {
    let receipt = "
              MILL BAKERY
         Tel 12 34 56   Tax no 123/456


RYE BREAD 1KG                       3.20 A
ROLLS WITH POPPY SEEDS
  6 x 0.45                          2.70 A
BUTTER                              2.49 B
TOTAL                   EUR         8.39
CASH                    EUR        10.00
";
    let expected = "MILL BAKERY\n\nTel 12 34 56  Tax no 123/456\n\nRYE BREAD 1KG||3.20 A\nROLLS WITH POPPY SEEDS||\n6 x 0.45||2.70 A\nBUTTER||2.49 B\nTOTAL|EUR|8.39\nCASH|EUR|10.00\n";
    assert_eq!(read(receipt), expected);
}

#[test]
fn cells_of_several_lines_are_one_cell_when_rows_are_further_apart_than_lines() {
    let row =
        |sheet: Sheet, y: f64, cells: [&str; 3]| cells.iter().zip([60.0, 160.0, 400.0]).fold(sheet, |s, (cell, x)| s.put(x, y, 10.0, cell));
    let sheet =
        row(Sheet::default(), 100.0, ["Rye flour", "Coarsely ground, from fields", "3.50"]).put(160.0, 111.0, 10.0, "of the county");
    let document = row(row(sheet, 127.0, ["Sieve", "Fine", "12.00"]), 143.0, ["Millstone", "Used", "250.00"]).document();
    assert_eq!(
        document.text(),
        "Rye flour\tCoarsely ground, from fields of the county\t3.50\nSieve\tFine\t12.00\nMillstone\tUsed\t250.00\n"
    );
}

#[test]
fn what_stands_in_a_box_beside_a_text_comes_after_it() {
    let page = "
The mill of Port Flour was built in the year       OPEN
of the great flood, when no one had a roof and
bread was dear. It stood on four posts and was     Mon 9-17
shaken by each wave that came up the river from    Tue 9-17
the sea. The first miller had no wife and no       Wed closed
children, and so the mill went to a nephew.
";
    let text = read(page);
    assert!(text.starts_with("The mill of Port Flour was built in the year\nof the great flood"), "{text}");
    assert!(text.contains("to a nephew.\n\nOPEN\n"), "{text}");
}

#[test]
fn headings_in_the_margin_come_before_what_they_are_for() {
    let page = "
EXPERIENCE     Miller at the mill of Port Flour, where I ground rye and
               wheat for the bakers of the town and kept the books.


EDUCATION      School of milling, with a diploma in stones and sieves,
               and a prize for the best bread.
";
    let words: Vec<String> = read(page).split_whitespace().map(str::to_owned).collect();
    let at = |word: &str| words.iter().position(|w| w == word).unwrap();
    assert!(at("EXPERIENCE") < at("Miller") && at("books.") < at("EDUCATION") && at("EDUCATION") < at("School"), "{words:?}");
}
