//! The sample files beside the checkout, where there are any: what each is read as.

use std::path::{Path, PathBuf};

use gristmill_layout::{Line, Matrix, Rect, Word};
use gristmill_pdf::{Limits, NotWritable, Pdf, Refusal, TextLayer, searchable};

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    named.into_iter().chain([beside]).map(|f| f.join("doc")).find(|f| f.exists())
}

/// Name, what it opens with, and then pages, the first page's layer and the first words, or the code of the refusal.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("acroform.pdf", "", "1 None 0 "),
    ("aes-128.pdf", "baz", "1 Usable 1 Secret!"),
    ("aes-256-r6.pdf", "usersecret", "1 Usable 2 Hello World"),
    ("aes-256.pdf", "foo", "1 Usable 1 Secret!"),
    ("base.pdf", "", "1 Usable 1 Secret!"),
    ("blank.pdf", "", "1 Blank 0 "),
    ("c02-22.pdf", "", "1 None 0 "),
    ("cardinal.pdf", "", "4 None 0 "),
    ("ccitt.pdf", "", "1 None 0 "),
    ("enormous.pdf", "", "1 None 0 "),
    ("francais.pdf", "", "1 None 0 "),
    ("google-doc-document.pdf", "", "1 Usable 174 Example document Beautiful is"),
    ("grayscale-image.pdf", "", "1 None 0 "),
    ("habibi-rotated.pdf", "", "4 Broken 2 �����abibiح\u{64e}بيبي h"),
    ("hugemono.pdf", "", "1 None 0 "),
    ("invalid.pdf", "", "pdf_damaged"),
    ("issue-1113-evil-xobjects.pdf", "", "1 Usable 4 Hello world Hello world"),
    ("jbig2.pdf", "", "1 None 0 "),
    ("libreoffice-writer-password.pdf", "openpassword", "1 Usable 100 Lorem ipsum dolor sit"),
    ("livecycle.pdf", "", "1 Blank 0 "),
    ("minimal-document.pdf", "", "1 Usable 102 Lorem ipsum dolor sit"),
    ("multicolumn.pdf", "", "3 Usable 524 Two-Column Document with Lorem"),
    ("multipage.pdf", "", "6 None 0 "),
    ("overlay.pdf", "", "1 Usable 5 Text Text Text Payed"),
    ("pdflatex-4-pages.pdf", "", "4 Usable 710 Hello, here is some"),
    ("pdflatex-forms.pdf", "", "1 Usable 4 Name Check Submit 1"),
    ("rc4-40.pdf", "foo", "1 Usable 1 Secret!"),
    ("rotated_skew.pdf", "", "1 None 0 "),
    ("simple1.pdf", "", "1 Usable 24 Hello World Hello World"),
    ("skew.pdf", "", "1 None 0 "),
    ("trivial.pdf", "", "1 Blank 0 "),
    ("with-attachment.pdf", "", "1 Usable 102 Lorem ipsum dolor sit"),
    ("zen_of_python_corrupted.pdf", "", "1 Usable 152 Beautiful is better than"),
    ("aes-128.pdf", "", "pdf_password_needed"),
    ("aes-128.pdf", "wrong", "pdf_password_wrong"),
];

fn summary(bytes: Vec<u8>, password: &str) -> String {
    let mut pdf = match Pdf::open(bytes, (!password.is_empty()).then_some(password), &Limits::default()) {
        Ok(pdf) => pdf,
        Err(refusal) => return refusal.code().to_owned(),
    };
    let text = pdf.text(1).unwrap();
    let words: Vec<&str> = text.lines.iter().flat_map(|l| &l.words).take(4).map(|w| w.text.as_str()).collect();
    let all: usize = text.lines.iter().map(|l| l.words.len()).sum();
    format!("{} {:?} {all} {}", pdf.pages(), text.layer, words.join(" "))
}

#[test]
fn samples_are_read_as_ever() {
    let Some(folder) = folder() else { return };
    let seen: Vec<(String, String, String)> = SAMPLES
        .iter()
        .map(|(name, password, _)| {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            ((*name).to_owned(), (*password).to_owned(), summary(bytes, password))
        })
        .collect();
    let wanted: Vec<(String, String, String)> =
        SAMPLES.iter().map(|(n, p, s)| ((*n).to_owned(), (*p).to_owned(), (*s).to_owned())).collect();
    assert_eq!(seen, wanted);
}

#[test]
fn samples_are_drawn_and_written_upon_or_refused() {
    let Some(folder) = folder() else { return };
    for (name, password, _) in SAMPLES {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let password = (!password.is_empty()).then_some(*password);
        let Ok(mut pdf) = Pdf::open(bytes.clone(), password, &Limits::default()) else { continue };
        if let Some(copy) = pdf.decrypted().unwrap() {
            let copy = Pdf::open(copy, None, &Limits::default()).unwrap().text(1);
            assert_eq!(copy, pdf.text(1), "{name}");
        }
        match pdf.raster(1, 100.0, 4_000_000) {
            Ok(raster) => {
                assert!(u64::from(raster.width) * u64::from(raster.height) <= 4_000_000, "{name}");
                assert!(!raster.doubtful, "{name}");
            }
            Err(refusal) => assert_eq!((*name, refusal), ("hugemono.pdf", Refusal::PageTooLarge { page: 1 })),
        }
        let word = Word { text: "Gristmill".into(), bounds: Rect::new(30.0, 30.0, 90.0, 40.0), confidence: 1.0 };
        let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: Line::of(vec![word]).into_iter().collect() }];
        match searchable(&bytes, password, &layers) {
            Ok(copy) => {
                let text = Pdf::open(copy, password, &Limits::default()).unwrap().text(1).unwrap();
                let found = text.lines.iter().flat_map(|l| &l.words).find(|w| w.text == "Gristmill");
                assert!(found.is_some_and(|w| (w.bounds.x0 - 30.0).abs() < 1.0 && (w.bounds.y1 - 40.0).abs() < 1.0), "{name}: {found:?}");
            }
            Err(why) => assert!(matches!(why, NotWritable::Encrypted | NotWritable::Pages), "{name}: {why:?}"),
        }
    }
}
