//! Whether what stands on both sides of gutters is read column by column or row by row.

use crate::item::{Item, Row, quantile, rows};
use crate::strip::White;

/// What is between two gutters.
pub(crate) type Column = Vec<Item>;

/// Parts items at gutters. A column of bare marks belongs to what the marks are for.
pub(crate) fn columns(items: impl IntoIterator<Item = Item>, gutters: &[White]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![Vec::new(); gutters.len() + 1];
    for item in items {
        let at = gutters.partition_point(|g| g.1 <= item.bounds.centre().0);
        columns[at].push(item);
    }
    columns.retain(|c| !c.is_empty());
    let mut joined: Vec<Column> = Vec::new();
    for column in columns {
        match joined.last_mut().filter(|left| left.iter().all(|i| i.bare_mark)) {
            Some(marks) => marks.extend(column),
            None => joined.push(column),
        }
    }
    joined
}

/// Whether at least two columns are running text, which is never read across.
pub(crate) fn are_running_text(columns: &[Column]) -> bool {
    columns.iter().filter(|c| is_running_text(c)).nth(1).is_some()
}

/// Three lines or more, most of them as wide as the column, with words rather than figures.
fn is_running_text(column: &Column) -> bool {
    let left = column.iter().map(|i| i.bounds.x0).fold(f64::INFINITY, f64::min);
    let right = column.iter().map(|i| i.bounds.x1).fold(f64::NEG_INFINITY, f64::max);
    let full = column.iter().filter(|i| i.bounds.width() >= 0.65 * (right - left)).count();
    let length = quantile(column.iter().map(|i| (i.chars as f64, 1)).collect(), 0.5).unwrap_or_default();
    let figures = column.iter().filter(|i| i.is_figures()).count();
    column.len() >= 3 && 2 * full >= column.len() && length >= 16.0 && 3 * figures < column.len()
}

/// Whether lines of the columns stand in common rows. Independent columns meet by chance only, those of tables and forms nearly always.
pub(crate) fn are_aligned(columns: &[Column]) -> bool {
    let all = rows(columns.iter().flatten().copied().collect());
    let shared = all.iter().filter(|r| on_one_line(r)).count();
    let sparsest = columns.iter().map(|c| rows(c.clone()).len()).min().unwrap_or_default();
    shared * 10 >= sparsest * 6
}

/// Whether items of a row stand on one baseline or have one middle.
fn on_one_line(row: &Row) -> bool {
    row.items.windows(2).any(|pair| {
        let (a, b) = (pair[0].bounds, pair[1].bounds);
        let near = 0.2 * a.height().min(b.height());
        (a.y1 - b.y1).abs() <= near || (a.centre().1 - b.centre().1).abs() <= near
    })
}

/// Whether aligned columns are read across all the same: not when they are lists or blocks of their own side by side (addresses, the
/// sender and the date of a letter), nor when notes stand in the margin of a text.
pub(crate) fn are_read_across(columns: &[Column]) -> bool {
    let Some((first, others)) = columns.split_first() else { return true };
    let most = |column: &Column, is: fn(&Item) -> bool| 2 * column.iter().filter(|i| is(i)).count() > column.len();
    let lists = others.iter().any(|c| c.iter().filter(|i| i.mark.is_some() && !i.bare_mark).nth(1).is_some());
    let titled = columns
        .iter()
        .all(|c| c.iter().min_by(|a, b| a.bounds.y0.total_cmp(&b.bounds.y0)).is_some_and(|i| i.label) && !most(c, |i| i.label));
    let pairs = others.iter().any(|c| c.len() > 1 && most(c, |i| i.pair)) && !most(first, |i| i.label);
    let figures = columns.iter().any(|c| most(c, Item::is_figures));
    !(lists || titled || pairs || (!figures && have_notes(columns)))
}

/// Whether one column is running text and the others stand beside any of its lines; in a table they stand where a cell begins.
fn have_notes(columns: &[Column]) -> bool {
    let Some(text) = columns.iter().position(is_running_text) else { return false };
    let left = |c: &Column| c.iter().map(|i| i.bounds.x0).fold(f64::INFINITY, f64::min);
    let (from, to) = (left(&columns[text]), columns.get(text + 1).map_or(f64::INFINITY, left));
    let length = columns[text].len();
    let sparse = columns.iter().enumerate().all(|(at, c)| at == text || 10 * c.len() < 9 * length);
    let all = rows(columns.iter().flatten().copied().collect());
    let mut beside = all.iter().filter(|r| r.items.len() > 1).filter_map(|r| r.items.iter().find(|i| (from..to).contains(&i.bounds.x0)));
    sparse && beside.any(|i| !i.opens)
}
