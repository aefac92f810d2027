//! Lines of a summary of taxes: a rate, an amount and what the rate makes of it prove one another.

use std::collections::HashSet;

use super::{Candidate, Found, read};
use crate::schema::{Leaf, Rule, Schema, Shape};
use crate::sheet::{Row, Sheet};
use crate::values::convention::Convention;
use crate::values::decimal::Decimal;

/// Three numbers of one row that agree.
const AGREED: f64 = 0.93;

/// Candidates for the properties of each check of a percentage, from the one row of the document that shows all three. Rows of several rates are
/// left alone: there the tax is their sum.
pub(crate) fn rates(sheet: &Sheet<'_>, schema: &Schema, known: &Convention) -> Vec<Candidate> {
    let mut all = Vec::new();
    for check in &schema.root.checks {
        let Rule::Percent { percent, of, equals } = &check.rule else { continue };
        let leaf = |name: &str| {
            let field = schema.root.properties.iter().position(|p| p.name == name)?;
            let Some(Shape::Value(leaf)) = schema.root.properties.get(field).map(|p| &p.shape) else { return None };
            Some((field, leaf))
        };
        let (Some(percent), Some(of), Some(equals)) = (leaf(percent), leaf(of), leaf(equals)) else { continue };
        let shown: Vec<[Found; 3]> = sheet.rows.iter().filter_map(|row| shown(sheet, row, percent.1, of.1, known)).collect();
        let different: HashSet<&str> = shown.iter().map(|[_, _, tax]| tax.value.as_str()).collect();
        if different.len() == 1
            && let Some(row) = shown.into_iter().next()
        {
            let fields = [percent.0, of.0, equals.0];
            all.extend(
                row.into_iter()
                    .zip(fields)
                    .map(|(found, field)| Candidate { field, found: Found { confidence: found.confidence * AGREED, ..found } }),
            );
        }
    }
    all
}

/// The rate, the net and the tax of a row.
fn shown(sheet: &Sheet<'_>, row: &Row, percent: &Leaf, amount: &Leaf, known: &Convention) -> Option<[Found; 3]> {
    let tokens = sheet.row_tokens(row);
    let rate = read(sheet, percent, tokens.clone(), known).into_iter().next()?;
    let share = Decimal::parse(&rate.value).filter(|r| r.0 > 0)?.to_f64() / 100.0;
    let amounts = read(sheet, amount, tokens, known);
    let number = |f: &Found| Decimal::parse(&f.value).map(Decimal::to_f64);
    for net in &amounts {
        for tax in &amounts {
            let (Some(n), Some(t)) = (number(net), number(tax)) else { continue };
            if t > 0.0 && t < n && (n * share - t).abs() < 0.0151 {
                return Some([rate, net.clone(), tax.clone()]);
            }
        }
    }
    None
}
