//! The fields of an AcroForm with the values the file states (ISO 32000-2, 12.7), whether or not a page draws them.

use std::collections::{HashMap, HashSet};

use gristmill_layout::{FormField, Rect};
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax::Pdf as Syntax;
use hayro::hayro_syntax::object::dict::keys::{ACRO_FORM, ANNOTS, FF, FIELDS, FT, KIDS, P, RECT, T, TU, V};
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Rect as Corners, String as Bytes};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Point;

/// Fields that are answered.
const FIELDS_MOST: usize = 10_000;
/// Nodes of the tree of fields that are looked at.
const NODES_MOST: usize = 50_000;
/// How deep that tree is followed; real ones are four deep.
const DEPTH_MOST: usize = 32;
/// Bytes of a name or a value.
const TEXT_MOST: usize = 64 << 10;
/// The bit of `Ff` that makes a button one that holds no value.
const PUSH_BUTTON: u32 = 1 << 16;

/// What a field hands down to its kids.
#[derive(Clone, Default)]
struct Handed<'a> {
    name: String,
    label: Option<String>,
    kind: Option<Name<'a>>,
    value: Option<Object<'a>>,
    flags: u32,
}

struct Walk<'a> {
    syntax: &'a Syntax,
    /// Which page a widget stands on.
    pages: HashMap<ObjectIdentifier, u32>,
    seen: HashSet<ObjectIdentifier>,
    nodes: usize,
    fields: Vec<(u32, FormField)>,
}

/// The fields of a form in the order the form has them, with the page each stands on (1 when the file does not say).
pub(crate) fn fields(syntax: &Syntax) -> Vec<(u32, FormField)> {
    let Some(roots) = syntax
        .xref()
        .get::<Dict<'_>>(syntax.xref().root_id())
        .and_then(|catalogue| catalogue.get::<Dict<'_>>(ACRO_FORM)?.get::<Array<'_>>(FIELDS))
    else {
        return Vec::new();
    };
    let mut walk = Walk { syntax, pages: pages_of_widgets(syntax), seen: HashSet::new(), nodes: 0, fields: Vec::new() };
    walk.kids(&roots, &Handed::default(), 0);
    walk.fields
}

fn pages_of_widgets(syntax: &Syntax) -> HashMap<ObjectIdentifier, u32> {
    let of_page = |page: &Page<'_>| -> Vec<ObjectIdentifier> {
        let notes = page.raw().get::<Array<'_>>(ANNOTS);
        notes.iter().flat_map(|a| a.raw_iter()).filter_map(|n| n.as_obj_ref().map(Into::into)).take(FIELDS_MOST).collect()
    };
    (1..).zip(syntax.pages().iter()).flat_map(|(n, page)| of_page(page).into_iter().map(move |id| (id, n))).take(NODES_MOST).collect()
}

impl<'a> Walk<'a> {
    fn kids(&mut self, kids: &Array<'a>, above: &Handed<'a>, depth: usize) {
        for (raw, dict) in kids.raw_iter().zip(kids.iter::<Dict<'_>>()) {
            self.nodes += 1;
            if self.nodes > NODES_MOST || self.fields.len() >= FIELDS_MOST || depth > DEPTH_MOST {
                return;
            }
            let id = match raw {
                MaybeRef::Ref(reference) => Some(ObjectIdentifier::from(reference)),
                MaybeRef::NotRef(_) => None,
            };
            if id.is_none_or(|id| self.seen.insert(id)) {
                self.field(&dict, id, above, depth);
            }
        }
    }

    fn field(&mut self, dict: &Dict<'a>, id: Option<ObjectIdentifier>, above: &Handed<'a>, depth: usize) {
        let here = handed(dict, above);
        let kids = dict.get::<Array<'a>>(KIDS);
        // Kids with a name are fields of their own; kids without one are the places where this one is drawn.
        if let Some(kids) = &kids
            && kids.iter::<Dict<'_>>().take(NODES_MOST).any(|k| k.contains_key(T))
        {
            return self.kids(kids, &here, depth + 1);
        }
        let Some(value) = value_of(&here) else { return };
        let places = kids.iter().flat_map(|k| k.raw_iter().zip(k.iter::<Dict<'_>>())).take(64);
        let place = places.map(|(raw, widget)| (raw.as_obj_ref().map(Into::into), widget)).next();
        let (widget_id, widget) = place.unwrap_or_else(|| (id, dict.clone()));
        let page = self.page_of(widget_id, &widget);
        let bounds = page.and_then(|n| place_of(self.syntax.pages().get(n as usize - 1)?, &widget));
        let Handed { name, label, .. } = here;
        self.fields.push((page.unwrap_or(1), FormField { label: label.filter(|l| *l != name), name, value, bounds }));
    }

    fn page_of(&self, id: Option<ObjectIdentifier>, widget: &Dict<'_>) -> Option<u32> {
        let listed = id.and_then(|id| self.pages.get(&id).copied());
        listed.or_else(|| {
            let page = ObjectIdentifier::from(widget.get_ref(P)?);
            let index = self.syntax.pages().iter().position(|p| p.raw().obj_id() == Some(page))?;
            u32::try_from(index + 1).ok()
        })
    }
}

fn handed<'a>(dict: &Dict<'a>, above: &Handed<'a>) -> Handed<'a> {
    let own = dict.get::<Bytes<'_>>(T).map(|t| text(&t)).filter(|t| !t.is_empty());
    let name = match (above.name.is_empty(), own) {
        (_, None) => above.name.clone(),
        (true, Some(own)) => own,
        (false, Some(own)) => clipped(format!("{}.{own}", above.name)),
    };
    Handed {
        name,
        label: dict.get::<Bytes<'_>>(TU).map(|t| text(&t)).filter(|t| !t.is_empty()),
        kind: dict.get::<Name<'a>>(FT).or_else(|| above.kind.clone()),
        value: dict.get::<Object<'a>>(V).or_else(|| above.value.clone()),
        flags: dict.get::<u32>(FF).unwrap_or(above.flags),
    }
}

/// The value as text; none for what holds no value that a reader could use (buttons to push, signatures).
fn value_of(field: &Handed<'_>) -> Option<String> {
    match field.kind.as_deref()? {
        b"Tx" | b"Ch" => Some(field.value.as_ref().map(plain).unwrap_or_default()),
        b"Btn" if field.flags & PUSH_BUTTON != 0 => None,
        b"Btn" => Some(match &field.value {
            Some(Object::Name(name)) if **name != *b"Off" => ticked(name.as_str()),
            _ => "off".to_owned(),
        }),
        _ => None,
    }
}

/// A box that is ticked is `on`; of several boxes that belong together the chosen one's name says more.
fn ticked(state: &str) -> String {
    match state {
        "" | "Yes" | "On" | "1" | "true" | "True" => "on".to_owned(),
        other => other.to_owned(),
    }
}

fn plain(value: &Object<'_>) -> String {
    match value {
        Object::String(bytes) => text(bytes),
        Object::Name(name) => name.as_str().to_owned(),
        Object::Array(many) => {
            let texts: Vec<String> = many.iter::<Bytes<'_>>().take(1000).map(|b| text(&b)).collect();
            clipped(texts.join(", "))
        }
        Object::Stream(stream) => stream.decoded_data().map(|data| decoded(&data)).unwrap_or_default(),
        _ => String::new(),
    }
}

fn text(bytes: &Bytes<'_>) -> String {
    decoded(bytes.as_bytes())
}

/// UTF-16 or UTF-8 by its mark, else PDFDocEncoding (ISO 32000-2, 7.9.2.2).
fn decoded(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(TEXT_MOST)];
    let object = lopdf::Object::String(bytes.to_vec(), lopdf::StringFormat::Literal);
    lopdf::decode_text_string(&object).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn clipped(mut text: String) -> String {
    let most = (0..=TEXT_MOST.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    text.truncate(most);
    text
}

fn place_of(page: &Page<'_>, widget: &Dict<'_>) -> Option<Rect> {
    let at = widget.get::<Corners>(RECT)?;
    let map = page.initial_transform(true).to_kurbo();
    let corners = [(at.x0, at.y0), (at.x1, at.y1)].map(|p| map * Point::from(p));
    Rect::around(corners.map(|p| (p.x, p.y))).filter(|r| r.width() > 0.0 && r.height() > 0.0)
}
