//! `POST /api/v1/events/s3`: a bucket tells of its objects, in the words of S3's event notifications.

use axum::extract::State;
use axum::http::StatusCode;
use gristmill_engine::{Engine, Noticed};

use crate::extract::Json;
use crate::owner::Caller;
use crate::problem::Problem;
use crate::wire::{BucketEvents, Noticing};

/// Tell of objects that were put into a bucket.
///
/// The body is an event notification of S3 (`{"Records": […]}`). A file that a job waits for is looked for at once; in a drop-folder a
/// job is made of the object. The same news may be told again, late, and in any order.
#[utoipa::path(
    post,
    path = "/api/v1/events/s3",
    operation_id = "tell_of_objects",
    tag = "jobs",
    responses(
        (status = 202, body = Noticing, description = "What it led to."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not readable."),
        (status = 402, body = Problem, content_type = "application/problem+json", description = "There are not enough credits for a job."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "An object cannot be read, or is no event."),
    )
)]
pub(crate) async fn s3(
    State(engine): State<Engine>,
    caller: Caller,
    Json(events): Json<BucketEvents>,
) -> Result<(StatusCode, axum::Json<Noticing>), Problem> {
    // Of others' files only those who run the service are told.
    let (whose, mut noticing) = (caller.scope(None)?, Noticing::default());
    for (bucket, key) in events.put() {
        match engine.object_put(&caller.owner, whose.clone(), &bucket, &key).await? {
            Noticed::Readied(files) => noticing.readied += files,
            Noticed::Job(job) => noticing.jobs.push(job.to_string()),
            Noticed::Nothing => {}
        }
    }
    Ok((StatusCode::ACCEPTED, axum::Json(noticing)))
}
