//! Invoices in several languages and layouts.

use crate::typed::{expect, expect_sure, fields};
use gristmill_extract::Status;

const ENGLISH: &str = "\
Brightwater Tools Ltd                                INVOICE
12 Mill Lane, Leeds LS1 4AB
www.brightwatertools.example

Bill to                            Invoice number   BT-2025-0117
Harvest Bakery                     Invoice date     17 March 2025
4 High Street                      Due date         16 April 2025

Description              Qty      Unit price     Amount
Steel bracket              10           2.50      25.00
Long bolt M8                4           1.25       5.00

                                  Subtotal        £30.00
                                  VAT 20%          £6.00
                                  Total           £36.00

IBAN: GB29 NWBK 6016 1331 9268 19
";

#[test]
fn an_english_invoice_with_a_table_is_read() {
    let found = fields("invoice", ENGLISH);
    expect_sure(
        &found,
        &[
            ("/invoice_number", "BT-2025-0117"),
            ("/date", "2025-03-17"),
            ("/due_date", "2025-04-16"),
            ("/subtotal", "30.00"),
            ("/tax", "6.00"),
            ("/total", "36.00"),
            ("/iban", "GB29NWBK60161331926819"),
            ("/currency", "GBP"),
            ("/items/0/amount", "25.00"),
            ("/items/1/quantity", "4"),
        ],
    );
    expect(&found, &[("/vendor", "Brightwater Tools Ltd"), ("/customer", "Harvest Bakery"), ("/items/1/description", "Long bolt M8")]);
    assert_eq!(found.record["items"][0]["unit_price"], "2.50");
    let total = found.at("/total").unwrap();
    assert!(total.checks.iter().any(|c| c.passed && c.name == "subtotal + tax = total"), "{total:#?}");
}

#[test]
fn a_dutch_invoice_with_colons_is_read() {
    let found = fields(
        "invoice",
        "\
Molenaar & Zonen B.V.
Kade 7, 3011 AB Rotterdam
BTW nr: NL004495445B01      KvK: 24000000

FACTUUR
Factuurnummer: 2025.0042
Factuurdatum: 03-04-2025
Vervaldatum: 03-05-2025

Omschrijving          Aantal     Prijs      Bedrag
Zak bloem 25 kg            3     18,50       55,50
Bezorging                  1      4,50        4,50

Subtotaal                                 €  60,00
BTW 9%                                    €   5,40
Totaal te betalen                         €  65,40

IBAN NL91 ABNA 0417 1643 00 t.n.v. Molenaar
",
    );
    expect_sure(
        &found,
        &[
            ("/invoice_number", "2025.0042"),
            ("/date", "2025-04-03"),
            ("/due_date", "2025-05-03"),
            ("/subtotal", "60.00"),
            ("/tax", "5.40"),
            ("/total", "65.40"),
            ("/iban", "NL91ABNA0417164300"),
            ("/vendor_vat_id", "NL004495445B01"),
            ("/currency", "EUR"),
        ],
    );
    expect(&found, &[("/vendor", "Molenaar & Zonen B.V."), ("/items/0/description", "Zak bloem 25 kg"), ("/items/1/amount", "4.50")]);
}

#[test]
fn a_german_invoice_with_labels_above_values_is_read() {
    let found = fields(
        "invoice",
        "\
Mühlenwerk GmbH

Rechnungsnummer        Rechnungsdatum      Kundennummer
RE-10387               05.02.2025          K-771

Bezeichnung                 Menge      Einzelpreis      Gesamtpreis
Mahlstein klein                 2           450,00           900,00
Wartung                         1           350,00           350,00

                       Nettobetrag                        1.250,00 €
                       MwSt. 19%                            237,50 €
                       Gesamtbetrag                       1.487,50 €
Zahlbar bis 19.02.2025
IBAN: DE89 3704 0044 0532 0130 00   BIC: COBADEFFXXX
",
    );
    expect_sure(
        &found,
        &[
            ("/invoice_number", "RE-10387"),
            ("/date", "2025-02-05"),
            ("/due_date", "2025-02-19"),
            ("/subtotal", "1250.00"),
            ("/tax", "237.50"),
            ("/total", "1487.50"),
            ("/iban", "DE89370400440532013000"),
            ("/items/0/amount", "900.00"),
        ],
    );
    expect(&found, &[("/vendor", "Mühlenwerk GmbH")]);
}

#[test]
fn a_french_invoice_is_read() {
    let found = fields(
        "invoice",
        "\
Moulin du Lac SARL
Facture n° : F-2025-88
Date de facture : 12 février 2025
Date d'échéance : 14 mars 2025

Désignation              Quantité    Prix unitaire    Montant HT
Farine T65                     10           12,00         120,00

Total HT                                 120,00 €
TVA 5,5 %                                  6,60 €
Total TTC                                126,60 €
N° TVA : FR 40 303 265 045
",
    );
    expect_sure(
        &found,
        &[
            ("/invoice_number", "F-2025-88"),
            ("/date", "2025-02-12"),
            ("/due_date", "2025-03-14"),
            ("/subtotal", "120.00"),
            ("/tax", "6.60"),
            ("/total", "126.60"),
            ("/vendor_vat_id", "FR40303265045"),
        ],
    );
}

#[test]
fn a_total_that_does_not_fit_is_told_and_not_taken() {
    let found = fields("invoice", &ENGLISH.replace("£36.00", "£39.00"));
    let total = found.at("/total").unwrap();
    assert_eq!(total.status, Status::FailedCheck);
    assert!(total.confidence < found.threshold);
    assert!(found.review.needed && found.review.reasons.iter().any(|r| r.starts_with("/total")), "{:?}", found.review);
}

#[test]
fn what_is_not_there_is_missing_and_asked_for_only_if_required() {
    let found = fields("invoice", "Hello\nThis page is about mills.\n");
    assert!(found.fields.iter().all(|f| f.status == Status::Missing || f.confidence < 0.7), "{found:#?}");
    assert!(found.review.reasons.contains(&"/total is required and was not found.".to_owned()));
    assert!(!found.review.reasons.iter().any(|r| r.starts_with("/due_date")));
}

#[test]
fn a_date_of_two_meanings_is_flagged_with_both() {
    let found = fields("invoice", "Invoice number: A-100\nInvoice date: 03/04/2025\nTotal: $12.00\n");
    let date = found.at("/date").unwrap();
    assert_eq!(date.status, Status::Ambiguous);
    assert!(date.confidence < found.threshold);
    assert_eq!(date.alternatives[0].value, "2025-03-04");
}
