//! Receipts.

use crate::typed::{expect, expect_sure, fields};

#[test]
fn a_shop_receipt_is_read_with_its_lines() {
    let found = fields(
        "receipt",
        "\
       CORNER GROCERS LTD
       5 Station Road
       Tel: 0113 496 0000

Date: 14/02/2025   Time: 16:42
Receipt no: 00417

Milk 2 pint             1.45
2 x Brown bread         3.20
Apples                  2.35

Subtotal                7.00
VAT                     0.00
TOTAL            GBP    7.00
CASH                   10.00
CHANGE                  3.00
VISA **** **** **** 4242
",
    );
    expect_sure(
        &found,
        &[
            ("/date", "2025-02-14"),
            ("/time", "16:42"),
            ("/total", "7.00"),
            ("/cash", "10.00"),
            ("/change", "3.00"),
            ("/currency", "GBP"),
            ("/receipt_number", "00417"),
            ("/items/0/amount", "1.45"),
            ("/items/2/amount", "2.35"),
        ],
    );
    expect(
        &found,
        &[("/vendor", "CORNER GROCERS LTD"), ("/card", "**** 4242"), ("/items/1/description", "Brown bread"), ("/items/1/quantity", "2")],
    );
    assert!(found.at("/items/3/amount").is_none(), "{found:#?}");
}

#[test]
fn counts_of_items_and_savings_are_not_the_total() {
    let found =
        fields("receipt", "Shop\n01/02/2025 10:00\nBread      2.00\nTotal items      1\nTotal savings    0.50\nTotal            2.00\n");
    expect(&found, &[("/total", "2.00")]);
    let found = fields("receipt", "Shop\nBread      2.00\nTotal savings    0.50\n");
    assert!(found.at("/total").unwrap().value.is_null(), "{:#?}", found.at("/total"));
}

#[test]
fn a_complete_card_number_never_leaves() {
    let found = fields("receipt", "Shop\nPayment: Card 4111 1111 1111 1111\nTotal: 5.00\n4111-1111-1111-1111 Ltd\n");
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("1111 1111") && !json.contains("1111-1111"), "{json}");
    assert!(json.contains("**** 1111"));
}

#[test]
fn a_german_till_prints_its_total_as_sum() {
    let found = fields(
        "receipt",
        "Bäckerei Korn GmbH\nHauptstr. 1, 50667 Köln\n\nBrot          3,80 A\nBrezel        1,20 A\n\nSumme   EUR   5,00\nGegeben      10,00\nRückgeld      5,00\n12.03.2025 08:15\n",
    );
    expect_sure(&found, &[("/total", "5.00"), ("/date", "2025-03-12"), ("/time", "08:15"), ("/currency", "EUR")]);
    expect(&found, &[("/items/1/description", "Brezel")]);
}
