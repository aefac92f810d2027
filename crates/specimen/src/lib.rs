//! Documents that are made up, each with its exact truth: business forms, receipts, invoices, school work and running text, as born-digital
//! PDFs, as scans and as photos.
//!
//! Pure: bytes out of a seed; no files, no clock. Texts, records and PDFs are the same for the same seed on every machine, and so is the
//! wear of pictures: all is whole numbers and exact arithmetic. The letters of pictures are drawn by [`gristmill_pdf`], whose renderer takes
//! the vector instructions that a processor has; between processors of different kinds a pixel may differ by a shade.
//!
//! | | is | in |
//! |---|---|---|
//! | [`form`] | a business form of the 1980s, after a fax machine, a copier or a scanner | JPEG |
//! | [`receipt`] | a shop's receipt, of Malaysia, the Netherlands, Britain, Germany, France, the United States or Spain | JPEG |
//! | [`invoice`] | an invoice in English, German, Dutch or French | PDF with or without text, JPEG, PNG |
//! | [`submission`] | a school's answer sheet | JPEG |
//! | [`dense`] | pages of about 500 words | PDF with or without text, JPEG, PNG |
//!
//! Seeds go round: neighbours differ in template, country or language, so a few in a row show most of what there is.

mod calendar;
mod dense;
mod error;
mod face;
mod form;
mod invoice;
mod issue;
mod money;
mod names;
mod paper;
mod picture;
mod random;
mod receipt;
mod sheet;
mod specimen;
mod submission;
mod wear;
mod words;

pub use dense::dense;
pub use error::NotMade;
pub use form::form;
pub use invoice::invoice;
pub use receipt::receipt;
pub use specimen::{Media, Origin, Record, Specimen, Wear};
pub use submission::submission;
