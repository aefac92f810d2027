//! Invisible text onto the pages of a PDF that is there already, as an update behind it: not a byte of the original changes.

use std::collections::{BTreeMap, HashSet};

use gristmill_layout::{Line, Matrix};
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Point};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};

use super::glyphless::{Characters, RESOURCE, deflated};
use super::hidden;
use crate::guard::guarded;
use crate::pdf::load;
use crate::{Limits, NotWritable, Pdf, Refusal};

/// How far up a page's tree resources are looked for.
const DEPTH_MOST: usize = 64;

/// The words to write onto a page.
#[derive(Debug, Clone)]
pub struct TextLayer {
    /// Counted from 1.
    pub page: u32,
    /// From the boxes of `lines` to points of the page as it is shown: the way back of what straightened it.
    pub to_page: Matrix,
    /// What was read on it.
    pub lines: Vec<Line>,
}

/// A copy of a PDF that can be searched: `original` with the words of `pages` invisibly beneath what is drawn there. A file that opens with
/// a password keeps it.
///
/// # Errors
/// See [`NotWritable`]: the original is then what there is to deliver.
pub fn searchable(original: &[u8], password: Option<&str>, pages: &[TextLayer]) -> Result<Vec<u8>, NotWritable> {
    let pdf = Pdf::open(original.to_vec(), password, &Limits { pages: u32::MAX, ..Limits::default() })?;
    let facts = pdf.facts();
    if facts.certified {
        return Err(NotWritable::Certified);
    }
    let (document, original) = guarded(|| load(original, password.unwrap_or_default())).map_err(|refusal| match pdf.encrypted() {
        true => NotWritable::Encrypted,
        false if refusal == Refusal::Damaged => NotWritable::Pages,
        false => refusal.into(),
    })?;
    let appendable = original.starts_with(b"%PDF-") && document.xref_recovery.is_none();
    match (appendable, facts.signed, pdf.encrypted()) {
        (false, true, _) => return Err(NotWritable::Signed),
        (false, _, true) => return Err(NotWritable::Encrypted),
        _ => {}
    }
    let written = guarded(|| Ok(edited(&pdf, &document, pages))).map_err(|_| NotWritable::Pages)??;
    let out = guarded(|| save(&original, document, written, appendable)).map_err(|_| NotWritable::Unsound)?;
    if reads_back(&out, password, &pdf, pages) { Ok(out) } else { Err(NotWritable::Unsound) }
}

/// Objects that are new or changed.
struct Edit {
    objects: BTreeMap<ObjectId, Object>,
    last: u32,
}

impl Edit {
    fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        self.last += 1;
        self.objects.insert((self.last, 0), object.into());
        (self.last, 0)
    }
}

fn edited(pdf: &Pdf, document: &Document, pages: &[TextLayer]) -> Result<Edit, NotWritable> {
    let mut edit = Edit { objects: BTreeMap::new(), last: document.max_id };
    let mut characters = Characters::default();
    // The font is written last, when all characters are known; its number must be known before.
    let font = edit.add(Object::Null);
    for layer in pages.iter().filter(|l| !l.lines.is_empty()) {
        let page = pdf.page(layer.page)?;
        let id = page.raw().obj_id().and_then(|id| Some((id.obj_number, u16::try_from(id.gen_number).ok()?)));
        let id = id.ok_or(NotWritable::Pages)?;
        // Two layers for one page go on top of each other.
        let old = edit.objects.get(&id).or_else(|| document.objects.get(&id));
        // A page that is no object of its own bears the number of the tree it stands in.
        let old = old.and_then(|o| o.as_dict().ok()).filter(|d| !d.has(b"Kids"));
        let mut dict = old.ok_or(NotWritable::Pages)?.clone();
        let text = hidden::content(&layer.lines, &mut characters, |p| to_content(page, layer.to_page, p));
        let form = edit.add(form(page, text, font));
        let name = format!("GmText{}", form.0);
        let call = edit.add(Stream::new(Dictionary::new(), format!("q /{name} Do Q\n").into_bytes()));
        dict.set("Contents", with_first(call, dict.get(b"Contents").ok(), document));
        dict.set("Resources", with_form(document, &dict, name, form));
        edit.objects.insert(id, Object::Dictionary(dict));
    }
    let made = characters.add(|object| edit.add(object));
    let made = edit.objects.remove(&made).unwrap_or(Object::Null);
    edit.last -= 1;
    edit.objects.insert(font, made);
    Ok(edit)
}

fn to_content(page: &Page<'_>, to_page: Matrix, at: (f64, f64)) -> (f64, f64) {
    let shown = to_page.apply(at);
    let map: Affine = page.initial_transform(true).to_kurbo();
    let p = map.inverse() * Point::from(shown);
    (p.x, p.y)
}

fn form(page: &Page<'_>, text: Vec<u8>, font: ObjectId) -> Stream {
    let bounds = page.media_box();
    let bounds: Vec<Object> = [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|v| Object::Real(v as f32)).into();
    let fonts = dictionary! { RESOURCE => font };
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => bounds, "Resources" => dictionary! { "Font" => fonts },
        "Filter" => "FlateDecode",
    };
    Stream::new(dict, deflated(&text))
}

/// The page's content with a piece before all others, where the coordinates are surely still the page's own.
fn with_first(first: ObjectId, old: Option<&Object>, document: &Document) -> Object {
    let mut all = vec![Object::Reference(first)];
    match old {
        Some(Object::Array(many)) => all.extend(many.iter().cloned()),
        Some(Object::Reference(id)) => match document.get_object(*id) {
            Ok(Object::Array(many)) => all.extend(many.iter().cloned()),
            _ => all.push(Object::Reference(*id)),
        },
        _ => {}
    }
    Object::Array(all)
}

/// The page's resources, its own or inherited, as a dictionary of its own with one form more.
fn with_form(document: &Document, page: &Dictionary, name: String, form: ObjectId) -> Dictionary {
    let mut resources = resources(document, page).cloned().unwrap_or_default();
    let mut forms = dict_under(document, &resources, b"XObject").cloned().unwrap_or_default();
    forms.set(name, form);
    resources.set("XObject", forms);
    resources
}

fn resources<'d>(document: &'d Document, page: &'d Dictionary) -> Option<&'d Dictionary> {
    let mut node = page;
    let mut seen = HashSet::new();
    for _ in 0..DEPTH_MOST {
        if let Some(found) = dict_under(document, node, b"Resources") {
            return Some(found);
        }
        let above = node.get(b"Parent").and_then(Object::as_reference).ok()?;
        node = document.get_dictionary(above).ok().filter(|_| seen.insert(above))?;
    }
    None
}

fn dict_under<'d>(document: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Dictionary> {
    document.dereference(dict.get(key).ok()?).ok()?.1.as_dict().ok()
}

fn save(original: &[u8], mut document: Document, edit: Edit, appendable: bool) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::with_capacity(original.len() + (64 << 10));
    let saved = if appendable {
        let mut update = IncrementalDocument::create_from(original.to_vec(), document);
        put(&mut update.new_document, edit);
        update.save_to(&mut out)
    } else {
        put(&mut document, edit);
        document.save_to(&mut out)
    };
    saved.map(|()| out).map_err(|_| Refusal::Damaged)
}

fn put(document: &mut Document, edit: Edit) {
    document.max_id = document.max_id.max(edit.last);
    document.objects.extend(edit.objects);
}

/// Whether the copy opens, has as many pages, and says on the first page with words what was written there.
fn reads_back(out: &[u8], password: Option<&str>, original: &Pdf, pages: &[TextLayer]) -> bool {
    let Ok(mut copy) = Pdf::open(out.to_vec(), password, &Limits { pages: u32::MAX, ..Limits::default() }) else { return false };
    if copy.pages() != original.pages() {
        return false;
    }
    let Some(layer) = pages.iter().find(|l| !l.lines.is_empty()) else { return true };
    let Ok(text) = copy.text(layer.page) else { return false };
    let read: HashSet<&str> = text.lines.iter().flat_map(|l| &l.words).map(|w| w.text.as_str()).collect();
    let words: Vec<&str> = layer.lines.iter().flat_map(|l| &l.words).map(|w| w.text.as_str()).collect();
    // Words that touch may come back as one, and a ligature as its letters: most of them is proof enough.
    let found = words.iter().filter(|w| read.contains(*w)).count();
    found * 2 >= words.len()
}
