//! Receipts on thermal paper, as shops of seven countries print them, scanned or photographed.

mod bill;
mod country;
mod print;
mod roll;
mod shops;

use serde_json::Value;

use crate::error::NotMade;
use crate::paper::drawn;
use crate::random::Random;
use crate::sheet::Sheet;
use crate::specimen::{Media, Record, Specimen, Wear};
use crate::wear::{Device, photo, scan};

/// A receipt, 400 to 1000 pixels wide and long, as a JPEG, in the manner of SROIE (Huang and others, 2019) and of Europe's shops.
///
/// # Errors
/// [`NotMade`], for faults of this program.
pub fn receipt(seed: u64, wear: Wear) -> Result<Specimen, NotMade> {
    let mut random = Random::new("receipt", seed);
    let (sheet, fields, columns) = printed(&mut random, seed);
    let width = (columns as f64 * random.between(12.0, 19.0) * 1.15).clamp(400.0, 1000.0) as u32;
    let hard = random.between(0.25, 1.0);
    let quality = random.whole(58, 88) as u8;
    let bytes = match wear {
        Wear::Scan => {
            let twice = width <= 600;
            let device = random.pick(&[Device::Scanner, Device::Scanner, Device::Scanner, Device::Copier]);
            let page = scan(drawn(&sheet, if twice { 2 * width } else { width })?, &mut random, device, hard * 0.85);
            if twice { page.halved() } else { page }.jpeg(quality)?
        }
        Wear::Photo => photo(drawn(&sheet, width)?, &mut random, hard).jpeg(quality)?,
    };
    Ok(Specimen {
        name: format!("receipt-{seed:03}.jpg"),
        media: Media::Jpeg,
        bytes,
        pages: 1,
        text: sheet.text(),
        record: Some(Record { schema: "receipt", fields }),
        pairs: Vec::new(),
    })
}

/// The page before it is worn, its fields, and how many letters fit its lines.
pub(crate) fn printed(random: &mut Random, seed: u64) -> (Sheet, Value, usize) {
    let mut till = print::Till::new(random, country::of(seed));
    till.head(random);
    let late = random.chance(0.3);
    if !late {
        till.stamp(random);
    }
    till.items(random);
    till.sums(random);
    if late {
        till.stamp(random);
    }
    till.tail(random)
}
