//! Values of forms whose file states them: nothing has to be read.

use gristmill_layout::{Document, FormField};

use super::{Candidate, Found};
use crate::fields::Source;
use crate::fold::{fold, likeness};
use crate::schema::{Kind, Leaf, Property, Schema, Shape};
use crate::values::convention::Convention;
use crate::values::readings;

/// A value the file states for a field it names like one of the labels.
const STATED: f64 = 0.99;

/// Every field of a form that is named like a property.
pub(crate) fn form(document: &Document, schema: &Schema, known: &Convention) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (number, page) in document.pages.iter().enumerate() {
        for stated in page.form.iter().filter(|f| !f.value.trim().is_empty()) {
            for (field, property) in schema.root.properties.iter().enumerate() {
                let Shape::Value(leaf) = &property.shape else { continue };
                let Some(alike) = named(property, stated) else { continue };
                if let Some(found) = written(leaf, stated, number, known, STATED * alike) {
                    all.push(Candidate { field, found });
                }
            }
        }
    }
    all
}

/// How alike the names of a form's field are to those of a property.
fn named(property: &Property, stated: &FormField) -> Option<f64> {
    // The last part of a full name is the field's own: `form1.page[0].Total[0]`.
    let own = stated.name.rsplit('.').next().unwrap_or_default();
    let own = own.split('[').next().unwrap_or(own);
    let names = [stated.label.as_deref().unwrap_or_default(), &stated.name, own].map(fold);
    let wanted = property.labels.iter().chain([&property.name, &property.title]).map(|l| fold(l));
    let wanted: Vec<String> = wanted.collect();
    let alike = names.iter().flat_map(|n| wanted.iter().filter_map(move |w| likeness(n, w)));
    alike.filter(|a| *a > 0.9).reduce(f64::max)
}

/// What a form's field says, as a value of a type; none when it says no such value.
pub(crate) fn written(leaf: &Leaf, stated: &FormField, number: usize, known: &Convention, confidence: f64) -> Option<Found> {
    let value = stated.value.trim();
    let (text, value, other, proven) = if leaf.kind == Kind::Checkbox {
        (value.to_owned(), (value != "off").to_string(), None, false)
    } else {
        let reading = readings(leaf, value, known).into_iter().next()?;
        (value.get(reading.span)?.to_owned(), reading.value, reading.other, reading.proven)
    };
    Some(Found {
        tokens: Vec::new(),
        text,
        value,
        other,
        proven,
        repaired: false,
        broken: false,
        confidence,
        legible: 1.0,
        page: number,
        bounds: stated.bounds,
        source: Source::Form,
    })
}
