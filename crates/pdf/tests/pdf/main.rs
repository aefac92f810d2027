//! The crate from outside, on PDFs made here and on the samples.

mod hostile;
mod made;
mod passwords;
mod reading;
mod samples;
mod writing;
