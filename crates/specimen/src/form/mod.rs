//! Scanned business forms: labels, blanks, boxes, ticks and a small table, filled in with a typewriter, from before computers had them.

mod desk;
mod facts;

use desk::Desk;
use facts::{Ask, HEADS, TITLES};

use crate::error::NotMade;
use crate::paper::drawn;
use crate::random::Random;
use crate::specimen::{Media, Specimen};
use crate::wear::{Device, scan};

/// What a form is for.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Fax,
    Memo,
    Blanks,
    Grid,
    Ticks,
    Table,
}

const KINDS: [Kind; 8] = [Kind::Blanks, Kind::Grid, Kind::Fax, Kind::Ticks, Kind::Table, Kind::Memo, Kind::Blanks, Kind::Grid];

/// A scanned form of about 760 by 1000 pixels, in the manner of FUNSD (Jaume, Ekenel and Thiran, 2019): a grey JPEG with its pairs of
/// labels and values.
///
/// # Errors
/// [`NotMade`], for faults of this program.
pub fn form(seed: u64) -> Result<Specimen, NotMade> {
    let mut random = Random::new("form", seed);
    let desk = filled(&mut random, seed);
    // Drawn and worn at twice the size: scans of this size were black and white and larger once.
    let page = drawn(&desk.sheet, 1520)?;
    let device = random.pick(&[Device::Fax, Device::Copier, Device::Copier, Device::Scanner]);
    let hard = random.between(0.25, 1.0);
    let worn = scan(page, &mut random, device, hard).halved();
    Ok(Specimen {
        name: format!("form-{seed:03}.jpg"),
        media: Media::Jpeg,
        bytes: worn.jpeg(random.whole(55, 88) as u8)?,
        pages: 1,
        text: desk.sheet.text(),
        record: None,
        pairs: desk.pairs,
    })
}

/// The page before it is worn.
pub(crate) fn filled(random: &mut Random, seed: u64) -> Desk {
    let kind = KINDS[seed as usize % KINDS.len()];
    let mut desk = Desk::new(random);
    if random.chance(0.3) {
        desk.transmitted(random);
    }
    if random.chance(0.6) {
        desk.head(random, HEADS, 0.7);
    }
    match kind {
        Kind::Fax => {
            desk.head(random, &["FACSIMILE TRANSMITTAL SHEET", "FAX COVER SHEET", "TELECOPIER TRANSMISSION", "FACSIMILE"], 1.0);
            let asks = ["To", "Company", "Fax No.", "From", "Telephone", "Date", "Number of Pages"];
            desk.addressed(random, &asks);
        }
        Kind::Memo => {
            desk.head(random, &["MEMORANDUM", "INTER-OFFICE CORRESPONDENCE", "Interoffice Memorandum", "MEMO"], 1.0);
            desk.addressed(random, &["To", "From", "Copies to", "Date", "Subject"]);
            if random.chance(0.4) {
                desk.table(random);
            }
        }
        Kind::Blanks => {
            desk.head(random, TITLES, 1.0);
            let until = random.between(0.62, 0.88);
            while desk.above(until) {
                desk.blanks(random);
            }
            desk.small_print(random);
        }
        Kind::Grid => {
            desk.head(random, TITLES, 1.0);
            while desk.above(0.72) {
                desk.boxes(random);
            }
            desk.gap(1.0);
            desk.ticks(random);
            desk.small_print(random);
        }
        Kind::Ticks => {
            desk.head(random, TITLES, 1.0);
            (0..3).for_each(|_| desk.blanks(random));
            for _ in 0..random.whole(3, 6) {
                desk.ticks(random);
            }
            while desk.above(0.7) {
                desk.blanks(random);
            }
        }
        Kind::Table => {
            desk.head(random, TITLES, 1.0);
            (0..random.whole(2, 4)).for_each(|_| desk.blanks(random));
            desk.table(random);
            desk.small_print(random);
            (0..random.whole(1, 3)).for_each(|_| desk.blanks(random));
        }
    }
    desk.signed(random);
    desk
}

/// What the labels of faxes and memos ask for.
fn ask_of(label: &str) -> Ask {
    match label {
        "Company" => Ask::Of(HEADS),
        "Fax No." | "Telephone" => Ask::Phone,
        "Date" => Ask::Day,
        "Number of Pages" => Ask::Count,
        "Subject" => Ask::Of(&["Filter samples", "Monthly report", "Your letter of May 3", "Sales meeting, Tulsa", "Budget for next year"]),
        _ => Ask::Person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_a_form_stands_in_its_text() {
        for seed in 0..40 {
            let desk = filled(&mut Random::new("form", seed), seed);
            let text = desk.sheet.text();
            assert!(desk.pairs.len() >= 4, "{seed}: {:?}", desk.pairs);
            for (label, value) in &desk.pairs {
                assert!(text.contains(label.as_str()), "{seed}: {label} in\n{text}");
                assert!(text.contains(value.as_str()), "{seed}: {value} in\n{text}");
            }
        }
    }
}
