//! Facts that are made up, for previews and for checking templates.

use gristmill_model::JobId;
use gristmill_model::id::Uuid;

use super::{FileFacts, GroupFacts, JobFacts, JobMail, Kind, LostFacts};

/// A job for which a mail of that kind could be sent.
pub(super) fn job(kind: JobMail) -> JobFacts {
    let ended_well = matches!(kind, JobMail::Started | JobMail::Finished | JobMail::Refunded);
    let (succeeded, failed, status) = if ended_well { (2, 0, "completed") } else { (0, 2, "failed") };
    numbered(0x2a, succeeded, failed, status)
}

/// A group with a job that went well and one that did not.
pub(super) fn group() -> GroupFacts {
    GroupFacts {
        group: "wedding & party".into(),
        jobs: vec![numbered(0x2b, 0, 2, "failed"), numbered(0x2a, 2, 0, "completed")],
        refunded: Some("25".into()),
        url: Some("https://mill.example.org/jobs?group=wedding".into()),
    }
}

fn numbered(no: u128, succeeded: u32, failed: u32, status: &str) -> JobFacts {
    let job = JobId::from_uuid(Uuid::from_u128(0x0192_0000_7000_8000_0000_0000_0000_0000 | no));
    let (pipeline, status) = ("video".into(), status.into());
    let url = Some(format!("https://mill.example.org/jobs/{job}"));
    let files = vec![
        file("notes.txt", "skipped", Some("The file is no video.")),
        if failed > 0 {
            file("river & mill.mp4", "failed", Some("The video ends in the middle."))
        } else {
            file("river & mill.mp4", "succeeded", None)
        },
    ];
    JobFacts { job, pipeline, succeeded, skipped: 1, failed, status, files, refunded: Some("12.5".into()), url }
}

fn file(name: &str, status: &str, cause: Option<&str>) -> FileFacts {
    FileFacts { name: name.into(), status: status.into(), cause: cause.map(Into::into) }
}

/// A group as large as the digest lists, and one job more.
pub(super) fn large(listed: usize) -> GroupFacts {
    GroupFacts { jobs: vec![job(JobMail::Finished); listed + 1], ..group() }
}

/// The same without all that may be missing.
pub(super) fn bare(facts: JobFacts) -> JobFacts {
    JobFacts { files: Vec::new(), refunded: None, url: None, ..facts }
}

/// The same without all that may be missing.
pub(super) fn bare_group(facts: GroupFacts) -> GroupFacts {
    GroupFacts { jobs: facts.jobs.into_iter().map(bare).collect(), refunded: None, url: None, ..facts }
}

/// A webhook of a job that nobody took.
pub(super) fn lost() -> LostFacts {
    let JobFacts { job, url, .. } = job(JobMail::Finished);
    LostFacts {
        message: "effect_01920000700080000000000000000007".into(),
        event: "job.finished".into(),
        receiver: "https://hooks.example.org".into(),
        owner: "anna".into(),
        why: "hooks.example.org answered 503: <down>".into(),
        job: Some(job),
        url,
    }
}

/// The same without all that may be missing.
pub(super) fn bare_lost() -> LostFacts {
    LostFacts { job: None, url: None, ..lost() }
}

/// Every kind of mail about a job.
pub(super) fn job_mails() -> impl Iterator<Item = JobMail> {
    Kind::ALL.into_iter().filter_map(|kind| if let Kind::Job(mail) = kind { Some(mail) } else { None })
}
