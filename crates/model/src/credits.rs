//! Credits: what files cost, and how credits move. Double entry: every transfer takes from one account of an owner what it
//! gives to another, so all accounts together always hold zero. Stores write the transfers down; the policy is here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::JobId;
use crate::job::FileStatus;

/// An amount in thousandths of a credit. Exact; no fraction of a thousandth is ever kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Credits(pub i64);

/// Why something is not an amount of credits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount of credits; one looks like `12` or `12.5`, with at most three decimal places")]
pub struct InvalidCredits {
    text: String,
}

impl Credits {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount from a number of credits, as JSON carries it: `12.5`. Refused rather than rounded when it is finer than a
    /// thousandth. Exact below a million million credits (15 digits).
    pub fn from_decimal(credits: f64) -> Result<Self, InvalidCredits> {
        credits.to_string().parse()
    }

    /// The number of credits, as JSON carries it. Exact below a million million credits (15 digits).
    pub fn to_decimal(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The sum, or `None` when it is too large to write down.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` when it is too large to write down.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for Credits {
    /// As short as it can be: `12`, `12.5`, `-0.001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, amount) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let text = format!("{sign}{}.{:03}", amount / 1000, amount % 1000);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl FromStr for Credits {
    type Err = InvalidCredits;
    fn from_str(text: &str) -> Result<Self, InvalidCredits> {
        thousandths(text).map(Self).ok_or_else(|| InvalidCredits { text: text.chars().take(64).collect() })
    }
}

fn thousandths(text: &str) -> Option<i64> {
    let (sign, amount) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 3 {
        return None;
    }
    let (whole, part) = (whole.parse::<i64>().ok()?, format!("{part:0<3}").parse::<i64>().ok()?);
    i64::try_from(sign * (i128::from(whole) * 1000 + i128::from(part))).ok()
}

/// What things cost. All zero by default: then nothing is held and nothing is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prices {
    /// For each file, whatever it is.
    pub per_file: Credits,
    /// For each million pixels of a picture.
    pub per_megapixel: Credits,
    /// For each minute of sound or video; a part of a minute costs that part.
    pub per_media_minute: Credits,
    /// For each page of a document.
    pub per_page: Credits,
}

/// How much there is of a file. What does not apply to it, or is not known, is zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Measure {
    /// Millions of pixels. Counted to the pixel.
    pub megapixels: f64,
    /// Seconds of sound or video. Counted to the millisecond.
    pub media_seconds: f64,
    /// Pages.
    pub pages: u32,
}

/// A price is summed exactly in this part of a thousandth, in which both pixels and milliseconds come out whole.
const FINE: i128 = 3_000_000;

impl Prices {
    /// Whether nothing costs anything.
    pub fn is_free(&self) -> bool {
        [self.per_file, self.per_megapixel, self.per_media_minute, self.per_page].iter().all(|p| p.0 <= 0)
    }

    /// What a file of that measure costs: the sum of all its parts, rounded up once to a thousandth. Never negative; a price
    /// or a measure below zero, and a measure that is no finite number, count as zero.
    pub fn price(&self, measure: &Measure) -> Credits {
        let part = |price: Credits, count: i128, worth: i128| i128::from(price.0.max(0)).saturating_mul(count).saturating_mul(worth);
        let sum = part(self.per_file, 1, FINE)
            .saturating_add(part(self.per_megapixel, whole(measure.megapixels, 1e6), FINE / 1_000_000))
            .saturating_add(part(self.per_media_minute, whole(measure.media_seconds, 1e3), FINE / 60_000))
            .saturating_add(part(self.per_page, measure.pages.into(), FINE));
        let rounded_up = sum / FINE + i128::from(sum % FINE > 0);
        Credits(i64::try_from(rounded_up).unwrap_or(i64::MAX))
    }
}

/// A measure in whole smallest parts.
fn whole(measure: f64, parts: f64) -> i128 {
    if measure.is_finite() { i128::from((measure * parts).round() as u64) } else { 0 }
}

/// Where an owner's credits can be. The sum over the four is always zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// The house's side of what was granted; the only one below zero.
    Issued,
    /// Free for new jobs.
    Available,
    /// Set aside for files that have not ended.
    Held,
    /// The house's side of what was charged.
    Earned,
}

impl Account {
    /// Every account.
    pub const ALL: [Self; 4] = [Self::Issued, Self::Available, Self::Held, Self::Earned];

    /// The name used in rows and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Available => "available",
            Self::Held => "held",
            Self::Earned => "earned",
        }
    }

    /// The account of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}

/// Why credits move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The house gives.
    Grant,
    /// A file was submitted.
    Hold,
    /// A file succeeded.
    Capture,
    /// A file ended otherwise.
    Refund,
    /// What was captured is given back: only when results are gone, as the job cannot go on or the file was run again and failed.
    Reverse,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Grant, Self::Hold, Self::Capture, Self::Refund, Self::Reverse];

    /// The account it takes from and the account it gives to.
    pub fn moves(self) -> (Account, Account) {
        match self {
            Self::Grant => (Account::Issued, Account::Available),
            Self::Hold => (Account::Available, Account::Held),
            Self::Capture => (Account::Held, Account::Earned),
            Self::Refund => (Account::Held, Account::Available),
            Self::Reverse => (Account::Earned, Account::Available),
        }
    }

    /// The name used in rows and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Reverse => "reverse",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }
}

/// One movement of credits, as the ledger keeps it. Of one job, file and round there is at most one hold, at most one capture or
/// refund that ends it, and after a capture at most one reversal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Why.
    pub kind: Kind,
    /// Whose credits.
    pub owner: String,
    /// For which job; none for a grant.
    pub job: Option<JobId>,
    /// For which file of the job, from 0; none for a grant.
    pub file: Option<u32>,
    /// How many times the file's price was held before and given back since, from 0; each round is paid for by itself.
    pub round: u32,
    /// How much; never below zero.
    pub amount: Credits,
}

impl Transfer {
    /// Its two entries, which sum to zero: what leaves one account (below zero) and what reaches the other.
    pub fn postings(&self) -> [(Account, Credits); 2] {
        let (from, to) = self.kind.moves();
        [(from, Credits(self.amount.0.saturating_neg())), (to, self.amount)]
    }
}

/// What an owner has. Never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Balance {
    /// Free for new jobs.
    pub available: Credits,
    /// Set aside for files that have not ended.
    pub held: Credits,
}

/// There are not enough credits where they were to be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed} credits are needed and {available} are there")]
pub struct Short {
    /// What was to be taken.
    pub needed: Credits,
    /// What is there.
    pub available: Credits,
}

impl Balance {
    /// Moves credits. Refused, with the balance as it was, when the account they leave has fewer; so are an amount below zero
    /// and one that makes a balance too large to write down.
    pub fn apply(&mut self, kind: Kind, amount: Credits) -> Result<(), Short> {
        let (from, to) = kind.moves();
        let short = Short { needed: amount, available: self.of(from) };
        let sound = Some(*self).filter(|_| amount >= Credits::ZERO);
        *self = sound.and_then(|b| b.plus(from, -amount.0)).and_then(|b| b.plus(to, amount.0)).ok_or(short)?;
        Ok(())
    }

    fn of(&self, account: Account) -> Credits {
        match account {
            Account::Available => self.available,
            Account::Held => self.held,
            Account::Issued | Account::Earned => Credits::ZERO,
        }
    }

    /// The balance after a change of one account; the house's accounts are no part of it.
    fn plus(mut self, account: Account, change: i64) -> Option<Self> {
        let place = match account {
            Account::Available => &mut self.available,
            Account::Held => &mut self.held,
            Account::Issued | Account::Earned => return Some(self),
        };
        *place = place.checked_add(Credits(change)).filter(|c| *c >= Credits::ZERO)?;
        Some(self)
    }
}

/// What becomes of a file's hold when the file ends: a file that succeeded is paid for, any other is paid back. `None` when
/// nothing moves: the file is open, costs nothing, or has no open hold (`held` is false before one and after it was settled).
pub fn settle_file(status: FileStatus, price: Credits, held: bool) -> Option<Kind> {
    match status {
        _ if !held || price <= Credits::ZERO || !status.ended() => None,
        FileStatus::Succeeded => Some(Kind::Capture),
        _ => Some(Kind::Refund),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn credits(text: &str) -> Credits {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_written_as_short_as_it_can_be() {
        let written = [(12_500, "12.5"), (12_000, "12"), (0, "0"), (1, "0.001"), (-500, "-0.5"), (100_010, "100.01")];
        for (thousandths, text) in written {
            assert_eq!(Credits(thousandths).to_string(), text);
            assert_eq!(text.parse(), Ok(Credits(thousandths)));
        }
        assert_eq!(format!("{:>6}", Credits(1500)), "   1.5");
    }

    #[test]
    fn what_is_no_amount_is_refused_and_never_rounded() {
        for bad in ["", "-", "1.", ".5", "1.2345", "+1", "1e3", "1,5", "1.-5", "--1", "NaN", "9223372036854775.808", "99999999999999999999"]
        {
            assert!(bad.parse::<Credits>().is_err(), "{bad}");
        }
        for bad in [f64::NAN, f64::INFINITY, 0.0001, 1e300] {
            assert!(Credits::from_decimal(bad).is_err(), "{bad}");
        }
        assert_eq!(Credits::from_decimal(12.345), Ok(Credits(12_345)));
    }

    #[test]
    fn names_are_read_back() {
        assert!(Kind::ALL.into_iter().all(|k| Kind::parse(k.as_str()) == Some(k)));
        assert!(Account::ALL.into_iter().all(|a| Account::parse(a.as_str()) == Some(a)));
        assert_eq!(Kind::parse("gift"), None);
    }

    #[test]
    fn a_price_is_the_sum_of_its_parts_rounded_up_once() {
        let prices =
            Prices { per_file: credits("0.5"), per_megapixel: credits("0.1"), per_media_minute: credits("2"), per_page: credits("0.25") };
        assert_eq!(prices.price(&Measure::default()), credits("0.5"));
        assert_eq!(prices.price(&Measure { megapixels: 2.3, ..Measure::default() }), credits("0.73"));
        assert_eq!(prices.price(&Measure { media_seconds: 90.0, ..Measure::default() }), credits("3.5"));
        assert_eq!(prices.price(&Measure { media_seconds: 0.001, megapixels: 0.000_001, ..Measure::default() }), credits("0.501"));
        assert_eq!(prices.price(&Measure { pages: 3, ..Measure::default() }), credits("1.25"));
    }

    #[test]
    fn nothing_costs_anything_unless_it_is_said() {
        let measure = Measure { megapixels: 12.0, media_seconds: 3600.0, pages: 100 };
        assert!(Prices::default().is_free());
        assert_eq!(Prices::default().price(&measure), Credits::ZERO);
        assert!(!Prices { per_page: Credits(1), ..Prices::default() }.is_free());
    }

    #[test]
    fn a_measure_that_makes_no_sense_costs_nothing_and_a_huge_one_does_not_overflow() {
        let prices = Prices { per_megapixel: Credits(i64::MAX), per_media_minute: Credits(i64::MAX), ..Prices::default() };
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0] {
            assert_eq!(prices.price(&Measure { megapixels: odd, media_seconds: odd, pages: 7 }), Credits::ZERO, "{odd}");
        }
        assert_eq!(prices.price(&Measure { megapixels: f64::MAX, media_seconds: f64::MAX, pages: u32::MAX }), Credits(i64::MAX));
        let negative = Prices { per_file: Credits(-5), ..Prices::default() };
        assert!(negative.is_free());
        assert_eq!(negative.price(&Measure::default()), Credits::ZERO);
    }

    #[test]
    fn a_hold_beyond_what_is_available_is_refused_and_changes_nothing() {
        let mut balance = Balance { available: credits("1"), held: credits("4") };
        let short = balance.apply(Kind::Hold, credits("1.5")).unwrap_err();
        assert_eq!(short, Short { needed: credits("1.5"), available: credits("1") });
        assert_eq!(short.to_string(), "1.5 credits are needed and 1 are there");
        assert_eq!(balance, Balance { available: credits("1"), held: credits("4") });
    }

    #[test]
    fn no_more_is_captured_or_refunded_than_is_held() {
        let mut balance = Balance { available: credits("9"), held: credits("1") };
        for kind in [Kind::Capture, Kind::Refund] {
            assert_eq!(balance.apply(kind, credits("2")), Err(Short { needed: credits("2"), available: credits("1") }));
        }
    }

    #[test]
    fn an_amount_that_is_negative_or_too_large_is_refused() {
        let full = Balance { available: Credits(i64::MAX), held: Credits(1) };
        for (kind, amount) in [(Kind::Grant, 1), (Kind::Grant, -1), (Kind::Hold, -1), (Kind::Refund, 1), (Kind::Refund, i64::MIN)] {
            let mut balance = full;
            assert!(balance.apply(kind, Credits(amount)).is_err(), "{kind:?} {amount}");
            assert_eq!(balance, full);
        }
    }

    #[test]
    fn a_file_is_paid_for_when_it_succeeded_and_paid_back_when_it_ended_otherwise() {
        let settled = |status| settle_file(status, Credits(1), true);
        for status in FileStatus::ALL.iter().copied() {
            let expected = match status {
                FileStatus::Pending | FileStatus::Processing => None,
                FileStatus::Succeeded => Some(Kind::Capture),
                FileStatus::Skipped | FileStatus::Failed | FileStatus::Cancelled => Some(Kind::Refund),
            };
            assert_eq!(settled(status), expected, "{status}");
            assert_eq!(settle_file(status, Credits::ZERO, true), None);
            assert_eq!(settle_file(status, Credits(1), false), None);
        }
    }

    /// Job, file, round.
    type Place = (u128, u32, u32);

    /// What may come to a ledger, in any order and as often as it likes.
    #[derive(Debug, Clone)]
    enum Call {
        Grant(i64),
        Submit(Place, i64),
        End(Place, FileStatus),
    }

    /// A ledger as a store keeps it: transfers, of which one place has one hold and one settlement, and the owners' balances.
    #[derive(Default)]
    struct Ledger {
        transfers: Vec<Transfer>,
        balances: BTreeMap<String, Balance>,
    }

    impl Ledger {
        fn of(&self, (job, file, round): Place) -> Vec<&Transfer> {
            let here = |t: &&Transfer| t.job.map(|j| j.uuid().as_u128()) == Some(job) && (t.file, t.round) == (Some(file), round);
            self.transfers.iter().filter(here).collect()
        }

        fn call(&mut self, owner: &str, call: &Call) {
            match *call {
                Call::Grant(amount) => self.write(owner, Kind::Grant, None, Credits(amount)),
                Call::Submit(place, price) if self.of(place).is_empty() => self.write(owner, Kind::Hold, Some(place), Credits(price)),
                Call::Submit(..) => {}
                Call::End(place, status) => self.end(place, status),
            }
        }

        fn end(&mut self, place: Place, status: FileStatus) {
            let Some(Transfer { owner, amount, .. }) = self.of(place).first().copied().cloned() else { return };
            let open = self.of(place).len() == 1;
            if let Some(kind) = settle_file(status, amount, open) {
                self.write(&owner, kind, Some(place), amount);
            }
        }

        fn write(&mut self, owner: &str, kind: Kind, place: Option<Place>, amount: Credits) {
            if self.balances.entry(owner.to_owned()).or_default().apply(kind, amount).is_ok() {
                let job = place.map(|p| JobId::from_uuid(uuid::Uuid::from_u128(p.0)));
                let (file, round) = (place.map(|p| p.1), place.map_or(0, |p| p.2));
                self.transfers.push(Transfer { kind, owner: owner.to_owned(), job, file, round, amount });
            }
        }

        fn sum(&self, owner: &str, account: Account) -> i64 {
            let postings = self.transfers.iter().filter(|t| t.owner == owner).flat_map(Transfer::postings);
            postings.filter(|(a, _)| *a == account).map(|(_, amount)| amount.0).sum()
        }
    }

    fn calls() -> impl Strategy<Value = Vec<(bool, Call)>> {
        let place = (0u128..2, 0u32..3, 0u32..2);
        let call = prop_oneof![
            (-5i64..100).prop_map(Call::Grant),
            (place.clone(), -5i64..40).prop_map(|(p, price)| Call::Submit(p, price)),
            (place, proptest::sample::select(FileStatus::ALL)).prop_map(|(p, status)| Call::End(p, status)),
        ];
        proptest::collection::vec((any::<bool>(), call), 0..80)
    }

    proptest! {
        /// Whatever is asked, in whatever order and however often.
        #[test]
        fn the_ledger_sums_to_zero_and_each_file_is_held_and_settled_at_most_once_a_round(calls in calls()) {
            let mut ledger = Ledger::default();
            for (anna, call) in &calls {
                ledger.call(if *anna { "anna" } else { "ben" }, call);
                for (owner, balance) in &ledger.balances {
                    let [issued, available, held, earned] = Account::ALL.map(|a| ledger.sum(owner, a));
                    prop_assert_eq!(issued + available + held + earned, 0);
                    prop_assert_eq!(*balance, Balance { available: Credits(available), held: Credits(held) });
                    prop_assert!(available >= 0 && held >= 0 && earned >= 0 && issued <= 0);
                }
            }
            let places: std::collections::BTreeSet<_> = ledger.transfers.iter().filter_map(|t| Some((t.job?, t.file?, t.round))).collect();
            for (job, file, round) in places {
                let kinds: Vec<_> = ledger.of((job.uuid().as_u128(), file, round)).iter().map(|t| t.kind).collect();
                prop_assert!(matches!(kinds[..], [Kind::Hold] | [Kind::Hold, Kind::Capture | Kind::Refund]), "{:?}", kinds);
            }
        }

        #[test]
        fn an_amount_survives_its_text_form(thousandths in any::<i64>()) {
            prop_assert_eq!(Credits(thousandths).to_string().parse(), Ok(Credits(thousandths)));
        }

        #[test]
        fn an_amount_survives_its_json_form(thousandths in -999_999_999_999_999i64..1_000_000_000_000_000) {
            prop_assert_eq!(Credits::from_decimal(Credits(thousandths).to_decimal()), Ok(Credits(thousandths)));
        }

        #[test]
        fn more_of_a_file_never_costs_less(
            per in proptest::array::uniform4(0i64..100_000),
            (megapixels, media_seconds, pages) in (0.0..1e4, 0.0..1e5, 0u32..1000),
            (more_pixels, more_seconds, more_pages) in (0.0..1e3, 0.0..1e3, 0u32..10),
        ) {
            let [per_file, per_megapixel, per_media_minute, per_page] = per.map(Credits);
            let prices = Prices { per_file, per_megapixel, per_media_minute, per_page };
            let price = prices.price(&Measure { megapixels, media_seconds, pages });
            let (megapixels, media_seconds) = (megapixels + more_pixels, media_seconds + more_seconds);
            let more = prices.price(&Measure { megapixels, media_seconds, pages: pages + more_pages });
            prop_assert!(Credits::ZERO <= price && price <= more);
        }
    }
}
