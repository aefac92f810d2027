//! What business forms of the end of the last century ask for, and what was typed into them.

use crate::calendar::{DateStyle, Tongue, day};
use crate::money::Notation;
use crate::names::official;
use crate::random::Random;

/// What a label asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    /// A day.
    Day,
    /// Somebody.
    Person,
    /// A telephone or a fax machine.
    Phone,
    /// Dollars.
    Amount,
    /// A number with letters or strokes in it.
    Code,
    /// A plain number.
    Count,
    /// A time of the day.
    Hour,
    /// One of these.
    Of(&'static [&'static str]),
}

const CITIES: &[&str] = &[
    "Greenville, SC",
    "Dayton, OH",
    "Richmond, VA",
    "Macon, GA",
    "Durham, N.C.",
    "St. Louis, MO",
    "Albany, New York",
    "Tulsa, OK",
    "Boise, ID",
];
const COMPANY: &[&str] = &[
    "Harrow Paper Co.",
    "Bexley & Sons, Inc.",
    "Atlas Freight Lines",
    "Corbin Research Laboratories",
    "Midland Packaging Corp.",
    "Tidewater Tobacco Co.",
    "Fenwick Medical Center",
    "Prentice Advertising, Inc.",
    "Colby Instruments",
];

/// Labels and what they ask for.
pub(crate) const LABELS: &[(&str, Ask)] = &[
    ("Date", Ask::Day),
    ("Name", Ask::Person),
    ("Date Received", Ask::Day),
    ("Effective Date", Ask::Day),
    ("Date of Request", Ask::Day),
    ("Requested By", Ask::Person),
    ("Approved By", Ask::Person),
    ("Prepared By", Ask::Person),
    ("Supervisor", Ask::Person),
    ("Contact", Ask::Person),
    ("Originator", Ask::Person),
    ("Telephone", Ask::Phone),
    ("Fax No.", Ask::Phone),
    ("Extension", Ask::Count),
    ("Amount", Ask::Amount),
    ("Total Cost", Ask::Amount),
    ("Estimated Cost", Ask::Amount),
    ("Budget", Ask::Amount),
    ("Project No.", Ask::Code),
    ("Account Number", Ask::Code),
    ("Purchase Order", Ask::Code),
    ("Reference", Ask::Code),
    ("Lot No.", Ask::Code),
    ("Sample No.", Ask::Code),
    ("Job Number", Ask::Count),
    ("Number of Pages", Ask::Count),
    ("Quantity", Ask::Count),
    ("No. of Stores", Ask::Count),
    ("Time", Ask::Hour),
    ("Title", Ask::Of(&["Manager", "Chemist", "Vice President", "Account Executive", "Director of Sales", "Group Leader", "Buyer"])),
    ("Department", Ask::Of(&["Marketing", "R & D", "Purchasing", "Legal", "Quality Control", "Field Sales", "Accounting", "Traffic"])),
    ("Location", Ask::Of(CITIES)),
    ("City/State", Ask::Of(CITIES)),
    ("Company", Ask::Of(COMPANY)),
    ("Supplier", Ask::Of(COMPANY)),
    ("Employer", Ask::Of(COMPANY)),
    ("Region", Ask::Of(&["Northeast", "Southern", "Mid-Atlantic", "Pacific Coast", "Great Lakes", "Division 4"])),
    ("Brand", Ask::Of(&["Marlow Lights", "Kent Hill 100's", "Castle", "Harbor Menthol", "Old Mill", "Westgate Gold"])),
    ("Project", Ask::Of(&["ALPHA", "TEST MARKET II", "SPRING PROMOTION", "LOW TAR STUDY", "DIRECT MAIL 91", "HARVEST"])),
    (
        "Subject",
        Ask::Of(&["Monthly status report", "Consumer panel results", "Proposed budget revision", "Filter samples", "Vending machines"]),
    ),
    ("Method", Ask::Of(&["HPLC", "GC/MS", "Gravimetric", "Titration", "Visual inspection"])),
    ("Species", Ask::Of(&["Rat, Sprague-Dawley", "Mouse, CD-1", "Salmonella TA98"])),
    ("Size or Weight", Ask::Of(&["4 x 6 in.", "12 lbs.", "85 mm", "100 mm soft pack", "2 oz."])),
    ("Type of Outlet", Ask::Of(&["Supermarket", "Convenience", "Drug", "Mass merchandiser"])),
    ("Ship Via", Ask::Of(&["Air freight", "Parcel post", "Our truck", "Rail", "Courier"])),
    ("Address", Ask::Of(&["1204 Broad St.", "P.O. Box 2959", "88 Mill Road", "4100 Park Avenue", "Bldg. 7, Room 213", "19 Court Square"])),
    (
        "Comments",
        Ask::Of(&["None at this time.", "Hold samples 30 days.", "See attached sheet.", "Ship collect.", "Please return by Friday."]),
    ),
];

/// Names over the page.
pub(crate) const TITLES: &[&str] = &[
    "PURCHASE REQUISITION",
    "SAMPLE ANALYSIS REQUEST",
    "CHECK REQUEST",
    "EXPENSE REPORT",
    "RESEARCH PROPOSAL SUMMARY",
    "STORE AUDIT RECORD",
    "REQUEST FOR CHANGE",
    "SHIPPING ORDER",
    "DOCUMENT CLEARANCE SHEET",
    "LABORATORY REPORT",
    "BUDGET AUTHORIZATION",
    "CONTRACT APPROVAL",
    "CONSUMER COMPLAINT RECORD",
    "MEDIA AUTHORIZATION",
    "PROMOTION PROGRESS REPORT",
    "COMPETITIVE ACTIVITY REPORT",
    "NEW ITEM NOTICE",
];
/// Those who print the forms.
pub(crate) const HEADS: &[&str] = &[
    "TIDEWATER TOBACCO COMPANY",
    "BEXLEY & SONS",
    "CORBIN RESEARCH LABORATORIES",
    "HARROW PAPER CO.",
    "Atlas Freight Lines, Inc.",
    "FENWICK MEDICAL CENTER",
    "The Institute for Industrial Studies, Inc.",
    "PRENTICE ADVERTISING",
];
/// Headings of columns.
pub(crate) const COLUMNS: &[&str] =
    &["Units", "Price", "Tar", "Nicotine", "Week", "Cost", "Volume", "Share %", "Variance", "Cases", "Stores", "Last Year"];
/// First cells of rows.
pub(crate) const ROWS: &[&str] =
    &["Marlow", "Castle", "Harbor", "Old Mill", "Westgate", "Control", "Test A", "Test B", "Kent Hill", "Sample 12", "Total"];
/// Questions with the answers to choose from.
pub(crate) const CHOICES: &[(&str, &[&str])] = &[
    ("Type of Request", &["New", "Revised", "Cancel"]),
    ("Priority", &["Routine", "Urgent", "Confidential"]),
    ("Approved", &["Yes", "No"]),
    ("Distribution", &["National", "Regional", "Test Market"]),
    ("Sample Retained", &["Yes", "No"]),
    ("Payment", &["Check", "Wire", "Petty Cash"]),
    ("Packing", &["Soft Pack", "Box", "Carton"]),
    ("Reply Requested", &["Yes", "No", "By Telephone"]),
    ("Media", &["Newspaper", "Magazine", "Outdoor", "Supplement"]),
];
/// What people write under forms.
pub(crate) const PROSE: &[&str] = &[
    "Please find enclosed the results of the panel that was held last month.",
    "Samples were conditioned for 48 hours at 75 degrees F and 60% relative humidity before they were tested.",
    "No significant difference was found between the control and the test product.",
    "We would appreciate your approval of the attached estimate so that production can begin on schedule.",
    "Changes made after this date will be billed at cost.",
    "Sales representatives complete this form each week and forward it to the division manager.",
    "A discount of $2.00 per carton was offered on all packings, effective immediately.",
    "This message is intended only for the addressee. If it reached you in error, kindly call us collect.",
    "Retailers report good movement of the new display and have asked for a second shipment.",
    "Coupons must be redeemed before the date shown; duplicate requests will not be honored.",
    "The original is kept on file for three years, and copies are sent to accounting and to the plant.",
    "Let me know if you need anything further on this project.",
];

/// What was typed.
pub(crate) fn answer(random: &mut Random, ask: Ask) -> String {
    match ask {
        Ask::Day => {
            let day = day(random, 1979, 1998);
            DateStyle::any(random, Tongue::American).show(day)
        }
        Ask::Person => official(random),
        Ask::Phone => {
            let (area, office, line) = (random.digits(3), random.digits(3), random.digits(4));
            match random.below(3) {
                0 => format!("({area}) {office}-{line}"),
                1 => format!("{area}-{office}-{line}"),
                _ => format!("{area}/{office}-{line}"),
            }
        }
        Ask::Amount => {
            let cents = random.pick(&[100, 100, 1, 5_000]) * random.whole(90, 9_000);
            let shown = Notation::Point.amount(cents);
            format!("${}", if random.chance(0.4) { shown.trim_end_matches(".00") } else { &shown })
        }
        Ask::Code => match random.below(4) {
            0 => format!("{}-{}", random.letter("ABCRTX"), random.digits(4)),
            1 => format!("{}-{}-{}", random.digits(2), random.digits(4), random.digits(2)),
            2 => format!("{}{}/{}", random.letter("KLM"), random.digits(2), random.digits(4)),
            _ => random.digits(7),
        },
        Ask::Count => {
            let length = random.pick(&[1, 2, 2, 3, 4]);
            random.digits(length)
        }
        Ask::Hour => {
            let half = random.pick(&["AM", "PM", "a.m.", "p.m."]);
            format!("{}:{:02} {half}", random.whole(1, 12), random.whole(0, 59))
        }
        Ask::Of(list) => random.pick(list).to_owned(),
    }
}

/// A few sentences.
pub(crate) fn prose(random: &mut Random, count: usize) -> String {
    random.sample(PROSE, count).join(" ")
}
