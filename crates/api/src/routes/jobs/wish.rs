//! What a caller asks for, as the engine understands it; what cannot be kept is refused here.

use std::time::Duration;

use gristmill_deliver::address;
use gristmill_engine::Request;
use gristmill_store as rows;

use crate::problem::Problem;
use crate::wire::{CreateJob, Notify};

/// The longest name of a group, in characters.
const LONGEST_GROUP: usize = 200;
/// The most webhooks of a job.
const MOST_WEBHOOKS: usize = 10;
/// The longest span a job may ask for: a year.
const LONGEST: u64 = 366 * 86_400;

/// The request for the engine, without its idempotency key.
pub(crate) fn wish(owner: &str, asked: &CreateJob) -> Result<Request, Problem> {
    if asked.wait_for_files && asked.delay_seconds.is_some() {
        return Err(Problem::invalid(
            "duration_invalid",
            "a job that waits for files starts when they are there: leave `delay_seconds` out",
        ));
    }
    Ok(Request {
        owner: owner.to_owned(),
        pipeline: asked.pipeline.clone(),
        options: asked.options.clone(),
        priority: asked.priority.map(Into::into),
        group: group(asked.group.as_deref())?,
        metadata: asked.metadata.clone(),
        notify: asked.notify.as_ref().map(told).transpose()?,
        delay: span("delay_seconds", asked.delay_seconds, 0)?.unwrap_or_default(),
        expires: span("expires_in_seconds", asked.expires_in_seconds, 1)?,
        timeout: span("timeout_seconds", asked.timeout_seconds, 1)?,
        keep_files: asked.keep_files,
        anew: !asked.reuse,
        wait_for_files: asked.wait_for_files,
        idempotency: None,
    })
}

/// The name of a group, if it is one.
pub(crate) fn group(name: Option<&str>) -> Result<Option<String>, Problem> {
    let name = name.filter(|g| !g.is_empty());
    if name.is_some_and(|g| g.chars().count() > LONGEST_GROUP || g.chars().any(char::is_control)) {
        let detail = format!("`group` has at most {LONGEST_GROUP} characters and no control characters");
        return Err(Problem::invalid("group_invalid", detail));
    }
    Ok(name.map(str::to_owned))
}

/// Refuses addresses to which nothing can ever be delivered, while whoever wrote them still looks.
fn told(asked: &Notify) -> Result<rows::Notify, Problem> {
    let refused = |why: gristmill_deliver::DeliverError| Problem::invalid("notify_invalid", format!("`notify`: {why}"));
    if let Some(email) = &asked.email {
        address::mail(&email.to).map_err(refused)?;
    }
    if asked.webhooks.len() > MOST_WEBHOOKS {
        return Err(Problem::invalid("notify_invalid", format!("`notify`: a job has at most {MOST_WEBHOOKS} webhooks")));
    }
    asked.webhooks.iter().try_for_each(|url| address::webhook(url)).map_err(refused)?;
    Ok(asked.into())
}

fn span(name: &str, seconds: Option<u64>, least: u64) -> Result<Option<Duration>, Problem> {
    match seconds {
        Some(s) if !(least..=LONGEST).contains(&s) => {
            Err(Problem::invalid("duration_invalid", format!("`{name}` is {s}; it may be from {least} to {LONGEST} seconds")))
        }
        seconds => Ok(seconds.map(Duration::from_secs)),
    }
}

#[cfg(test)]
mod tests {
    use gristmill_store::Moment;

    use super::*;

    fn of(text: &str) -> Result<Request, Problem> {
        wish("anna", &serde_json::from_str(text).unwrap())
    }

    #[test]
    fn who_is_told_and_how_long_it_may_take_are_kept() {
        let asked = of(r#"{"pipeline":"image","notify":{"email":{"to":"a@example.org"},"webhooks":["https://example.org/h"]},
            "delay_seconds":5,"expires_in_seconds":60,"timeout_seconds":7,"keep_files":true}"#)
        .unwrap();
        let notify = asked.notify.unwrap();
        assert_eq!((notify.email.as_deref(), notify.on), (Some("a@example.org"), vec![Moment::Finished, Moment::Failed]));
        assert_eq!((asked.delay.as_secs(), asked.expires.unwrap().as_secs(), asked.timeout.unwrap().as_secs()), (5, 60, 7));
        assert!(asked.keep_files);
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_its_name() {
        for (text, code, named) in [
            (r#"{"pipeline":"image","wait_for_files":true,"delay_seconds":1}"#, "duration_invalid", "delay_seconds"),
            (r#"{"pipeline":"image","notify":{"email":{"to":"nobody"}}}"#, "notify_invalid", "no @"),
            (r#"{"pipeline":"image","notify":{"webhooks":["ftp://x"]}}"#, "notify_invalid", "https://"),
            (r#"{"pipeline":"image","expires_in_seconds":0}"#, "duration_invalid", "expires_in_seconds"),
            (r#"{"pipeline":"image","timeout_seconds":99999999999}"#, "duration_invalid", "timeout_seconds"),
        ] {
            let problem = of(text).unwrap_err();
            assert_eq!(problem.code, code);
            assert!(problem.detail.contains(named), "{}", problem.detail);
        }
    }
}
