//! Pictures: asks the pool of confined decoders what the headers say.

use std::path::Path;

use gristmill_picture::Inspected;

use crate::context::Context;
use crate::operation::OperationError;

/// What the headers of the picture at `path` say; no pixel is decoded.
pub(super) async fn inspect(context: &Context, path: &Path) -> Result<Inspected, OperationError> {
    context.tools.images.inspect(path, &context.cancel).await
}
