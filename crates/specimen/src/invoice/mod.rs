//! Invoices of four languages on A4, as programs write them, and scanned.

mod account;
mod design;
mod language;

use serde_json::Value;

use crate::error::NotMade;
use crate::issue::issued;
use crate::random::Random;
use crate::sheet::Sheet;
use crate::specimen::{Origin, Record, Specimen};

/// An invoice in English, German, Dutch or French.
///
/// # Errors
/// [`NotMade`], for faults of this program.
pub fn invoice(seed: u64, origin: Origin) -> Result<Specimen, NotMade> {
    let mut random = Random::new("invoice", seed);
    let (sheet, fields) = designed(&mut random, seed);
    let specimen = issued(&format!("invoice-{seed:03}"), &[sheet], origin, &mut random)?;
    Ok(Specimen { record: Some(Record { schema: "invoice", fields }), ..specimen })
}

/// The page before it is worn, and its fields.
pub(crate) fn designed(random: &mut Random, seed: u64) -> (Sheet, Value) {
    let language = language::of(seed);
    let account = account::Account::new(random, language);
    let (sheet, quantities) = design::Design::new(random, language, &account).written(random);
    (sheet, account.fields(quantities))
}
