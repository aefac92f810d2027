//! Small PDFs, made in the test that reads them.

use gristmill_layout::{Line, Rect, Word};
use gristmill_pdf::{Limits, Pdf};
use pdf_writer::types::TextRenderingMode;
use pdf_writer::writers::Page;
use pdf_writer::{Content, Finish, Name, Pdf as Writer, Rect as Corners, Ref, Str};

pub const CATALOGUE: Ref = Ref::new(1);
pub const TREE: Ref = Ref::new(2);
pub const FONT: Ref = Ref::new(3);
pub const IMAGE: Ref = Ref::new(4);
/// Free for a test's own objects, up to 99.
pub const FREE: i32 = 5;

/// A PDF of these contents, a page each of 600 by 800 points, with Helvetica as `F` and a grey pixel as `I`; `each` sees every page.
pub fn pdf(contents: &[Drawn], each: impl Fn(&mut Page<'_>), more: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut pdf = Writer::new();
    let page_of = |n: usize| Ref::new(100 + 2 * n as i32);
    pdf.pages(TREE).kids((0..contents.len()).map(page_of)).count(contents.len() as i32);
    pdf.type1_font(FONT).base_font(Name(b"Helvetica"));
    let mut image = pdf.image_xobject(IMAGE, &[128]);
    image.width(1).height(1).color_space_name(Name(b"DeviceGray")).bits_per_component(8);
    image.finish();
    for (n, content) in contents.iter().enumerate() {
        let body = Ref::new(101 + 2 * n as i32);
        let mut page = pdf.page(page_of(n));
        page.media_box(Corners::new(0.0, 0.0, 600.0, 800.0)).parent(TREE).contents(body);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"F"), FONT);
        resources.x_objects().pair(Name(b"I"), IMAGE);
        resources.finish();
        each(&mut page);
        page.finish();
        pdf.stream(body, content);
    }
    more(&mut pdf);
    pdf.finish()
}

pub type Drawn = Vec<u8>;

/// A catalogue with nothing else.
pub fn plain(pdf: &mut Writer) {
    pdf.catalog(CATALOGUE).pages(TREE);
}

/// Content that shows texts, each `(x, y, size, text)` with y from the bottom.
pub fn texts(texts: &[(f32, f32, f32, &str)], mode: TextRenderingMode) -> Drawn {
    let mut content = Content::new();
    for (x, y, size, text) in texts {
        content.begin_text().set_text_rendering_mode(mode).set_font(Name(b"F"), *size).next_line(*x, *y).show(Str(text.as_bytes()));
        content.end_text();
    }
    content.finish().to_vec()
}

/// Content that lays the grey pixel over all of the page.
pub fn scan() -> Drawn {
    let mut content = Content::new();
    content.save_state().transform([600.0, 0.0, 0.0, 800.0, 0.0, 0.0]).x_object(Name(b"I")).restore_state();
    [&content.finish()[..], b"\n"].concat()
}

pub fn one_page(content: Drawn) -> Vec<u8> {
    pdf(&[content], |_| {}, plain)
}

pub fn open(bytes: Vec<u8>) -> Pdf {
    Pdf::open(bytes, None, &Limits::default()).unwrap()
}

/// The lines of a page as text.
pub fn lines(bytes: Vec<u8>, page: u32) -> Vec<String> {
    open(bytes).text(page).unwrap().lines.iter().map(Line::text).collect()
}

pub fn word(text: &str, at: [f64; 4]) -> Word {
    Word { text: text.to_owned(), bounds: Rect::from(at), confidence: 0.9 }
}

pub fn near(a: Rect, b: Rect, most: f64) -> bool {
    let (a, b) = (<[f64; 4]>::from(a), <[f64; 4]>::from(b));
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
}
