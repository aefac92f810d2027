//! The words of the mails about jobs. Each takes the facts and gives a subject and a text; nothing is said that the facts do
//! not say.

use gristmill_model::JobId;

/// What a mail may say of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// Which.
    pub job: JobId,
    /// The name of its pipeline.
    pub pipeline: String,
    /// Files that succeeded.
    pub succeeded: u32,
    /// Files that did not qualify.
    pub skipped: u32,
    /// Files that failed.
    pub failed: u32,
    /// Where it stands, in a word or a few: `completed`.
    pub status: String,
    /// Credits given back, as people write them: `12.5`. `None` when none were.
    pub refunded: Option<String>,
    /// Where to look at it.
    pub url: Option<String>,
}

impl JobFacts {
    fn which(&self) -> String {
        let Self { job, pipeline, .. } = self;
        format!("Job: {job}\nPipeline: {pipeline}\n")
    }

    fn outcome(&self) -> String {
        let Self { status, succeeded, skipped, failed, .. } = self;
        let refunded = self.refunded.as_ref().map_or(String::new(), |credits| format!("Credits given back: {credits}\n"));
        format!("{}Status: {status}\nFiles: {succeeded} succeeded, {skipped} skipped, {failed} failed\n{refunded}", self.which())
    }

    /// A closing line with the link, or nothing.
    fn link(&self, says: &str) -> String {
        self.url.as_ref().map_or(String::new(), |url| format!("\n{says} {url}\n"))
    }

    fn subject(&self, says: &str) -> String {
        format!("Your {} job {says}", self.pipeline)
    }
}

/// To the owner: the job has started.
pub fn started(facts: &JobFacts) -> (String, String) {
    let text = format!("Your job has started.\n\n{}{}", facts.which(), facts.link("You can follow it here:"));
    (facts.subject("has started"), text)
}

/// To the owner: the job ended with at least one file that succeeded.
pub fn finished(facts: &JobFacts) -> (String, String) {
    let text = format!("Your job has finished.\n\n{}{}", facts.outcome(), facts.link("The results are here:"));
    (facts.subject("has finished"), text)
}

/// To the owner: the job ended without a file that succeeded.
pub fn failed(facts: &JobFacts) -> (String, String) {
    let text =
        format!("Your job has ended without a result.\n\n{}{}", facts.outcome(), facts.link("What went wrong with each file is here:"));
    (facts.subject("has failed"), text)
}

/// To the owner: the job could not go on because of an error of ours. With a refund it says so; without one it says that the
/// credits are safe and that an admin will act. Both say what the owner can do.
pub fn critical_owner(facts: &JobFacts) -> (String, String) {
    let credits = match facts.refunded {
        Some(_) => "The credits that were held for it are yours again. You need not do anything.",
        None => {
            "Our administrator is told of it and will act.\n\
             Credits that are held for this job are not spent; the administrator will see that you get them back."
        }
    };
    let text = format!(
        "Your job could not go on because of an error on our side.\n\n{}\n{credits}\n\
         If you still need the results, please submit the files again as a new job.\n\
         If you write to us about it, please name the job as it stands above.\n{}",
        facts.outcome(),
        facts.link("The job is here:")
    );
    (facts.subject("could not go on"), text)
}

/// To the admin: something of the critical-error path was left undone and needs a person.
pub fn critical_admin(facts: &JobFacts) -> (String, String) {
    let refund = match facts.refunded {
        Some(_) => "The refund is committed.",
        None => "No refund is committed.",
    };
    let text = format!(
        "A job could not go on, and not everything that follows from that could be done. It needs you.\n\n{}\n{refund}\n\
         See the job and what happened to it:  gristmill jobs show {job}\n\
         See what is out of retries:           gristmill dead list\n\
         When the cause is mended, redrive what is dead, and check that the owner has the refund and that no files are left over.\n{}",
        facts.outcome(),
        facts.link("The job is here:"),
        job = facts.job,
    );
    (format!("Needs an administrator: {}", facts.job), text)
}

#[cfg(test)]
mod tests {
    use gristmill_model::id::Uuid;

    use super::*;

    fn facts() -> JobFacts {
        JobFacts {
            job: JobId::from_uuid(Uuid::from_u128(0x0192_0000_7000_8000_0000_0000_0000_002a)),
            pipeline: "video".into(),
            succeeded: 2,
            skipped: 1,
            failed: 0,
            status: "completed".into(),
            refunded: Some("12.5".into()),
            url: Some("https://mill.example.org/jobs/job_0192000070008000000000000000002a".into()),
        }
    }

    /// The facts that a template is for.
    fn fitting(name: &str) -> JobFacts {
        match name {
            "started" | "finished" => facts(),
            _ => JobFacts { succeeded: 0, failed: 2, status: "failed".into(), ..facts() },
        }
    }

    type Template = fn(&JobFacts) -> (String, String);
    const TEMPLATES: [(&str, Template); 5] = [
        ("started", started),
        ("finished", finished),
        ("failed", failed),
        ("critical_owner", critical_owner),
        ("critical_admin", critical_admin),
    ];

    fn all(change: impl Fn(JobFacts) -> JobFacts) -> String {
        let printed = |(name, template): (&str, Template)| {
            let (subject, text) = template(&change(fitting(name)));
            format!("======== {name}\nSubject: {subject}\n\n{text}")
        };
        TEMPLATES.map(printed).concat()
    }

    #[test]
    fn the_mails_say_what_was_agreed() {
        insta::assert_snapshot!(all(|facts| facts));
    }

    #[test]
    fn without_a_refund_and_a_link_the_mails_do_not_speak_of_them() {
        insta::assert_snapshot!(all(|facts| JobFacts { refunded: None, url: None, ..facts }));
    }

    #[test]
    fn every_mail_ends_its_last_line_and_has_a_subject_of_one_line() {
        for (name, template) in TEMPLATES {
            let (subject, text) = template(&facts());
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !subject.contains('\n'), "{name}");
        }
    }
}
