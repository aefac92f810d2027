//! Fields with evidence out of laid-out pages: a schema says what is wanted, labels, geometry, types and checks find it.
//!
//! PURE: no files, no network, no clock. [`extract`] works by rules alone; the rest is what an extractor by language model needs and does
//! not have to be trusted with: the words to ask with, the check of an answer, and where in the document each of its values stands.

mod checks;
mod extract;
mod fields;
mod find;
mod fold;
mod ground;
mod labels;
mod merge;
mod model;
mod prompt;
mod review;
mod rows;
mod schema;
mod sheet;
mod slot;
mod validate;
mod values;

pub use extract::extract;
pub use fields::{Alternative, Checked, Field, Fields, Review, Source, Status, THRESHOLD};
pub use ground::{Citation, ground};
pub use merge::merge;
pub use model::from_model;
pub use prompt::prompt;
pub use review::{Corrected, correct, doubts, least_confidence};
pub use schema::{Kind, SHIPPED, Schema, response_schema};
pub use validate::validate;
