//! Files made to break readers, and files that were broken on the way: nothing may panic or take for ever.

use std::time::{Duration, Instant};

use crate::made::{FREE, lines, one_page, open, pdf, plain, texts, word};
use gristmill_layout::{Line, Matrix};
use gristmill_pdf::{Limits, Pdf, Refusal, TextLayer, searchable};
use pdf_writer::types::TextRenderingMode::Fill;
use pdf_writer::{Content, Name, Rect as Corners, Ref};
use proptest::prelude::*;

/// Everything that is done with a file.
fn everything(bytes: Vec<u8>) -> Result<(), Refusal> {
    let mut pdf = Pdf::open(bytes.clone(), Some("password"), &Limits { pages: 50, ..Limits::default() })?;
    pdf.facts();
    pdf.form();
    let _ = pdf.decrypted();
    for page in 1..=pdf.pages() {
        let _ = pdf.size(page);
        let _ = pdf.text(page);
        let _ = pdf.raster(page, 20.0, 100_000);
    }
    let lines = vec![Line::of(vec![word("more", [10.0, 10.0, 30.0, 20.0])]).unwrap()];
    let _ = searchable(&bytes, None, &[TextLayer { page: 1, to_page: Matrix::IDENTITY, lines }]);
    Ok(())
}

/// A file with something of everything.
fn rich() -> Vec<u8> {
    let drawn = [crate::made::scan(), texts(&[(50.0, 700.0, 12.0, "some words of text"), (300.0, 400.0, 30.0, "BIG")], Fill)].concat();
    let once = pdf(&[drawn.clone(), drawn], |_| {}, plain);
    let lines = vec![Line::of(vec![word("שלום", [10.0, 10.0, 30.0, 20.0])]).unwrap()];
    searchable(&once, None, &[TextLayer { page: 2, to_page: Matrix::IDENTITY, lines }]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn broken_files_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = rich();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        let begin = Instant::now();
        let _ = everything(bytes);
        prop_assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn numbers_and_names_may_be_anything(
        number in prop::sample::select(vec!["-1", "0", "99999999999", "1e9", "4294967295", "NaN", "/X", "null", "[]", "<<>>", "1 0 R", "100 0 R"]),
        which in any::<prop::sample::Index>(),
    ) {
        // Some number of the file's own structure.
        let bytes = rich();
        let text: Vec<usize> = (1..bytes.len()).filter(|n| bytes[*n].is_ascii_digit() && bytes[n - 1] == b' ').collect();
        let at = text[which.index(text.len())];
        let end = (at..bytes.len()).find(|n| !bytes[*n].is_ascii_digit()).unwrap();
        let changed = [&bytes[..at], number.as_bytes(), &bytes[end..]].concat();
        let _ = everything(changed);
    }
}

#[test]
fn no_pdf_at_all_is_damaged() {
    for bytes in [&b""[..], b"%PDF-1.7\n%%EOF", b"PK\x03\x04 something else", &[0; 1000]] {
        assert_eq!(everything(bytes.to_vec()), Err(Refusal::Damaged));
    }
}

#[test]
fn drawings_that_draw_each_other_end() {
    // Each form draws the next ten times: ten thousand million drawings of the last.
    let nested = pdf(
        &[b"/I Do".to_vec()],
        |_| {},
        |pdf| {
            plain(pdf);
            for n in 0..11 {
                let content = b"/N Do ".repeat(10);
                let mut form = pdf.form_xobject(Ref::new(FREE + n), &content);
                form.bbox(Corners::new(0.0, 0.0, 600.0, 800.0));
                form.resources().x_objects().pair(Name(b"N"), Ref::new(FREE + n + 1));
            }
        },
    );
    // What the page calls its picture is the first of them.
    let (from, to) = (b"/I 4 0 R", b"/I 5 0 R");
    let at = nested.windows(from.len()).position(|w| w == from).unwrap();
    let nested = [&nested[..at], to, &nested[at + from.len()..]].concat();
    let mut pdf = open(nested);
    let text = pdf.text(1).unwrap();
    assert_eq!(text.warnings.len(), 1, "{text:?}");
    assert_eq!(pdf.raster(1, 72.0, 1_000_000), Err(Refusal::TooComplex { page: 1 }));
}

#[test]
fn deep_nesting_ends() {
    let deep = |open: &str, close: &str| {
        let many = 100_000;
        let array = format!("/A {}{}", open.repeat(many), close.repeat(many));
        let mut bytes = one_page(texts(&[(50.0, 700.0, 12.0, "still read")], Fill));
        let at = bytes.windows(8).position(|w| w == b"/Catalog").unwrap();
        bytes.splice(at + 8..at + 8, array.into_bytes());
        bytes
    };
    std::thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(move || {
            let _ = everything(deep("[", "]"));
            let _ = everything(deep("<</B ", ">>"));
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_page_of_a_million_words_is_read_in_time() {
    let mut content = Content::new();
    content.begin_text().set_font(Name(b"F"), 1.0);
    let body = b"1 0 0 1 300 300 Tm (a b)Tj ".repeat(300_000);
    let drawn = [&content.finish()[..], &body, b"ET"].concat();
    let begin = Instant::now();
    assert!(!lines(one_page(drawn), 1).is_empty());
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[test]
fn matrices_without_a_meaning_are_passed_over() {
    let huge = format!("1{}", "0".repeat(38));
    let drawn = format!(
        "q 0 0 0 0 0 0 cm BT /F 12 Tf (nothing) Tj ET Q q {huge} 0 0 {huge} 0 0 cm BT /F {huge} Tf (huge) Tj ET Q \
        BT /F 12 Tf 50 700 Td (still read) Tj ET q {huge} 0 0 {huge} 0 0 cm /I Do Q"
    );
    assert_eq!(lines(one_page(drawn.into_bytes()), 1), ["still read"]);
}
