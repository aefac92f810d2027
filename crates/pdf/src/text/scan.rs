//! One pass over what a page draws, without drawing it: glyphs and where they stand, how much is pictures, whether there is ink.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use hayro::hayro_interpret::font::{Glyph as Drawn, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, Paint,
    SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Vec2};

use super::cover::Cover;
use super::letters;

/// Glyphs of a page that are kept: a newspaper page has thirty thousand.
const GLYPHS_MOST: usize = 1_000_000;
/// Things a page may draw before it is given up: large technical drawings have a few hundred thousand. Pages that nest drawings in drawings can ask for more than a universe lasts.
const CALLS_MOST: u32 = 1_000_000;
/// Smaller than this in points, text is an artefact, and so is what is higher than so many pages.
const EM_LEAST: f64 = 0.01;
const EM_MOST_PAGES: f64 = 4.0;

/// Glyphs shown by one operator: one direction, one size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Where the line goes, of length 1.
    pub(crate) along: Vec2,
    /// Points that the font's square is high.
    pub(crate) em: f64,
    pub(crate) vertical: bool,
}

/// A glyph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// Where its baseline begins.
    pub(crate) at: Point,
    /// How far it goes along its run's direction; negative when the run goes backwards.
    pub(crate) advance: f64,
    pub(crate) run: u32,
    /// Its bytes in [`Scan::text`]; none of them for a blank.
    pub(crate) text: (u32, u32),
    pub(crate) blank: bool,
}

/// What a page draws.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) text: String,
    pub(crate) runs: Vec<Run>,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) cover: Cover,
    /// Glyphs that are seen and say what they are.
    pub(crate) visible: usize,
    /// Glyphs drawn invisibly that say what they are.
    pub(crate) hidden: usize,
    /// Glyphs that do not say what they are.
    pub(crate) unknown: usize,
    /// Lines and areas that are not white.
    pub(crate) paths: usize,
    pub(crate) images: usize,
    /// Pixels of all pictures together.
    pub(crate) picture_pixels: u64,
    /// The page draws more than was looked at.
    pub(crate) exhausted: bool,
    size: (f64, f64),
    calls: u32,
    /// The last run: where it began and how many glyphs it had.
    last: Option<(Point, usize)>,
}

impl Scan {
    pub(crate) fn of(page: &Page<'_>) -> Self {
        let (width, height) = page.render_dimensions();
        let size = (f64::from(width), f64::from(height));
        let mut scan = Self::new(size);
        let cache = InterpreterCache::new();
        let bounds = Rect::new(0.0, 0.0, size.0, size.1);
        let settings = InterpreterSettings::default();
        let mut context = Context::new(page.initial_transform(true).to_kurbo(), bounds, &cache, page.xref(), settings);
        // The reader cannot be told to stop, so the device stops it by unwinding; what was seen until then is kept.
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| interpret_page(page, &mut context, &mut scan))) {
            scan.exhausted = true;
            if !cause.is::<Enough>() {
                resume_unwind(cause);
            }
        }
        scan
    }

    fn new(size: (f64, f64)) -> Self {
        Self {
            text: String::new(),
            runs: Vec::new(),
            glyphs: Vec::new(),
            cover: Cover::new(size),
            visible: 0,
            hidden: 0,
            unknown: 0,
            paths: 0,
            images: 0,
            picture_pixels: 0,
            exhausted: false,
            size,
            calls: 0,
            last: None,
        }
    }

    /// The text of a glyph.
    pub(crate) fn text_of(&self, glyph: &Glyph) -> &str {
        self.text.get(glyph.text.0 as usize..glyph.text.1 as usize).unwrap_or_default()
    }

    /// Whether a picture of the page must have something on it other than pictures.
    pub(crate) fn paints_ink(&self) -> bool {
        self.visible > 0 || self.paths > 0
    }

    fn call(&mut self) {
        self.calls += 1;
        if self.calls > CALLS_MOST {
            resume_unwind(Box::new(Enough));
        }
    }

    fn run(&mut self, glyphs: &[PositionedGlyph<'_>], transform: Affine, vertical: bool, hidden: bool) {
        let Some((first, run)) = glyphs.first().and_then(|g| Some((g, run_of(transform * g.transform(), vertical)?))) else { return };
        if run.em > EM_MOST_PAGES * self.size.0.max(self.size.1) {
            return;
        }
        let unit = unit(glyphs, transform, first, run);
        self.runs.push(run);
        let number = (self.runs.len() - 1) as u32;
        for glyph in glyphs {
            if self.glyphs.len() >= GLYPHS_MOST {
                self.exhausted = true;
                return;
            }
            let at = transform * glyph.transform() * Point::ORIGIN;
            let advance = advance(glyph) * unit;
            if self.on_page(at, run.em) && advance.is_finite() {
                let (text, blank) = self.note(glyph.as_unicode(), hidden);
                self.glyphs.push(Glyph { at, advance, run: number, text, blank });
            }
        }
    }

    fn on_page(&self, at: Point, em: f64) -> bool {
        (-em..=self.size.0 + em).contains(&at.x) && (-em..=self.size.1 + em).contains(&at.y)
    }

    /// Keeps the text of a glyph and counts what it says: where the text lies, and whether it is a blank.
    fn note(&mut self, text: Option<BfString>, hidden: bool) -> ((u32, u32), bool) {
        let start = self.text.len();
        let known = letters::append(text.as_ref(), &mut self.text);
        let blank = self.text.len() == start;
        match (known, hidden) {
            (false, _) => self.unknown += 1,
            _ if blank => {}
            (true, false) => self.visible += 1,
            (true, true) => self.hidden += 1,
        }
        ((start as u32, self.text.len() as u32), blank)
    }
}

/// In thousandths of an em.
fn advance(glyph: &PositionedGlyph<'_>) -> f64 {
    let stated = match &**glyph {
        Drawn::Outline(outline) => outline.advance_width(),
        Drawn::Type3(type3) => type3.advance_width(),
    };
    f64::from(stated.unwrap_or(500.0))
}

/// Thrown by the device when a page has drawn enough.
struct Enough;

fn run_of(transform: Affine, vertical: bool) -> Option<Run> {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let (x, up) = (Vec2::new(a, b), Vec2::new(c, d));
    let along = if x.hypot() > 0.0 { x / x.hypot() } else { return None };
    // The part of the font's height that stands upright on the line: slanted text leans.
    let (along, em) = match along.cross(up) * 1000.0 {
        // Mirrored text is read as what it looks like, from the left, with glyphs coming from the right.
        em if em > 0.0 => (-along, em),
        em => (along, -em),
    };
    let along = if vertical { Vec2::new(-along.y, along.x) } else { along };
    (em.is_finite() && em >= EM_LEAST).then_some(Run { along, em, vertical })
}

/// Points along the line for a thousandth of an em. A font that stands in for a missing one is stretched glyph by glyph to the widths the
/// file states; the widths are the file's, so the stretch must not be counted again. Glyphs of one run differ in nothing else.
fn unit(glyphs: &[PositionedGlyph<'_>], transform: Affine, first: &PositionedGlyph<'_>, run: Run) -> f64 {
    let across = |g: &PositionedGlyph<'_>| {
        let [a, b, ..] = (transform * g.transform()).as_coeffs();
        Vec2::new(a, b)
    };
    let stated = across(first);
    let unit = if glyphs.iter().all(|g| (across(g).hypot() - stated.hypot()).abs() < stated.hypot() * 0.001) {
        stated.hypot()
    } else {
        run.em / 1000.0
    };
    let forwards = run.vertical || stated.dot(run.along) >= 0.0;
    if forwards { unit } else { -unit }
}

fn is_white(paint: &Paint<'_>) -> bool {
    matches!(paint, Paint::Color(colour) if { let [r, g, b, a] = colour.to_rgba().to_rgba8(); a == 0 || r & g & b == 255 })
}

impl<'a> Device<'a> for Scan {
    fn draw_path(&mut self, _: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.call();
        self.paths += usize::from(!is_white(&props.paint));
    }

    fn draw_rect(&mut self, _: &Rect, props: DrawProps<'a>, _: &DrawMode) {
        self.call();
        self.paths += usize::from(!is_white(&props.paint));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.call();
        let glyphs = run.glyphs();
        let begins = glyphs.first().map(|g| (props.transform * g.transform() * Point::ORIGIN, glyphs.len()));
        // Text that is filled and stroked comes twice.
        let again = matches!(mode, DrawMode::Stroke(_)) && begins == self.last;
        self.last = begins;
        if !again {
            let vertical = matches!(run.writing_mode(), WritingMode::Vertical);
            self.run(glyphs, props.transform, vertical, matches!(mode, DrawMode::Invisible));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.call();
        let (width, height) = (image.width(), image.height());
        self.images += 1;
        self.picture_pixels = self.picture_pixels.saturating_add(u64::from(width) * u64::from(height));
        // The reader places a picture by its pixels.
        self.cover.add(props.transform * Affine::scale_non_uniform(width.into(), height.into()));
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.call();
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.call();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.call();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
