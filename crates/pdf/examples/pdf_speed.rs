//! What reading PDFs costs: `pdf_speed [FILE…]` times the text of 200 pages made here, their pictures, and the pictures of files.

use std::time::Instant;

use gristmill_layout::{Line, Matrix, Rect, Word};
use gristmill_pdf::{ImagePdf, Limits, Pdf, Picture, TextLayer, searchable};
use pdf_writer::{Content, Finish, Name, Pdf as Writer, Rect as Corners, Ref, Str};

const PAGES: i32 = 200;
const WORDS: usize = 500;

fn main() {
    let made = made();
    println!("made: {PAGES} pages of {WORDS} words, {} bytes", made.len());
    if let Some(path) = std::env::var_os("KEEP") {
        std::fs::write(path, &made).expect("it can be kept");
    }
    let (mut pdf, ms) = timed(|| Pdf::open(made.clone(), None, &Limits::default()).expect("it opens"));
    println!("open: {ms:.1} ms");
    let (words, ms) = timed(|| (1..=pdf.pages()).map(|n| words(&mut pdf, n)).sum::<usize>());
    println!("text: {words} words, {:.2} ms a page, {ms:.0} ms in all", ms / f64::from(PAGES));
    for n in 1..=3 {
        picture("made", &mut pdf, n);
    }
    layers(&made);
    for name in std::env::args().skip(1) {
        let mut pdf = Pdf::open(std::fs::read(&name).expect("it is there"), None, &Limits::default()).expect("it opens");
        for n in 1..=pdf.pages().min(3) {
            picture(&name, &mut pdf, n);
        }
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed().as_secs_f64() * 1000.0)
}

fn words(pdf: &mut Pdf, page: u32) -> usize {
    pdf.text(page).expect("the page is read").lines.iter().map(|l| l.words.len()).sum()
}

fn picture(name: &str, pdf: &mut Pdf, page: u32) {
    let (text, ms) = timed(|| pdf.text(page).expect("the page is read"));
    let (raster, drawn) = timed(|| pdf.raster(page, 300.0, 100_000_000).expect("the page is drawn"));
    let size = (raster.width, raster.height);
    println!("{name} {page}: text {ms:.1} ms ({:?}), picture {drawn:.0} ms {size:?} doubtful {}", text.layer, raster.doubtful);
}

fn layers(original: &[u8]) {
    let word = |n: usize| {
        let (x, y) = ((n % 10) as f64 * 50.0 + 40.0, (n / 10) as f64 * 14.0 + 40.0);
        Word { text: format!("word{n}"), bounds: Rect::new(x, y, x + 40.0, y + 10.0), confidence: 1.0 }
    };
    let lines: Vec<Line> =
        (0..WORDS).collect::<Vec<_>>().chunks(10).filter_map(|c| Line::of(c.iter().map(|n| word(*n)).collect())).collect();
    let pages: Vec<TextLayer> =
        (1..=PAGES as u32).map(|page| TextLayer { page, to_page: Matrix::IDENTITY, lines: lines.clone() }).collect();
    let (out, ms) = timed(|| searchable(original, None, &pages).expect("it is written"));
    println!("searchable: {:.2} ms a page, {} bytes a page more", ms / f64::from(PAGES), (out.len() - original.len()) / PAGES as usize);
    let pixels = vec![255; 1000 * 1400];
    let (out, ms) = timed(|| {
        let mut pdf = ImagePdf::new();
        for _ in 0..20 {
            pdf.page(Picture::Pixels { bytes: &pixels, width: 1000, height: 1400, grey: true }, (595.0, 842.0), &lines);
        }
        pdf.finish()
    });
    println!("pictures: {:.2} ms a page, {} bytes", ms / 20.0, out.len());
}

/// Born digital: Helvetica, fifty lines of ten words a page.
fn made() -> Vec<u8> {
    let mut pdf = Writer::new();
    let (catalogue, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let page_of = |n: i32| Ref::new(10 + 2 * n);
    pdf.catalog(catalogue).pages(tree);
    pdf.pages(tree).kids((0..PAGES).map(page_of)).count(PAGES);
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    for n in 0..PAGES {
        let body = Ref::new(11 + 2 * n);
        let mut page = pdf.page(page_of(n));
        page.media_box(Corners::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(body);
        page.resources().fonts().pair(Name(b"F"), font);
        page.finish();
        let mut content = Content::new();
        content.begin_text().set_font(Name(b"F"), 9.0).set_leading(15.0).next_line(40.0, 800.0);
        for line in 0..WORDS / 10 {
            let words: Vec<String> = (0..10).map(|w| format!("page{n}word{}", line * 10 + w)).collect();
            content.show(Str(words.join(" ").as_bytes())).next_line_using_leading();
        }
        content.end_text();
        pdf.stream(body, &content.finish());
    }
    pdf.finish()
}
