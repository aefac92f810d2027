//! What must be true of several values together. A check that comes out proves its values; one that does not makes them a person's matter.

use crate::fields::Checked;
use crate::find::Found;
use crate::schema::{Check, Rule};
use crate::slot::Slot;
use crate::values::decimal::Decimal;

/// Looks at one group's checks; `prefix` is the path its names begin with.
pub(crate) fn check(slots: &mut [Slot<'_>], checks: &[Check], prefix: &str) {
    for check in checks {
        match &check.rule {
            Rule::Sum { sum, less, equals } => sums(slots, check, prefix, sum, less, equals),
            Rule::Product { factors, equals } => product(slots, check, prefix, factors, equals),
            Rule::Percent { percent, of, equals } => rate(slots, check, prefix, percent, of, equals),
            Rule::NotBefore { date, not_before } => order(slots, check, prefix, date, not_before),
        }
    }
}

/// Where a name's values lie: one of the group, or a column of rows.
fn places(slots: &[Slot<'_>], prefix: &str, name: &str) -> Vec<usize> {
    let at = |path: &str| match name.split_once('.') {
        None => path.strip_prefix(prefix) == Some(name),
        Some((rows, column)) => {
            let rest = path.strip_prefix(prefix).and_then(|p| p.strip_prefix(rows));
            rest.and_then(|r| r.rsplit_once('/')).is_some_and(|(_, last)| last == column)
        }
    };
    slots.iter().enumerate().filter(|(_, s)| at(&s.path)).map(|(i, _)| i).collect()
}

fn note(slots: &mut [Slot<'_>], which: &[usize], check: &Check, passed: bool, detail: &str) {
    for i in which {
        if let Some(slot) = slots.get_mut(*i) {
            slot.checks.push(Checked { name: check.name.clone(), passed, detail: detail.to_owned() });
        }
    }
}

fn judge(slots: &mut [Slot<'_>], which: &[usize], passed: bool, failed: bool) {
    for i in which {
        if let Some(slot) = slots.get_mut(*i) {
            slot.passed |= passed;
            slot.failed |= failed;
        }
    }
}

/// A member of a sum: its place, and whether it is taken off.
type Member = (usize, bool);

fn sums(slots: &mut [Slot<'_>], check: &Check, prefix: &str, sum: &[String], less: &[String], equals: &[String]) {
    let column = sum.iter().any(|n| n.contains('.'));
    let slots_now = &*slots;
    let named = |names: &[String]| names.iter().flat_map(|n| places(slots_now, prefix, n)).collect::<Vec<_>>();
    let here = |i: &usize| slots_now.get(*i).is_some_and(|s| s.number().is_some_and(|n| n.0 != 0));
    let members: Vec<Member> =
        named(sum).into_iter().map(|i| (i, false)).chain(named(less).into_iter().map(|i| (i, true))).filter(|(i, _)| here(i)).collect();
    let targets: Vec<usize> = named(equals).into_iter().filter(here).collect();
    if targets.is_empty() || members.len() < if column { 1 } else { 2 } {
        return;
    }
    if column {
        return column_sum(slots, check, &members, &targets);
    }
    let Some(&target) = targets.first() else { return };
    // A total that is also the subtotal has its tax in it: unless another amount is the one without it, there is nothing to add.
    let value = |i: usize| slots.get(i).and_then(Slot::number);
    let within = members.iter().any(|(i, less)| !less && value(*i) == value(target));
    let passed = adds_up(slots, &members, target, check.tolerance) || exchange(slots, &members, target, check.tolerance);
    if within && !passed {
        return;
    }
    let detail = told(slots, &members, target);
    let all: Vec<usize> = members.iter().map(|m| m.0).chain([target]).collect();
    note(slots, &all, check, passed, &detail);
    judge(slots, &all, passed, !passed);
}

/// Rows that do not add up are a matter of the rows: some may not have been found. The total was found for itself.
fn column_sum(slots: &mut [Slot<'_>], check: &Check, members: &[Member], targets: &[usize]) {
    let tolerance = check.tolerance.saturating_mul(i64::try_from(members.len()).unwrap_or(1).clamp(1, 5));
    let met = targets.iter().copied().find(|t| adds_up(slots, members, *t, tolerance));
    let Some(target) = met.or_else(|| targets.first().copied()) else { return };
    let detail = told(slots, members, target);
    let rows: Vec<usize> = members.iter().map(|m| m.0).collect();
    note(slots, &rows, check, met.is_some(), &detail);
    note(slots, &[target], check, met.is_some(), &detail);
    // One row that equals the total shows little: the same number may have been read twice.
    judge(slots, &rows, met.is_some() && rows.len() > 1, met.is_none());
    judge(slots, &[target], met.is_some() && rows.len() > 1, false);
}

fn total(slots: &[Slot<'_>], members: &[Member]) -> Option<Decimal> {
    members.iter().try_fold(Decimal::default(), |sum, (i, less)| {
        let number = slots.get(*i)?.number()?;
        // What is taken off may be written with its minus.
        let step = if *less { number.0.abs().checked_neg()? } else { number.0 };
        Some(Decimal(sum.0.checked_add(step)?))
    })
}

fn adds_up(slots: &[Slot<'_>], members: &[Member], target: usize, tolerance: i64) -> bool {
    let (Some(sum), Some(target)) = (total(slots, members), slots.get(target).and_then(Slot::number)) else { return false };
    sum.0.checked_sub(target.0).is_some_and(|d| d.abs() <= tolerance)
}

/// Puts what else the values may be in their places until the sum comes out. Only if one way does so, for of many numbers some add up by
/// chance.
fn exchange(slots: &mut [Slot<'_>], members: &[Member], target: usize, tolerance: i64) -> bool {
    const MOST: usize = 4;
    let places: Vec<usize> = members.iter().map(|m| m.0).chain([target]).collect();
    let options: Vec<Vec<Found>> = places.iter().filter_map(|i| slots.get(*i)).map(|s| options(s, MOST)).collect();
    let ways: usize = options.iter().map(Vec::len).product();
    if options.len() != places.len() || places.len() > 4 {
        return false;
    }
    let before: Vec<Option<Found>> = places.iter().map(|i| slots.get(*i).and_then(|s| s.answer.chosen.clone())).collect();
    let mut right: Option<Vec<Found>> = None;
    for way in 1..ways {
        let mut rest = way;
        let chosen: Vec<Found> = options
            .iter()
            .filter_map(|o| {
                let pick = o.get(rest % o.len().max(1)).cloned();
                rest /= o.len().max(1);
                pick
            })
            .collect();
        put(slots, &places, chosen.iter().cloned().map(Some));
        if distinct(&chosen) && chosen.iter().all(|f| f.value != "0.00") && adds_up(slots, members, target, tolerance) {
            let same = |r: &Vec<Found>| r.iter().zip(&chosen).all(|(a, b)| a.value == b.value);
            if right.as_ref().is_some_and(|r| !same(r)) {
                put(slots, &places, before.into_iter());
                return false;
            }
            right = right.or(Some(chosen));
        }
    }
    let found = right.is_some();
    put(slots, &places, right.map_or(before, |r| r.into_iter().map(Some).collect()).into_iter());
    found
}

/// What is chosen and what else may be, without those that cannot be meant.
fn options(slot: &Slot<'_>, most: usize) -> Vec<Found> {
    let second = slot.answer.chosen.iter().filter_map(|c| c.other.clone().map(|value| Found { value, other: None, ..c.clone() }));
    slot.answer
        .chosen
        .iter()
        .cloned()
        .chain(second)
        .chain(slot.answer.others.iter().filter(|o| o.confidence > 0.3).cloned())
        .take(most)
        .collect()
}

/// No word serves two places.
fn distinct(chosen: &[Found]) -> bool {
    let mut seen = std::collections::HashSet::new();
    chosen.iter().flat_map(|f| &f.tokens).all(|t| seen.insert(*t))
}

fn put(slots: &mut [Slot<'_>], places: &[usize], found: impl Iterator<Item = Option<Found>>) {
    for (i, found) in places.iter().zip(found) {
        if let Some(slot) = slots.get_mut(*i) {
            slot.answer.chosen = found;
        }
    }
}

fn told(slots: &[Slot<'_>], members: &[Member], target: usize) -> String {
    let number = |i: usize| slots.get(i).and_then(Slot::number).map(Decimal::money).unwrap_or_default();
    let mut text = String::new();
    for (at, (i, less)) in members.iter().enumerate() {
        let sign = match (at, less) {
            (0, false) => "",
            (_, false) => " + ",
            (_, true) => " - ",
        };
        text = format!("{text}{sign}{}", number(*i).trim_start_matches(if *less { '-' } else { ' ' }));
    }
    format!("{text} = {}? It is {}.", number(target), total(slots, members).map(Decimal::money).unwrap_or_default())
}

fn single(slots: &[Slot<'_>], prefix: &str, name: &str) -> Option<(usize, Decimal)> {
    let at = *places(slots, prefix, name).first()?;
    Some((at, slots.get(at)?.number()?))
}

fn product(slots: &mut [Slot<'_>], check: &Check, prefix: &str, factors: &[String], equals: &str) {
    let found: Option<Vec<_>> = factors.iter().map(|f| single(slots, prefix, f)).collect();
    let (Some(found), Some((at, result))) = (found, single(slots, prefix, equals)) else { return };
    let value: f64 = found.iter().map(|(_, n)| n.to_f64()).product();
    compare(slots, check, &found, (at, result), value);
}

fn rate(slots: &mut [Slot<'_>], check: &Check, prefix: &str, percent: &str, of: &str, equals: &str) {
    let all = (single(slots, prefix, percent), single(slots, prefix, of), single(slots, prefix, equals));
    let (Some(percent), Some(of), Some(result)) = all else { return };
    compare(slots, check, &[percent, of], result, percent.1.to_f64() / 100.0 * of.1.to_f64());
}

fn compare(slots: &mut [Slot<'_>], check: &Check, members: &[(usize, Decimal)], (at, result): (usize, Decimal), value: f64) {
    // A number does not prove itself, and nothing times anything is nothing.
    let words = members.iter().map(|m| m.0).chain([at]).filter_map(|i| slots.get(i)?.answer.chosen.clone()).collect::<Vec<_>>();
    if !distinct(&words) || result.0 == 0 {
        return;
    }
    // Both were rounded to a hundredth: that alone may make a hundredth of difference.
    let passed = (value - result.to_f64()).abs() <= (check.tolerance as f64 / 10_000.0).max(0.005) + 1e-9;
    let figures = members.iter().map(|(_, n)| n.plain()).collect::<Vec<_>>().join(" × ");
    let all: Vec<usize> = members.iter().map(|m| m.0).chain([at]).collect();
    note(slots, &all, check, passed, &format!("{figures} = {}? It is {value:.2}.", result.money()));
    judge(slots, &all, passed, !passed);
}

fn order(slots: &mut [Slot<'_>], check: &Check, prefix: &str, date: &str, not_before: &str) {
    let at = |name: &str| places(slots, prefix, name).first().copied();
    let (Some(late), Some(early)) = (at(date), at(not_before)) else { return };
    let value = |i: usize| slots.get(i).and_then(|s| s.answer.chosen.as_ref()).map(|c| c.value.clone());
    let (Some(mut later), Some(mut earlier)) = (value(late), value(early)) else { return };
    if later < earlier {
        // A date that may mean two days means the one that fits.
        for i in [late, early] {
            let Some(chosen) = slots.get_mut(i).and_then(|s| s.answer.chosen.as_mut()) else { continue };
            let Some(other) = chosen.other.clone() else { continue };
            let fits = if i == late { other >= earlier } else { other <= later };
            if fits {
                chosen.other = None;
                chosen.value.clone_from(&other);
                if i == late {
                    later = other
                } else {
                    earlier = other
                }
                break;
            }
        }
    }
    let passed = later >= earlier;
    note(slots, &[late, early], check, passed, &format!("{later} ≥ {earlier}?"));
    judge(slots, &[late, early], false, !passed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::Answer;
    use crate::schema::{Schema, Shape};
    use crate::slot::Slot;

    fn found(value: &str, token: usize) -> Found {
        Found {
            tokens: vec![token],
            text: value.into(),
            value: value.into(),
            other: None,
            proven: false,
            repaired: false,
            broken: false,
            confidence: 0.9,
            legible: 0.95,
            page: 0,
            bounds: None,
            source: crate::fields::Source::Rules,
        }
    }

    /// What is chosen for the invoice's properties after its checks, each with whether a check passed and whether one failed.
    fn after(values: &[(&str, &[&str])]) -> Vec<(String, bool, bool)> {
        let schema = Schema::shipped("invoice").unwrap();
        let mut token = 0;
        let mut next = |v: &&str| {
            token += 1;
            found(v, token)
        };
        let mut slots = Vec::new();
        for (name, values) in values {
            let property = schema.root.property(name).unwrap();
            let Shape::Value(leaf) = &property.shape else { panic!("{name} is a single value") };
            let mut all: Vec<Found> = values.iter().map(&mut next).collect();
            let answer = Answer { chosen: Some(all.remove(0)), others: all };
            slots.push(Slot::new(format!("/{name}"), property, leaf, answer));
        }
        check(&mut slots, &schema.root.checks, "/");
        slots.into_iter().map(|s| (s.answer.chosen.unwrap().value, s.passed, s.failed)).collect()
    }

    #[test]
    fn a_sum_that_comes_out_proves_its_members() {
        let told = after(&[("subtotal", &["10.00"]), ("tax", &["2.10"]), ("total", &["12.10"])]);
        assert!(told.iter().all(|(_, passed, failed)| *passed && !failed), "{told:?}");
        let told = after(&[("subtotal", &["10.00"]), ("tax", &["2.10"]), ("discount", &["-1.00"]), ("total", &["11.10"])]);
        assert!(told.iter().all(|(_, passed, _)| *passed), "{told:?}");
    }

    #[test]
    fn what_else_a_value_may_be_is_tried_and_taken_only_if_one_way_fits() {
        let told = after(&[("subtotal", &["10.00"]), ("tax", &["21.00", "2.10"]), ("total", &["12.10"])]);
        assert_eq!(told[1], ("2.10".into(), true, false));
        let told = after(&[("subtotal", &["10.00", "11.00"]), ("tax", &["9.99", "2.10", "1.10"]), ("total", &["12.10"])]);
        assert_eq!(told[1], ("9.99".into(), false, true));
    }

    #[test]
    fn a_subtotal_that_has_the_tax_in_it_speaks_neither_for_nor_against() {
        let told = after(&[("subtotal", &["12.10"]), ("tax", &["2.10"]), ("total", &["12.10"])]);
        assert!(told.iter().all(|(_, passed, failed)| !passed && !failed), "{told:?}");
    }

    #[test]
    fn nothing_is_due_before_it_was_asked_for() {
        let told = after(&[("date", &["2025-04-03"]), ("due_date", &["2025-03-03"])]);
        assert!(told.iter().all(|(_, _, failed)| *failed), "{told:?}");
    }
}
