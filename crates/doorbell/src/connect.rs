//! A doorbell by its address.

use std::sync::Arc;

use crate::{Doorbell, DoorbellError, Hostile, Memory, postgres};

/// The doorbell at `memory:`, `postgres://…`, `redis://…`, `amqp://…` or `sqs://…`, or `hostile:SEED:` and one of those, which is
/// [`Hostile`]. Must be called within a Tokio runtime, whose end is also the doorbell's.
///
/// # Errors
/// An address that cannot be read, asks for encryption, or is of a kind that this build does not have.
pub async fn connect(url: &str) -> Result<Arc<dyn Doorbell>, DoorbellError> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    Ok(match scheme {
        "memory" => Arc::new(Memory::default()),
        "postgres" | "postgresql" => Arc::new(postgres::connect(url).await?),
        #[cfg(feature = "redis")]
        "redis" | "rediss" => Arc::new(crate::redis::connect(url).await?),
        #[cfg(feature = "rabbitmq")]
        "amqp" | "amqps" => Arc::new(crate::rabbitmq::connect(url).await?),
        #[cfg(feature = "sqs")]
        "sqs" => Arc::new(crate::sqs::connect(url).await?),
        "hostile" => {
            let seeded = rest.split_once(':').and_then(|(seed, inner)| Some((seed.parse().ok()?, inner)));
            let (seed, inner) = seeded.ok_or_else(|| DoorbellError::Address("not hostile:SEED:URL with a number as the seed".into()))?;
            Arc::new(Hostile::over(Box::pin(connect(inner)).await?, seed))
        }
        _ => return Err(DoorbellError::Address("no kind of doorbell that this build has".into())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_names_the_kind() {
        for url in ["memory:", "hostile:7:memory:"] {
            assert_eq!(connect(url).await.unwrap().state().server, "memory");
        }
        for wrong in ["", "redis", "hostile:x:memory:", "hostile:7", "hostile:7:kafka://me:secret@host"] {
            let refused = connect(wrong).await.err().expect(wrong);
            assert!(!format!("{refused:?}").contains("secret"));
        }
    }
}
