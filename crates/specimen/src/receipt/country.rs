//! What differs from country to country on a receipt.

use crate::calendar::Tongue;
use crate::money::Notation;
use crate::names::{Land, vat_id};
use crate::random::Random;

use super::shops::{BRITAIN, FRANCE, GERMANY, MALAYSIA, NETHERLANDS, SPAIN, STATES};

/// A country's customs and words. `{r}` in words is the rate of the tax.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 4217.
    pub(crate) currency: &'static str,
    /// The sign of its currency.
    pub(crate) sign: &'static str,
    /// Whose days and months.
    pub(crate) tongue: Tongue,
    /// How amounts are written.
    pub(crate) notations: &'static [Notation],
    /// Rates of tax in thousandths of a percent.
    pub(crate) rates: &'static [i64],
    /// Whether prices have their tax in them.
    pub(crate) inclusive: bool,
    /// The smallest coin when paying in cash, in cents.
    pub(crate) coin: i64,
    /// Names of shops.
    pub(crate) shops: &'static [&'static str],
    /// With `{n}` for the number of the house.
    pub(crate) streets: &'static [&'static str],
    /// With `#` for digits of the post code.
    pub(crate) towns: &'static [&'static str],
    /// With `#` for each digit.
    pub(crate) phones: &'static [&'static str],
    /// What the document is called, if at all.
    pub(crate) titles: &'static [&'static str],
    /// What is sold.
    pub(crate) items: &'static [&'static str],
    /// The words.
    pub(crate) words: Words,
}

/// What things are called; every list has at least one word.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) number: &'static [&'static str],
    pub(crate) cashier: &'static [&'static str],
    pub(crate) date: &'static [&'static str],
    pub(crate) time: &'static [&'static str],
    pub(crate) item: &'static [&'static str],
    pub(crate) quantity: &'static str,
    pub(crate) price: &'static [&'static str],
    pub(crate) subtotal: &'static [&'static str],
    pub(crate) net: &'static [&'static str],
    pub(crate) tax: &'static [&'static str],
    pub(crate) included: &'static [&'static str],
    /// Headings of a table of rates: rate, net, tax, gross.
    pub(crate) table: [&'static str; 4],
    pub(crate) discount: &'static [&'static str],
    pub(crate) rounding: &'static [&'static str],
    pub(crate) total: &'static [&'static str],
    pub(crate) cash: &'static [&'static str],
    pub(crate) change: &'static [&'static str],
    pub(crate) card: &'static [&'static str],
    pub(crate) thanks: &'static [&'static str],
}

/// The seven, those of SROIE's country and of Europe's shops more often.
const ALL: [&Country; 9] = [&MALAYSIA, &NETHERLANDS, &BRITAIN, &GERMANY, &MALAYSIA, &FRANCE, &STATES, &SPAIN, &NETHERLANDS];

/// The country of a seed.
pub(crate) fn of(seed: u64) -> &'static Country {
    ALL[seed as usize % ALL.len()]
}

/// What a shop says of itself to the tax office: the line, and the number as a record has it, when it is one for value added tax with
/// its country.
pub(crate) fn tax_line(random: &mut Random, country: &Country) -> (String, Option<String>) {
    let european = |random: &mut Random, land: Land, labels: &[&str]| {
        let number = vat_id(random, land);
        let shown = if random.chance(0.3) { format!("{} {}", &number[..2], &number[2..]) } else { number.clone() };
        (format!("{} {shown}", random.pick(labels)), Some(number))
    };
    match (country.tongue, country.currency) {
        (Tongue::British, "MYR") => {
            let label = random.pick(&["GST ID:", "GST REG NO:", "GST NO.", "GST Reg. No:", "SST ID :"]);
            (format!("{label} {}", random.digits(12)), None)
        }
        (Tongue::British, _) => european(random, Land::Gb, &["VAT No", "VAT Reg No:", "VAT:", "VAT Number"]),
        (Tongue::American, _) => (format!("Store #{:04}", random.whole(1, 4999)), None),
        (Tongue::German, _) if random.chance(0.3) => {
            (format!("St.-Nr. {}/{}/{}", random.digits(3), random.digits(4), random.digits(4)), None)
        }
        (Tongue::German, _) => european(random, Land::De, &["USt-IdNr.:", "USt-ID:", "UID Nr.", "Ust-IdNr"]),
        (Tongue::Dutch, _) => european(random, Land::Nl, &["BTW nr.", "BTW-nummer:", "Btw nr:", "BTW"]),
        (Tongue::French, _) if random.chance(0.4) => {
            (format!("SIRET {} {} {} {}", random.digits(3), random.digits(3), random.digits(3), random.digits(5)), None)
        }
        (Tongue::French, _) => european(random, Land::Fr, &["N° TVA :", "TVA intra.", "TVA"]),
        // Shops print the number without its country.
        (Tongue::Spanish, _) => {
            let label = random.pick(&["NIF:", "CIF:", "N.I.F.", "CIF"]);
            (format!("{label} {}", &vat_id(random, Land::Es)[2..]), None)
        }
    }
}
