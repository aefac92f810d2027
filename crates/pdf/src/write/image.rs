//! PDFs of pictures with their text beneath: what becomes of scans that came as pictures.

use gristmill_layout::Line;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};

use super::glyphless::{Characters, RESOURCE, deflated};
use super::hidden;

/// The picture of a page.
#[derive(Debug, Clone, Copy)]
pub enum Picture<'a> {
    /// Goes into the PDF as it is. Its orientation in EXIF is not looked at, and it may not be CMYK.
    Jpeg {
        /// The file.
        bytes: &'a [u8],
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// One channel instead of three.
        grey: bool,
    },
    /// Is compressed without loss.
    Pixels {
        /// Rows from the top without gaps, one or three bytes a pixel.
        bytes: &'a [u8],
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// One channel instead of three.
        grey: bool,
    },
    /// Black and white, compressed without loss.
    Bits {
        /// Rows from the top, each of whole bytes, the leftmost pixel in the highest bit; 1 is white.
        bytes: &'a [u8],
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
}

/// A PDF that grows by a page at a time.
pub struct ImagePdf {
    pdf: Pdf,
    next: Ref,
    pages: Vec<Ref>,
    characters: Characters,
}

const CATALOGUE: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const FONT: Ref = Ref::new(3);
const PARTS: [Ref; 5] = [Ref::new(4), Ref::new(5), Ref::new(6), Ref::new(7), Ref::new(8)];

impl Default for ImagePdf {
    fn default() -> Self {
        Self::new()
    }
}

impl ImagePdf {
    /// One without pages.
    pub fn new() -> Self {
        Self { pdf: Pdf::new(), next: Ref::new(9), pages: Vec::new(), characters: Characters::default() }
    }

    /// Appends a page that a picture fills, `points` wide and high, with the words of `lines` (boxes in points) beneath it.
    pub fn page(&mut self, picture: Picture<'_>, points: (f64, f64), lines: &[Line]) {
        let (page, image, body) = (self.next.bump(), self.next.bump(), self.next.bump());
        let (width, height) = points;
        let text = (!lines.is_empty()).then(|| hidden::content(lines, &mut self.characters, |(x, y)| (x, height - y)));
        let mut content = Content::new();
        content.save_state().transform([width as f32, 0.0, 0.0, height as f32, 0.0, 0.0]).x_object(Name(b"Im")).restore_state();
        let drawn = [text.as_deref().unwrap_or_default(), b"\n", &content.finish()].concat();
        self.pdf.stream(body, &deflated(&drawn)).filter(Filter::FlateDecode);
        self.image(image, picture);
        let mut writer = self.pdf.page(page);
        writer.media_box(Rect::new(0.0, 0.0, width as f32, height as f32)).parent(TREE).contents(body);
        let mut resources = writer.resources();
        resources.x_objects().pair(Name(b"Im"), image);
        // A page may have lines without a word that can be written; a font that is not written must not be named.
        if text.is_some() && !self.characters.is_empty() {
            resources.fonts().pair(Name(RESOURCE.as_bytes()), FONT);
        }
        resources.finish();
        writer.finish();
        self.pages.push(page);
    }

    /// The file. A PDF has at least one page: one without any is not readable.
    pub fn finish(mut self) -> Vec<u8> {
        self.pdf.catalog(CATALOGUE).pages(TREE);
        let count = self.pages.len() as i32;
        self.pdf.pages(TREE).kids(self.pages).count(count);
        if !self.characters.is_empty() {
            self.characters.write(&mut self.pdf, FONT, PARTS);
        }
        self.pdf.finish()
    }

    fn image(&mut self, id: Ref, picture: Picture<'_>) {
        let (filter, bytes, width, height, space, bits) = match picture {
            Picture::Jpeg { bytes, width, height, grey } => (Filter::DctDecode, bytes.into(), width, height, space(grey), 8),
            Picture::Pixels { bytes, width, height, grey } => (Filter::FlateDecode, deflated(bytes).into(), width, height, space(grey), 8),
            Picture::Bits { bytes, width, height } => (Filter::FlateDecode, deflated(bytes).into(), width, height, space(true), 1),
        };
        let bytes: std::borrow::Cow<'_, [u8]> = bytes;
        let mut image = self.pdf.image_xobject(id, &bytes);
        image.width(width as i32).height(height as i32).color_space_name(Name(space)).bits_per_component(bits);
        image.filter(filter);
    }
}

fn space(grey: bool) -> &'static [u8] {
    if grey { b"DeviceGray" } else { b"DeviceRGB" }
}
