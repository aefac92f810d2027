//! People who do not exist, and numbers of companies and accounts whose check digits are right.

use crate::random::Random;

const FIRST: [&str; 56] = [
    "Ada", "Agnes", "Alan", "Alice", "Anke", "Anton", "Arthur", "Beatrice", "Bram", "Carla", "Cecil", "Clara", "Colin", "Daan", "Doris",
    "Edith", "Edwin", "Elsa", "Emil", "Esther", "Floris", "Frank", "Gerda", "Gilles", "Grace", "Harvey", "Helen", "Hugo", "Ingrid",
    "Irene", "Jasper", "Joan", "Judith", "Karl", "Laura", "Leonard", "Louise", "Lucas", "Mabel", "Marcel", "Martha", "Maurice", "Nadia",
    "Nora", "Oscar", "Paula", "Percy", "Ralph", "Rita", "Rosa", "Simon", "Stella", "Theo", "Vera", "Walter", "Wilma",
];
const LAST: [&str; 52] = [
    "Abbott", "Arden", "Baxter", "Becker", "Bergman", "Blake", "Brandt", "Burton", "Carver", "Cole", "Curtis", "Dekker", "Delmas",
    "Drummond", "Ellis", "Fabre", "Farrell", "Fleming", "Gibbs", "Gordon", "Haas", "Harding", "Hendriks", "Holt", "Hudson", "Ingram",
    "Jacobs", "Keller", "Kramer", "Lambert", "Lang", "Lawson", "Mercer", "Meyer", "Monk", "Mulder", "Nash", "O'Neill", "Osborne",
    "Parrish", "Peters", "Pratt", "Quinn", "Reyes", "Rossi", "Sharp", "Slater", "Thorne", "Vance", "Vogel", "Whitaker", "Yates",
];

/// A first name.
pub(crate) fn first(random: &mut Random) -> &'static str {
    random.pick(&FIRST)
}

/// A person.
pub(crate) fn person(random: &mut Random) -> String {
    format!("{} {}", random.pick(&FIRST), random.pick(&LAST))
}

/// A person as offices write one.
pub(crate) fn official(random: &mut Random) -> String {
    let (first, last) = (random.pick(&FIRST), random.pick(&LAST));
    let initial = first.chars().next().unwrap_or('A');
    match random.below(5) {
        0 => format!("{initial}. {last}"),
        1 => format!("{initial}. {}. {last}", random.letter("ABCDEFGHJLMRSTW")),
        2 => format!("Dr. {initial}. {last}"),
        _ => format!("{first} {last}"),
    }
}

/// Countries whose numbers are made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Land {
    /// The United Kingdom.
    Gb,
    /// Germany.
    De,
    /// The Netherlands.
    Nl,
    /// France.
    Fr,
    /// Spain.
    Es,
}

impl Land {
    /// ISO 3166.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Gb => "GB",
            Self::De => "DE",
            Self::Nl => "NL",
            Self::Fr => "FR",
            Self::Es => "ES",
        }
    }
}

/// A number for value added tax with the check digits its country publishes (VIES; HMRC), with its country and without blanks.
pub(crate) fn vat_id(random: &mut Random, land: Land) -> String {
    let number = match land {
        Land::Gb => british(&random.digits(7)),
        Land::De => german(&random.digits(8)),
        Land::Nl => dutch(random),
        Land::Fr => french(&random.digits(8)),
        Land::Es => spanish(&random.digits(7)),
    };
    format!("{}{number}", land.code())
}

/// An account (ISO 13616) with its check digits, without blanks.
pub(crate) fn iban(random: &mut Random, land: Land) -> String {
    let mut bank = |letters: usize, digits: usize| {
        let letters: String = (0..letters).map(|_| random.letter("ABDEGIKLNORSTU")).collect();
        format!("{letters}{}", random.digits(digits))
    };
    let body = match land {
        Land::De => bank(0, 18),
        Land::Nl => bank(4, 10),
        Land::Gb => bank(4, 14),
        Land::Fr => bank(0, 23),
        Land::Es => bank(0, 20),
    };
    let turned = format!("{body}{}00", land.code());
    let rest = turned.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, n| (rest * if n > 9 { 100 } else { 10 } + n) % 97);
    format!("{}{:02}{body}", land.code(), 98 - rest)
}

/// A bank (ISO 9362).
pub(crate) fn bic(random: &mut Random, land: Land) -> String {
    let bank: String = (0..4).map(|_| random.letter("ABCDEFGHKLMNPRSTUVW")).collect();
    format!("{bank}{}{}{}", land.code(), random.pick(&["2L", "FF", "21", "MM", "PP"]), random.pick(&["", "", "XXX"]))
}

/// In groups of four.
pub(crate) fn grouped(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn weighted(digits: &str, weights: &[u32]) -> u32 {
    digits.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(d, w)| d * w).sum()
}

/// The weighted sum and the last two digits are a multiple of 97.
fn british(seven: &str) -> String {
    format!("{seven}{:02}", 97 - weighted(seven, &[8, 7, 6, 5, 4, 3, 2]) % 97)
}

/// ISO 7064, mod 11,10.
fn german(eight: &str) -> String {
    let product = eight.chars().filter_map(|c| c.to_digit(10)).fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    format!("{eight}{}", (11 - product) % 10)
}

/// The ninth digit is the weighted sum mod 11, which may not be 10.
fn dutch(random: &mut Random) -> String {
    loop {
        let eight = random.digits(8);
        let check = weighted(&eight, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        if check < 10 {
            return format!("{eight}{check}B0{}", random.whole(1, 3));
        }
    }
}

/// A SIREN, which ends in a digit of Luhn, after its key.
fn french(eight: &str) -> String {
    let doubled = |d: u32| d * 2 / 10 + d * 2 % 10;
    let digits = eight.chars().rev().filter_map(|c| c.to_digit(10)).enumerate();
    let sum: u32 = digits.map(|(n, d)| if n % 2 == 0 { doubled(d) } else { d }).sum();
    let siren = format!("{eight}{}", (10 - sum % 10) % 10);
    let number: u64 = siren.parse().unwrap_or(0);
    format!("{:02}{siren}", (12 + 3 * (number % 97)) % 97)
}

/// Of a company with limited liability: every second digit is doubled, as in Luhn's sum.
fn spanish(seven: &str) -> String {
    let digits = seven.chars().filter_map(|c| c.to_digit(10)).enumerate();
    let sum: u32 = digits.map(|(n, d)| if n % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d }).sum();
    format!("B{seven}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        // Examples of the countries' own descriptions.
        assert_eq!(british("4345055"), "434505567".to_owned());
        assert_eq!(german("13669597"), "136695976");
        assert_eq!(french("73282932"), "44732829320");
        assert_eq!(spanish("5881850"), "B58818501");
    }

    #[test]
    fn accounts_add_up_to_one_mod_97() {
        let mut random = Random::new("iban", 1);
        for land in [Land::Gb, Land::De, Land::Nl, Land::Fr, Land::Es] {
            let iban = iban(&mut random, land);
            let turned = format!("{}{}", &iban[4..], &iban[..4]);
            let rest = turned.chars().filter_map(|c| c.to_digit(36)).fold(0, |r, n| (r * if n > 9 { 100 } else { 10 } + n) % 97);
            assert_eq!(rest, 1, "{iban}");
        }
        assert_eq!(grouped("NL02ABNA0123456789"), "NL02 ABNA 0123 4567 89");
    }
}
