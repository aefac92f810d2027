//! Google Cloud Vision. A page leaves this machine and costs money, so it is asked only when a step names it.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_services::{LARGEST_PICTURE, hint};

use super::super::documents::Document;
use super::super::wire::{Form, Straight, Work};
use super::{Engine, Pixels, Reading};
use crate::context::Context;
use crate::operation::OperationError;
use crate::services::answer;

/// Laying a page of 18 megapixels straight and packing it takes two seconds.
const WALL: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct GoogleVision;

#[async_trait]
impl Engine for GoogleVision {
    async fn name(&self, _context: &Context) -> Result<String, OperationError> {
        Ok("google-vision".to_owned())
    }

    async fn lacks(&self, context: &Context, languages: &[String]) -> Result<Option<String>, OperationError> {
        if context.tools.services.vision.is_none() {
            return Ok(Some("Google Cloud Vision is not set up on this server".to_owned()));
        }
        let unknown = languages.iter().find(|l| hint(l).is_none());
        Ok(unknown.map(|l| format!("Google Cloud Vision does not read `{l}`")))
    }

    async fn read(&self, context: &Context, page: &Pixels<'_>) -> Result<Reading, OperationError> {
        let Some(vision) = &context.tools.services.vision else {
            return Err(OperationError::tool("service_settings", "Google Cloud Vision is not set up on this server any more."));
        };
        let level = page.scratch.join("level.jpg");
        let pixels = Document { path: page.path.to_owned(), form: Form::Picture, password: None };
        let work = Work::Pack { perspective: page.photo, most_bytes: LARGEST_PICTURE as u64 };
        let done: Straight = context.tools.documents.ask(&pixels, work, &[], std::slice::from_ref(&level), WALL, &context.cancel).await?;
        let picture = std::fs::read(&level)?;
        let lines = answer(&context.cancel, vision.read(&picture, page.languages)).await?;
        Ok(Reading { lines, width: done.width, height: done.height, straightened: done.matrix })
    }
}
