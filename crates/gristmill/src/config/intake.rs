//! From where requests come by message.

use std::collections::BTreeMap;

use super::source::Said;
use crate::failure::misused;

/// The broker whose messages are requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Its address; it may hold a password.
    pub url: String,
    /// Whose jobs they are when a message names nobody.
    pub owner: String,
}

impl Intake {
    /// None when nothing is said.
    pub fn of(said: &BTreeMap<&'static str, Said>) -> anyhow::Result<Option<Self>> {
        let doorbell = &said["doorbell.url"].value;
        let keeps = ["redis:", "amqp:", "sqs:"].iter().any(|scheme| doorbell.starts_with(scheme));
        let url = match said["intake.url"].value.as_str() {
            "" => return Ok(None),
            "same" if keeps => doorbell.clone(),
            "same" => {
                return Err(misused(
                    "`intake.url` is `same`, and the doorbell is no broker that keeps messages",
                    "set doorbell.url to redis://…, amqp://… or sqs://…, or say in intake.url where messages are",
                ));
            }
            url => url.to_owned(),
        };
        Ok(Some(Self { url, owner: said["intake.owner"].value.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn of(doorbell: &str, intake: &str) -> anyhow::Result<Option<Intake>> {
        let values = [("doorbell.url", doorbell), ("intake.url", intake), ("intake.owner", "anna")];
        Intake::of(&values.map(|(key, value)| (key, Said { value: value.into(), source: Source::Default })).into())
    }

    #[test]
    fn the_same_is_the_doorbells_broker_if_it_keeps_messages() {
        let found = |url: &str| Some(Intake { url: url.into(), owner: "anna".into() });
        assert_eq!(of("auto:", "").unwrap(), None);
        assert_eq!(of("auto:", "redis://a").unwrap(), found("redis://a"));
        assert_eq!(of("amqp://b", "same").unwrap(), found("amqp://b"));
        assert!(of("postgres://c", "same").is_err());
    }
}
