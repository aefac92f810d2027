//! What every store promises, as tests. A backend's own tests call these with the real thing, a fresh store each.

mod claims;
mod jobs;
mod lives;
mod make;
mod settles;

pub use claims::*;
pub use jobs::*;
pub use lives::random_lives_of_jobs_keep_the_invariants;
pub use make::{new_job, submit_one};
pub use settles::*;
