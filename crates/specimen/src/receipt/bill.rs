//! What was bought and what it comes to.

use super::country::Country;
use crate::money::share;
use crate::random::Random;

/// A line of a receipt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bought {
    pub(crate) item: &'static str,
    pub(crate) quantity: i64,
    pub(crate) price: i64,
    pub(crate) amount: i64,
}

/// How it was paid.
#[derive(Debug, Clone)]
pub(crate) enum Paid {
    /// What was given.
    Cash(i64),
    /// The last four digits.
    Card(String),
}

/// All amounts of a receipt, in cents. `goods - discount` is `net`, or `net + tax` when prices have their tax in them;
/// `total = net + tax + rounding`.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Bought>,
    pub(crate) goods: i64,
    pub(crate) discount: i64,
    /// In thousandths of a percent.
    pub(crate) rate: i64,
    pub(crate) inclusive: bool,
    pub(crate) net: i64,
    pub(crate) tax: i64,
    pub(crate) rounding: i64,
    pub(crate) total: i64,
    pub(crate) paid: Paid,
}

impl Bill {
    pub(crate) fn new(random: &mut Random, country: &Country) -> Self {
        let count = random.pick(&[1, 2, 3, 3, 4, 5, 6, 8, 11]);
        let lines: Vec<Bought> = random.sample(country.items, count).into_iter().map(|item| bought(random, item)).collect();
        let goods: i64 = lines.iter().map(|l| l.amount).sum();
        let discount = if random.chance(0.12) { goods * random.pick(&[5, 10]) / 500 * 5 } else { 0 };
        let rate = random.pick(country.rates);
        let inclusive = country.inclusive || country.currency == "MYR" && random.chance(0.5);
        let due = goods - discount;
        let (net, tax) = match inclusive {
            true => (due - share(due, rate, 100_000 + rate), share(due, rate, 100_000 + rate)),
            false => (due, share(due, rate, 100_000)),
        };
        let cash = random.chance(0.5);
        let coin = if cash || country.currency == "MYR" { country.coin } else { 1 };
        let total = (net + tax + coin / 2) / coin * coin;
        let paid = if cash { Paid::Cash(given(random, total)) } else { Paid::Card(random.digits(4)) };
        Self { lines, goods, discount, rate, inclusive, net, tax, rounding: total - net - tax, total, paid }
    }
}

fn bought(random: &mut Random, item: &'static str) -> Bought {
    let quantity = random.pick(&[1, 1, 1, 1, 1, 2, 2, 3, 4, 6]);
    let high = random.pick(&[400, 900, 900, 1_500, 4_500]);
    let raw = random.whole(60, high);
    let price = if random.chance(0.6) { raw / 5 * 5 } else { raw };
    Bought { item, quantity, price, amount: quantity * price }
}

/// Notes and coins that one would give.
fn given(random: &mut Random, total: i64) -> i64 {
    let note = random.pick(&[100, 500, 1_000, 5_000]);
    if random.chance(0.15) { total } else { (total + note - 1) / note * note }
}

#[cfg(test)]
mod tests {
    use super::super::country::of;
    use super::*;

    #[test]
    fn bills_add_up() {
        for seed in 0..200 {
            let bill = Bill::new(&mut Random::new("bill", seed), of(seed));
            assert_eq!(bill.lines.iter().map(|l| l.amount).sum::<i64>(), bill.goods);
            let due = if bill.inclusive { bill.net + bill.tax } else { bill.net };
            assert_eq!(due, bill.goods - bill.discount);
            assert_eq!(bill.net + bill.tax + bill.rounding, bill.total);
            assert!(bill.rounding.abs() <= 2 && bill.total > 0 && bill.tax >= 0, "{bill:?}");
            assert!(!matches!(bill.paid, Paid::Cash(given) if given < bill.total), "{bill:?}");
        }
    }
}
