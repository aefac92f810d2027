//! Which candidate is whose: the surest first, no word twice.

use std::collections::HashSet;

use super::{Candidate, Found};
use crate::fields::Source;
use crate::schema::{Group, Kind, Leaf, Place, Shape};

/// What is chosen for a property, and what else it may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) chosen: Option<Found>,
    /// Of other values, the likeliest first.
    pub(crate) others: Vec<Found>,
}

/// Candidates nearer to each other than this are rivals.
const RIVAL: f64 = 0.1;

/// The likeliest candidates of a property that are looked at: a book has thousands of dates.
const MOST: usize = 64;

/// One answer a property, in order.
pub(crate) fn resolve(group: &Group, candidates: Vec<Candidate>) -> Vec<Answer> {
    let mut answers = vec![Answer::default(); group.properties.len()];
    let mut open = candidates;
    let mut taken: HashSet<usize> = HashSet::new();
    open.sort_by(|a, b| b.found.confidence.total_cmp(&a.found.confidence));
    let mut seen = vec![0usize; group.properties.len()];
    open.retain(|c| {
        let count = seen.get_mut(c.field).map_or(MOST, |n| std::mem::replace(n, *n + 1));
        count < MOST
    });
    while !open.is_empty() {
        let next = open.remove(lowest(group, &open));
        let Some(answer) = answers.get_mut(next.field) else { continue };
        let Some(leaf) = leaf(group, next.field) else { continue };
        if claims(leaf) && next.found.tokens.iter().any(|t| taken.contains(t)) {
            continue;
        }
        if answer.chosen.is_none() {
            if claims(leaf) {
                taken.extend(&next.found.tokens);
            }
            answer.chosen = Some(next.found);
        } else {
            answer.others.push(next.found);
        }
    }
    // What was another's candidate when it came may be taken by now.
    for (field, answer) in answers.iter_mut().enumerate() {
        let own: HashSet<usize> = answer.chosen.iter().flat_map(|c| c.tokens.iter().copied()).collect();
        if leaf(group, field).is_some_and(claims) {
            answer.others.retain(|o| o.tokens.iter().all(|t| !taken.contains(t) || own.contains(t)));
        }
        weigh(answer);
    }
    answers
}

fn leaf(group: &Group, field: usize) -> Option<&Leaf> {
    match &group.properties.get(field)?.shape {
        Shape::Value(leaf) => Some(leaf),
        Shape::Rows(..) => None,
    }
}

/// A currency stands in the words of amounts, a time in those of dates: they leave them to those.
fn claims(leaf: &Leaf) -> bool {
    !matches!(leaf.kind, Kind::Currency | Kind::Time)
}

/// The first candidate, or of its rivals the one lowest on the page where the schema says so.
fn lowest(group: &Group, open: &[Candidate]) -> usize {
    let Some(first) = open.first() else { return 0 };
    if leaf(group, first.field).is_none_or(|l| !l.places.contains(&Place::Bottom)) {
        return 0;
    }
    let height = |f: &Found| (f.page, f.bounds.map_or(0, |b| b.centre().1 as i64));
    let rivals =
        open.iter().enumerate().filter(|(_, c)| c.field == first.field && c.found.confidence > first.found.confidence - RIVAL / 2.0);
    rivals.max_by_key(|(_, c)| height(&c.found)).map_or(0, |(i, _)| i)
}

/// The same value elsewhere makes an answer surer, another one of about the same confidence less sure.
fn weigh(answer: &mut Answer) {
    let Some(chosen) = &mut answer.chosen else { return };
    let alone = chosen.confidence;
    let apart = |o: &Found| o.tokens.iter().all(|t| !chosen.tokens.contains(t));
    let agrees = answer.others.iter().any(|o| o.value == chosen.value && apart(o) && o.confidence > 0.5);
    let rival = answer.others.iter().filter(|o| o.value != chosen.value).map(|o| o.confidence).fold(0.0, f64::max);
    if agrees {
        chosen.confidence = (1.0 - (1.0 - alone) * 0.6).min(chosen.legible);
    }
    // What the file states is not in question.
    if rival > alone - RIVAL && chosen.source != Source::Form {
        chosen.confidence *= 0.8;
    }
    let mut seen = HashSet::from([chosen.value.clone()]);
    answer.others.retain(|o| seen.insert(o.value.clone()));
}
