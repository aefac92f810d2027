//! What is wanted of a document: a JSON Schema with hints of where and how each value stands.

mod answer;
mod kind;
mod parse;
mod shipped;

use regex::Regex;

pub use answer::response_schema;
pub use kind::Kind;
pub use shipped::SHIPPED;

/// More rows than these are not a table anybody checks.
pub(crate) const MOST_ROWS: usize = 1000;

/// A parsed schema. Made by [`Schema::parse`] or [`Schema::shipped`].
#[derive(Debug, Clone)]
pub struct Schema {
    /// Its `$id`, else its `title`, else `custom`.
    pub(crate) name: String,
    /// What the document is, for people and models.
    pub(crate) about: String,
    /// What is wanted.
    pub(crate) root: Group,
}

/// Properties that belong together: those of the document, or of one row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) properties: Vec<Property>,
    pub(crate) checks: Vec<Check>,
}

/// One property.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: String,
    /// For people: its `title`, else its name with blanks.
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) required: bool,
    /// What may stand before or above it.
    pub(crate) labels: Vec<String>,
    /// What looks like one of its labels and means something else.
    pub(crate) decoys: Vec<String>,
    pub(crate) shape: Shape,
}

/// One value or rows of them.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Value(Leaf),
    Rows(Group, Rows),
}

/// What one value must be.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) kind: Kind,
    /// Whether JSON holds it as a number rather than text.
    pub(crate) as_number: bool,
    pub(crate) places: Vec<Place>,
    /// It lies in the past or is today.
    pub(crate) past: bool,
    pub(crate) pattern: Option<Regex>,
    pub(crate) options: Vec<String>,
}

/// Where a value may stand when no label tells, `x-place`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the upper part of the first page.
    Top,
    /// In the lower part of the last page; of several labelled ones the lowest is meant.
    Bottom,
    /// In the largest letters; of amounts, the largest amount.
    Largest,
    /// Anywhere, if it is the only one of its type.
    Anywhere,
}

/// How rows stand on the page, `x-rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Below a row of headings.
    Table,
    /// As in a table, or as lines with words at the left and an amount at the right.
    Lines,
    /// Each begins with a number.
    Numbered,
    /// Each is a key and a value.
    Pairs,
}

/// What must be true of the values of a group, `x-checks`. Names are those of its properties, `items.amount` a column of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) rule: Rule,
    /// How much sums may be off, in ten-thousandths.
    pub(crate) tolerance: i64,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    /// `sum` less `less` is one of `equals`.
    Sum { sum: Vec<String>, less: Vec<String>, equals: Vec<String> },
    /// One times the other.
    Product { factors: Vec<String>, equals: String },
    /// A percentage of an amount.
    Percent { percent: String, of: String, equals: String },
    /// A date that is not before another.
    NotBefore { date: String, not_before: String },
}

impl Schema {
    /// Its name: the `$id` or title it was given, or `custom`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The leaf a path of a value leads to, whatever the number of the row: `/total`, `/items/3/amount`. A number has one spelling, and is
    /// below the most rows a record has: what a path names is made.
    pub(crate) fn leaf(&self, path: &str) -> Option<(&Property, &Leaf)> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let first = self.root.property(parts.next()?)?;
        match (&first.shape, parts.next(), parts.next(), parts.next()) {
            (Shape::Value(leaf), None, ..) => Some((first, leaf)),
            (Shape::Rows(group, _), Some(row), Some(column), None) if is_row(row) => {
                let property = group.property(column)?;
                let Shape::Value(leaf) = &property.shape else { return None };
                Some((property, leaf))
            }
            _ => None,
        }
    }
}

fn is_row(text: &str) -> bool {
    text.parse::<usize>().is_ok_and(|row| row < MOST_ROWS && row.to_string() == text)
}

impl Group {
    /// By its name.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|p| p.name == name)
    }

    /// Its single values, in order.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&Property, &Leaf)> {
        self.properties.iter().filter_map(|p| match &p.shape {
            Shape::Value(leaf) => Some((p, leaf)),
            Shape::Rows(..) => None,
        })
    }
}
