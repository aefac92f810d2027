//! The words of the mails as they are agreed, and what an operator's own words may and may not do.

use std::fs;

use super::*;

/// Every mail of `templates`, its facts changed.
fn all(templates: &Templates, change: impl Fn(JobFacts) -> JobFacts, group: &GroupFacts) -> Vec<(Kind, Letter)> {
    let letter = |kind| match kind {
        Kind::Job(mail) => templates.job(mail, &change(example::job(mail))),
        Kind::Digest => templates.digest(group),
        Kind::Undelivered => templates.undelivered(&if group.url.is_some() { example::lost() } else { example::bare_lost() }),
    };
    Kind::ALL.into_iter().map(|kind| (kind, letter(kind).unwrap())).collect()
}

fn full() -> Vec<(Kind, Letter)> {
    all(&Templates::default(), |facts| facts, &example::group())
}

fn bare() -> Vec<(Kind, Letter)> {
    all(&Templates::default(), example::bare, &example::bare_group(example::group()))
}

fn texts(letters: Vec<(Kind, Letter)>) -> String {
    letters.into_iter().map(|(kind, l)| format!("======== {kind}\nSubject: {}\n\n{}", l.subject, l.text)).collect()
}

#[test]
fn the_mails_say_what_was_agreed() {
    insta::assert_snapshot!(texts(full()));
}

#[test]
fn without_a_refund_and_a_link_the_mails_do_not_speak_of_them() {
    insta::assert_snapshot!(texts(bare()));
}

#[test]
fn the_html_of_each_mail_is_as_agreed() {
    for (kind, letter) in full() {
        insta::assert_snapshot!(format!("html_{kind}"), letter.html.unwrap());
    }
}

#[test]
fn every_mail_ends_its_last_line_and_has_a_subject_of_one_line() {
    for (kind, Letter { subject, text, html }) in full().into_iter().chain(bare()) {
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !subject.contains('\n'), "{kind}");
        assert!(html.unwrap().ends_with("</html>\n"), "{kind}");
    }
}

/// What a reader sees of HTML, in words.
fn seen(html: &str) -> Vec<String> {
    let body = &html[html.find("<body").unwrap()..];
    let shown: String = body.split('<').filter_map(|tag| tag.split_once('>')).flat_map(|(_, shown)| [shown, " "]).collect();
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    words(&entities.into_iter().fold(shown, |shown, (entity, letter)| shown.replace(entity, letter)))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn html_and_text_say_the_same_words() {
    for (kind, letter) in full().into_iter().chain(bare()) {
        assert_eq!(seen(&letter.html.unwrap()), words(&letter.text), "{kind}");
    }
}

#[test]
fn no_value_can_write_html() {
    let evil = r#"<img src=x onerror="1">'&"#;
    let file = FileFacts { name: evil.into(), status: evil.into(), cause: Some(evil.into()) };
    let evil_job =
        |facts| JobFacts { pipeline: evil.into(), status: evil.into(), files: vec![file.clone()], url: Some(evil.into()), ..facts };
    let group = example::group();
    let group = GroupFacts { group: evil.into(), jobs: group.jobs.into_iter().map(evil_job).collect(), url: Some(evil.into()), ..group };
    for (kind, letter) in all(&Templates::default(), evil_job, &group) {
        let html = letter.html.unwrap();
        assert!(!html.contains("<img") && !html.contains(r#"="1""#), "{kind}: {html}");
        assert_eq!(seen(&html), words(&letter.text), "{kind}");
    }
}

#[test]
fn a_digest_of_many_jobs_lists_the_first_and_counts_the_rest() {
    let letter = Templates::default().digest(&example::large(50)).unwrap();
    assert_eq!(letter.subject, "51 jobs of wedding & party have ended");
    assert_eq!(letter.text.matches("video, completed").count(), 50);
    assert!(letter.text.contains("\nFiles: 102 succeeded, 51 skipped, 0 failed\n") && letter.text.contains("\nAnd 1 more.\n"));
}

#[test]
fn every_kind_is_found_by_its_name_and_can_be_seen_before_it_is_sent() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
        let letter = preview(kind);
        assert!(!letter.subject.is_empty() && letter.html.is_some(), "{kind}");
    }
    assert!("bill".parse::<Kind>().unwrap_err().contains("critical_admin, digest"));
}

/// A folder with these templates.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[test]
fn an_operator_writes_some_mails_anew_and_the_others_stay() {
    let own = "Subject: Fertig: {{ pipeline }}\n\nIhr Auftrag {{ job }} ist fertig.\n";
    let html = "{% extends \"layout.html\" %}{% block words %}<p>{{ status }}</p>{% endblock %}";
    let folder = folder(&[("finished.txt", own), ("failed.html", html)]);
    let templates = Templates::open(folder.path()).unwrap();
    let finished = templates.preview(Kind::Job(JobMail::Finished));
    assert_eq!((finished.subject.as_str(), finished.html), ("Fertig: video", None));
    assert!(finished.text.starts_with("Ihr Auftrag job_"));
    let failed = templates.preview(Kind::Job(JobMail::Failed));
    assert_eq!(failed.text, preview(Kind::Job(JobMail::Failed)).text);
    assert!(failed.html.unwrap().contains("<p>failed</p>"));
    assert_eq!(templates.preview(Kind::Digest), preview(Kind::Digest));
}

#[test]
fn what_is_wrong_with_a_template_is_told_when_it_is_opened() {
    for (name, content, said) in [
        ("finished.txt", "Subject: x\n\n{{ jobb }}\n", "finished.txt:3"),
        ("finished.txt", "Subject: x\n\n{% if %}\n", "finished.txt:3"),
        ("finished.txt", "Your job has finished.\n", "begins with `Subject: …`"),
        ("finished.html", "{% extends \"nowhere.html\" %}", "nowhere.html"),
        ("outcome.txt", "{{ nothing }}", "outcome.txt:1"),
        ("finishd.txt", "Subject: x\n\n", "finishd.txt"),
    ] {
        let folder = folder(&[(name, content)]);
        let error = Templates::open(folder.path()).unwrap_err();
        assert!(!error.retry() && error.to_string().contains(said), "{name}: {error}");
    }
    assert!(Templates::open(&tempfile::tempdir().unwrap().path().join("nowhere")).is_err());
}
