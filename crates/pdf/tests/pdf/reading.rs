//! What is read of PDFs: sizes, text with boxes, what the text is worth, forms, facts, pictures.

use crate::made::{FREE, TREE, lines, near, one_page, open, pdf, plain, scan, texts};
use gristmill_layout::Rect;
use gristmill_pdf::{Layer, Limits, Pdf, Refusal};
use pdf_writer::types::TextRenderingMode::{Fill, Invisible};
use pdf_writer::types::{ActionType, FieldType};
use pdf_writer::{Content, Finish, Name, Rect as Corners, Ref, Str, TextStr};

#[test]
fn words_stand_where_they_are_drawn() {
    let mut pdf = open(one_page(texts(&[(100.0, 700.0, 20.0, "Hello there")], Fill)));
    let text = pdf.text(1).unwrap();
    assert_eq!(text.layer, Layer::Usable);
    let line = &text.lines[0];
    assert_eq!(line.text(), "Hello there");
    // Helvetica's widths: H 722, e 556, l 222, l 222, o 556, of 20 points.
    assert!(near(line.words[0].bounds, Rect::new(100.0, 84.0, 145.56, 104.0), 0.02), "{:?}", line.words[0].bounds);
    assert_eq!(line.words[0].confidence, 1.0);
}

#[test]
fn a_turned_and_cropped_page_is_read_as_it_is_shown() {
    let drawn = texts(&[(100.0, 700.0, 20.0, "Hello")], Fill);
    let turned = pdf(
        &[drawn],
        |page| {
            page.crop_box(Corners::new(50.0, 500.0, 400.0, 750.0)).rotate(90);
        },
        plain,
    );
    let mut pdf = open(turned);
    assert_eq!(pdf.size(1), Ok((250.0, 350.0)));
    let text = pdf.text(1).unwrap();
    let bounds = text.lines[0].bounds;
    // What was 50 points right of the crop box's left is 50 points below its top; the text runs downwards.
    assert!(near(bounds, Rect::new(196.0, 50.0, 216.0, 95.56), 0.02), "{bounds:?}");
    let raster = pdf.raster(1, 72.0, 1_000_000).unwrap();
    assert_eq!((raster.width, raster.height), (250, 350));
    let dark = |x: u32, y: u32| raster.rgb[((y * 250 + x) * 3) as usize] < 128;
    let inked = (0..350).flat_map(|y| (0..250).map(move |x| (x, y))).filter(|(x, y)| dark(*x, *y));
    let ink = Rect::around(inked.map(|(x, y)| (f64::from(x), f64::from(y)))).unwrap();
    assert!(ink.x0 >= 195.0 && ink.x1 <= 217.0 && ink.y0 >= 49.0 && ink.y1 <= 97.0, "{ink:?}");
}

#[test]
fn columns_are_lines_of_their_own_and_a_raised_figure_is_not() {
    let drawn = texts(
        &[
            (50.0, 700.0, 10.0, "left one"),
            (50.0, 688.0, 10.0, "left two"),
            (250.0, 700.0, 10.0, "right one"),
            (250.0, 688.0, 10.0, "right two"),
            (50.0, 600.0, 10.0, "area in km"),
            (96.8, 604.0, 6.0, "2"),
        ],
        Fill,
    );
    assert_eq!(lines(one_page(drawn), 1), ["left one", "left two", "right one", "right two", "area in km2"]);
}

#[test]
fn gaps_without_blanks_part_words_and_kerning_does_not() {
    let mut content = Content::new();
    content.begin_text().set_font(Name(b"F"), 12.0).next_line(50.0, 700.0);
    content.show_positioned().items().show(Str(b"ker")).adjust(60.0).show(Str(b"ned")).adjust(-300.0).show(Str(b"apart"));
    content.end_text();
    assert_eq!(lines(one_page(content.finish().to_vec()), 1), ["kerned apart"]);
}

#[test]
fn words_drawn_out_of_order_and_twice_are_read_once_in_order() {
    let drawn = texts(
        &[(85.0, 700.0, 12.0, "second"), (50.0, 700.0, 12.0, "first"), (85.3, 700.0, 12.0, "second"), (300.0, 500.0, 12.0, "other")],
        Fill,
    );
    assert_eq!(lines(one_page(drawn), 1), ["first second", "other"]);
}

#[test]
fn the_layer_says_what_the_text_is_worth() {
    let long = "a page of text that says all there is to say";
    let layer = |drawn| open(one_page(drawn)).text(1).unwrap().layer;
    assert_eq!(layer(Vec::new()), Layer::Blank);
    assert_eq!(layer(scan()), Layer::None);
    assert_eq!(layer(texts(&[(50.0, 700.0, 12.0, long)], Fill)), Layer::Usable);
    assert_eq!(layer([scan(), texts(&[(50.0, 700.0, 12.0, "Page 7")], Fill)].concat()), Layer::Stamp);
    assert_eq!(layer([scan(), texts(&[(50.0, 700.0, 12.0, long)], Fill)].concat()), Layer::Usable);
    assert_eq!(layer([scan(), texts(&[(50.0, 700.0, 12.0, long)], Invisible)].concat()), Layer::EmbeddedOcr);
    assert_eq!(layer(texts(&[(50.0, 700.0, 12.0, &"A".repeat(60))], Fill)), Layer::Broken);
    let white = b"1 1 1 rg 0 0 600 800 re f".to_vec();
    assert_eq!(layer(white), Layer::Blank);
    assert_eq!(layer(b"0 0 600 800 re f".to_vec()), Layer::None);
}

#[test]
fn how_much_is_pictures_is_told() {
    let mut content = Content::new();
    content.save_state().transform([300.0, 0.0, 0.0, 800.0, 0.0, 0.0]).x_object(Name(b"I")).restore_state();
    assert_eq!(open(one_page(content.finish().to_vec())).text(1).unwrap().pictures, 0.5);
}

#[test]
fn a_form_tells_its_names_values_and_places() {
    let (name, tick, page) = (Ref::new(FREE), Ref::new(FREE + 1), Ref::new(100));
    let form = pdf(
        &[Vec::new()],
        |page| {
            page.annotations([name, tick]);
        },
        |pdf| {
            let parent = Ref::new(FREE + 2);
            let mut catalogue = pdf.catalog(crate::made::CATALOGUE);
            catalogue.pages(TREE);
            catalogue.form().fields([parent, tick]);
            catalogue.finish();
            pdf.form_field(parent).partial_name(TextStr("owner")).children([name]);
            let mut field = pdf.form_field(name);
            field.parent(parent).partial_name(TextStr("name")).alternate_name(TextStr("Your name")).field_type(FieldType::Text);
            field.text_value(TextStr("Zoë Ångström"));
            let mut widget = field.into_annotation();
            widget.rect(Corners::new(100.0, 700.0, 300.0, 720.0)).page(page);
            widget.finish();
            let mut field = pdf.form_field(tick);
            field.partial_name(TextStr("agree")).field_type(FieldType::Button);
            field.pair(Name(b"V"), Name(b"Yes"));
            field.into_annotation().rect(Corners::new(100.0, 600.0, 110.0, 610.0)).finish();
        },
    );
    let pdf = open(form);
    assert!(pdf.facts().form);
    let fields = pdf.form();
    let seen: Vec<(u32, &str, Option<&str>, &str)> =
        fields.iter().map(|(page, f)| (*page, f.name.as_str(), f.label.as_deref(), f.value.as_str())).collect();
    assert_eq!(seen, [(1, "owner.name", Some("Your name"), "Zoë Ångström"), (1, "agree", None, "on")]);
    assert_eq!(fields[0].1.bounds, Some(Rect::new(100.0, 80.0, 300.0, 100.0)));
}

#[test]
fn scripts_are_told_and_never_run() {
    let scripted = pdf(
        &[Vec::new()],
        |_| {},
        |pdf| {
            let mut catalogue = pdf.catalog(crate::made::CATALOGUE);
            catalogue.pages(TREE);
            catalogue.insert(Name(b"OpenAction")).start::<pdf_writer::writers::Action<'_>>().action_type(ActionType::JavaScript);
        },
    );
    let facts = open(scripted).facts();
    assert!(facts.scripts && !facts.launches && !facts.attachments, "{facts:?}");
}

#[test]
fn a_giant_page_is_made_smaller_and_a_useless_one_refused() {
    let sized = |width: f32, height: f32| {
        let bytes = pdf(
            &[texts(&[(0.0, 0.0, 12.0, "x")], Fill)],
            |page| {
                page.media_box(Corners::new(0.0, 0.0, width, height));
            },
            plain,
        );
        // Only one box may be left, and everything must stay where it is.
        let mut bytes = bytes;
        let first = b"/MediaBox [0 0 600 800]";
        let at = bytes.windows(first.len()).position(|w| w == first).unwrap();
        bytes[at..at + first.len()].fill(b' ');
        open(bytes)
    };
    let raster = sized(14_400.0, 14_400.0).raster(1, 300.0, 4_000_000).unwrap();
    assert!(raster.width == raster.height && (1999..=2000).contains(&raster.width), "{}", raster.width);
    assert!((raster.dpi - 10.0).abs() < 0.01, "{}", raster.dpi);
    assert_eq!(sized(14_400_000.0, 1.0).raster(1, 300.0, 4_000_000), Err(Refusal::PageTooLarge { page: 1 }));
}

#[test]
fn pages_that_are_not_there_are_told() {
    let mut pdf = open(one_page(Vec::new()));
    assert_eq!(pdf.size(0), Err(Refusal::NoSuchPage { page: 0, pages: 1 }));
    assert_eq!(pdf.text(2).unwrap_err().code(), "pdf_no_such_page");
}

#[test]
fn too_many_pages_are_refused() {
    let many = pdf(&vec![Vec::new(); 10_001], |_| {}, plain);
    let refused = Pdf::open(many.clone(), None, &Limits::default()).map(|_| ());
    assert_eq!(refused, Err(Refusal::TooManyPages { pages: 10_001, most: 10_000 }));
    let mut pdf = Pdf::open(many, None, &Limits { pages: 20_000, ..Limits::default() }).unwrap();
    assert_eq!(pdf.text(10_001).unwrap().layer, Layer::Blank);
}

#[test]
fn bytes_before_the_header_are_passed_over() {
    let bytes = [b"From: a mail\r\n\r\n".to_vec(), one_page(texts(&[(50.0, 700.0, 12.0, "still read")], Fill))].concat();
    assert_eq!(lines(bytes, 1), ["still read"]);
}

#[test]
fn a_page_with_ink_that_comes_out_white_is_doubtful() {
    let (black, white) = (b"0 0 600 800 re f".to_vec(), b"0 0 600 800 re f 1 1 1 rg 0 0 600 800 re f".to_vec());
    assert!(!open(one_page(black)).raster(1, 36.0, 1_000_000).unwrap().doubtful);
    assert!(open(one_page(white)).raster(1, 36.0, 1_000_000).unwrap().doubtful);
    assert!(!open(one_page(Vec::new())).raster(1, 36.0, 1_000_000).unwrap().doubtful, "nothing is rightly white");
}
