//! What is written: invisible text onto files that are there, and files of pictures.

use crate::made::{FREE, TREE, near, one_page, open, pdf, plain, scan, texts, word};
use gristmill_layout::{Line, Matrix, Rect};
use gristmill_pdf::{ImagePdf, Layer, Limits, NotWritable, Pdf, Picture, TextLayer, searchable};
use pdf_writer::types::TextRenderingMode::Fill;
use pdf_writer::{Finish, Name, Rect as Corners, Ref};

/// Words of several scripts, with marks, outside the basic plane, and read from the right.
fn read() -> Vec<Line> {
    let line = |words: &[(&str, [f64; 4])]| Line::of(words.iter().map(|(t, at)| word(t, *at)).collect()).unwrap();
    vec![
        line(&[("Hëllo", [100.0, 90.0, 220.0, 110.0]), ("wörld", [240.0, 90.0, 300.0, 110.0])]),
        line(&[("日本語😀", [100.0, 130.0, 190.0, 148.0])]),
        line(&[("שָׁלוֹם", [300.0, 170.0, 390.0, 188.0]), ("עולם", [200.0, 170.0, 290.0, 188.0])]),
        line(&[("tiny", [100.0, 200.0, 110.0, 203.0])]),
    ]
}

fn assert_same(found: &[Line], wanted: &[Line]) {
    let words = |lines: &[Line]| lines.iter().map(|l| l.words.iter().map(|w| w.text.clone()).collect::<Vec<_>>()).collect::<Vec<_>>();
    assert_eq!(words(found), words(wanted));
    for (found, wanted) in found.iter().zip(wanted).flat_map(|(f, w)| f.words.iter().zip(&w.words)) {
        assert!(near(found.bounds, wanted.bounds, 1.0), "{}: {:?} is not {:?}", found.text, found.bounds, wanted.bounds);
    }
}

#[test]
fn what_is_written_is_found_again_where_it_was_written() {
    let original = one_page(scan());
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
    let copy = searchable(&original, None, &layers).unwrap();
    assert!(copy.starts_with(&original), "the original stands unchanged at the start");
    let text = open(copy).text(1).unwrap();
    assert_eq!(text.layer, Layer::EmbeddedOcr);
    assert_same(&text.lines, &read());
}

#[test]
fn turned_and_cropped_pages_are_written_as_they_are_shown() {
    for degrees in [0, 90, 180, 270] {
        let original = pdf(
            &[scan()],
            |page| {
                page.crop_box(Corners::new(20.0, 10.0, 580.0, 770.0)).rotate(degrees);
            },
            plain,
        );
        let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
        let text = open(searchable(&original, None, &layers).unwrap()).text(1).unwrap();
        assert_same(&text.lines, &read());
    }
}

#[test]
fn what_was_read_on_a_straightened_page_goes_back_to_where_it_was() {
    // Two pixels a point, and the page was three degrees askew.
    let (sin, cos) = 3_f64.to_radians().sin_cos();
    let turn = Matrix([cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0]);
    let to_page = Matrix::scale(0.5, 0.5).then(turn);
    let lines = vec![Line::of(vec![word("askew", [200.0, 200.0, 300.0, 224.0]), word("too", [310.0, 200.0, 350.0, 224.0])]).unwrap()];
    let copy = searchable(&one_page(scan()), None, &[TextLayer { page: 1, to_page, lines: lines.clone() }]).unwrap();
    let found = open(copy).text(1).unwrap().lines;
    assert_eq!(found.iter().map(Line::text).collect::<Vec<_>>(), ["askew too"]);
    for (found, wanted) in found[0].words.iter().zip(&lines[0].words) {
        let around = Rect::around(wanted.bounds.corners().map(|p| to_page.apply(p))).unwrap();
        assert!(near(found.bounds, around, 1.0), "{:?} is not {around:?}", found.bounds);
    }
}

#[test]
fn the_page_looks_as_before_and_keeps_its_own_text() {
    let original = one_page(texts(&[(50.0, 700.0, 30.0, "Stamp")], Fill));
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
    let copy = searchable(&original, None, &layers).unwrap();
    let [before, after] = [open(original), open(copy.clone())].map(|mut pdf| pdf.raster(1, 72.0, 1_000_000).unwrap());
    assert!(before == after);
    let lines: Vec<String> = open(copy).text(1).unwrap().lines.iter().map(Line::text).collect();
    assert!(lines.contains(&"Stamp".to_owned()) && lines.contains(&"Hëllo wörld".to_owned()), "{lines:?}");
}

#[test]
fn only_the_named_pages_change_and_a_second_layer_goes_on_top() {
    let original = pdf(&[scan(), scan(), scan()], |_| {}, plain);
    let layer = |text: &str| TextLayer {
        page: 2,
        to_page: Matrix::IDENTITY,
        lines: vec![
            Line::of(vec![word(text, [100.0, 100.0 + text.len() as f64 * 20.0, 160.0, 112.0 + text.len() as f64 * 20.0])]).unwrap(),
        ],
    };
    let once = searchable(&original, None, &[layer("first")]).unwrap();
    let twice = searchable(&once, None, &[layer("second")]).unwrap();
    let mut pdf = open(twice);
    let mut lines = |page| -> Vec<String> { pdf.text(page).unwrap().lines.iter().map(Line::text).collect() };
    assert_eq!((lines(1), lines(3)), (vec![], vec![]));
    let mut found = lines(2);
    found.sort();
    assert_eq!(found, ["first", "second"]);
    assert_eq!(searchable(&original, None, &[]).map(|copy| open(copy).pages()), Ok(3));
}

#[test]
fn a_file_with_bytes_before_its_header_is_written_anew() {
    let original = [b"junk\n".to_vec(), one_page(scan())].concat();
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
    let copy = searchable(&original, None, &layers).unwrap();
    assert!(copy.starts_with(b"%PDF-"));
    assert_same(&open(copy).text(1).unwrap().lines, &read());
}

#[test]
fn a_certified_file_is_left_alone() {
    let certified = pdf(
        &[scan()],
        |_| {},
        |pdf| {
            let mut catalogue = pdf.catalog(crate::made::CATALOGUE);
            catalogue.pages(TREE);
            catalogue.insert(Name(b"Perms")).dict().pair(Name(b"DocMDP"), Ref::new(FREE));
            catalogue.finish();
            pdf.indirect(Ref::new(FREE)).dict().pair(Name(b"Type"), Name(b"Sig"));
        },
    );
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
    assert_eq!(searchable(&certified, None, &layers), Err(NotWritable::Certified));
}

#[test]
fn pages_that_are_no_objects_of_their_own_are_left_alone() {
    let inline = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Count 1/Kids[<</Type/Page/Parent 2 0 R\
        /MediaBox[0 0 600 800]>>]>> endobj\ntrailer <</Root 1 0 R/Size 3>>\n%%EOF";
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: read() }];
    assert_eq!(open(inline.to_vec()).pages(), 1);
    assert_eq!(searchable(inline, None, &layers), Err(NotWritable::Pages));
}

#[test]
fn a_pdf_of_pictures_shows_them_and_is_searchable() {
    let mut made = ImagePdf::new();
    let pixels: Vec<u8> = (0..100 * 50).flat_map(|n| if n % 100 < 50 { [255, 0, 0] } else { [0, 0, 255] }).collect();
    made.page(Picture::Pixels { bytes: &pixels, width: 100, height: 50, grey: false }, (600.0, 300.0), &read());
    made.page(Picture::Bits { bytes: &[0b1111_0000, 0b0000_1111], width: 8, height: 2 }, (80.0, 20.0), &[]);
    let mut pdf = open(made.finish());
    assert_eq!((pdf.pages(), pdf.size(1), pdf.size(2)), (2, Ok((600.0, 300.0)), Ok((80.0, 20.0))));
    let text = pdf.text(1).unwrap();
    assert_eq!(text.layer, Layer::EmbeddedOcr);
    assert_same(&text.lines, &read());
    let raster = pdf.raster(1, 72.0, 1_000_000).unwrap();
    let pixel = |x: usize, y: usize| &raster.rgb[(y * 600 + x) * 3..][..3];
    assert_eq!((pixel(10, 10), pixel(590, 290)), (&[255, 0, 0][..], &[0, 0, 255][..]));
    let bits = pdf.raster(2, 72.0, 1_000_000).unwrap();
    let at = |x: usize, y: usize| bits.rgb[(y * 80 + x) * 3];
    assert_eq!([at(5, 3), at(75, 3), at(5, 17), at(75, 17)], [255, 0, 0, 255]);
    assert_eq!(pdf.text(2).unwrap().layer, Layer::None);
}

#[test]
fn a_pdf_of_many_pages_shares_one_font() {
    let mut made = ImagePdf::new();
    for _ in 0..20 {
        made.page(Picture::Bits { bytes: &[0x80], width: 1, height: 1 }, (600.0, 800.0), &read());
    }
    let bytes = made.finish();
    assert!(bytes.len() < 30_000, "{}", bytes.len());
    let mut pdf = Pdf::open(bytes, None, &Limits::default()).unwrap();
    assert_same(&pdf.text(20).unwrap().lines, &read());
}
