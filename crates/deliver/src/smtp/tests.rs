//! Against a real server: every promise of the contract, and every way in which a server says no.

use gristmill_servers::smtp::{Encryption, SECRET, Smtp as Server, USER};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::Sender;
use crate::contract::{self, message};
use crate::eml::read;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The URL of a server with this secret.
fn url(server: &Server, scheme: &str, secret: &str) -> String {
    let ca = server.certificate().display().to_string();
    format!("{scheme}://{}:{}@{}?tls=required&ca={}", encoded(USER), encoded(secret), server.address(), encoded(&ca))
}

fn smtp(url: &str) -> Smtp {
    Smtp::open(url, Sender::default()).unwrap()
}

/// With STARTTLS and a login.
fn real() -> (Server, Smtp) {
    let server = Server::start(Encryption::StartTls);
    let smtp = smtp(&url(&server, "smtp", SECRET));
    (server, smtp)
}

fn mail(no: u128) -> Message {
    message(no, Body::Mail { to: "anna@example.org".into(), subject: "Ground".into(), text: "Fine flour.\n".into(), html: None })
}

/// A mail as the message it tells of.
fn arrived(bytes: &[u8]) -> (String, Body) {
    let mail = read::mail(bytes);
    let id = mail.header("Message-ID").trim_matches(['<', '>']).replace("@gristmill", "");
    (id, Body::Mail { to: mail.header("To"), subject: mail.header("Subject"), text: mail.text, html: mail.html })
}

macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let (server, smtp) = real();
            let seen = async || server.mails().iter().map(|m| arrived(m)).collect();
            contract::$name(&smtp, seen).await;
        })+
    };
}

promises!(
    a_mail_arrives_whole,
    a_mail_of_text_and_html_arrives_whole,
    a_repeat_carries_the_same_id,
    a_bad_address_is_refused_for_good,
    a_subject_that_would_begin_another_header_is_refused_for_good,
    a_probe_of_what_works_succeeds_and_tells_nobody,
);

/// The error as whoever reads the log sees it; it can be tried again.
fn later(tried: Result<(), DeliverError>) -> String {
    let error = tried.unwrap_err();
    assert!(error.retry(), "{error}");
    let told = format!("{error} {error:?}");
    assert!(!told.contains(SECRET) && !told.contains(&encoded(SECRET)), "{told}");
    error.to_string()
}

#[tokio::test]
async fn the_mail_on_the_wire_is_the_mail_in_the_file() {
    let (server, smtp) = real();
    let folder = tempfile::tempdir().unwrap();
    smtp.deliver(&mail(1)).await.unwrap();
    crate::Files::open(folder.path(), Sender::default()).unwrap().deliver(&mail(1)).await.unwrap();
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(server.mails(), [std::fs::read(file.path()).unwrap()]);
}

#[tokio::test]
async fn tls_from_the_first_byte_and_no_tls_at_all_work_too() {
    let whole = Server::start(Encryption::Tls);
    let encrypted = smtp(&url(&whole, "smtps", SECRET));
    let open = Server::start(Encryption::None);
    let plain = smtp(&format!("smtp://{}", open.address()));
    for (server, smtp) in [(&whole, encrypted), (&open, plain)] {
        smtp.probe().await.unwrap();
        smtp.deliver(&mail(1)).await.unwrap();
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_without_the_secret_and_holds_mails_back() {
    let server = Server::start(Encryption::StartTls);
    let smtp = smtp(&url(&server, "smtp", "guess"));
    for tried in [smtp.probe().await, smtp.deliver(&mail(1)).await] {
        let why = later(tried);
        assert!(why.contains("refused the user or the secret (535)") && !why.contains("guess"), "{why}");
    }
    assert!(!format!("{smtp:?}").contains("guess") && server.mails().is_empty());
}

#[tokio::test]
async fn a_certificate_of_nobody_is_not_trusted() {
    let server = Server::start(Encryption::StartTls);
    let bare = format!("smtp://{}:{}@{}?tls=required", encoded(USER), encoded(SECRET), server.address());
    let why = later(smtp(&bare).probe().await);
    assert!(why.starts_with("no encryption with ") && why.contains("?ca="), "{why}");
}

#[tokio::test]
async fn a_server_without_starttls_hears_nothing_of_mail_or_secret() {
    let server = Server::start(Encryption::None);
    let smtp = smtp(&url(&server, "smtp", SECRET));
    for tried in [smtp.probe().await, smtp.deliver(&mail(1)).await] {
        let why = later(tried);
        assert!(why.contains("offers no STARTTLS"), "{why}");
    }
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_mail_that_is_put_off_is_taken_the_next_time() {
    let (server, smtp) = real();
    server.answer_next(&["451 4.7.1 greylisted, come back"]);
    let why = later(smtp.deliver(&mail(1)).await);
    assert!(why.ends_with("did not take it: 451 4.7.1 greylisted, come back"), "{why}");
    smtp.deliver(&mail(1)).await.unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_that_is_refused_is_refused_for_good_in_the_words_of_the_server_shortened() {
    let (server, smtp) = real();
    server.answer_next(&[&format!("550 5.1.1 nobody of that name {}", "at all ".repeat(40))]);
    let error = smtp.deliver(&mail(1)).await.unwrap_err();
    assert!(!error.retry());
    let told = error.to_string();
    assert!(told.contains("answered 550 5.1.1 nobody of that name at all") && told.chars().count() < 300, "{told}");
    assert!(smtp.deliver(&mail(2)).await.is_ok(), "the next one is not touched by it");
}

#[tokio::test]
async fn a_server_that_is_gone_is_tried_again_and_found_when_it_is_back() {
    let (mut server, smtp) = real();
    smtp.deliver(&mail(1)).await.unwrap();
    server.kill_9();
    for tried in [smtp.deliver(&mail(2)).await, smtp.probe().await] {
        assert!(later(tried).contains("cannot be reached"));
    }
    server.restart();
    smtp.deliver(&mail(2)).await.unwrap();
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn an_answer_that_comes_late_is_never_taken_for_that_to_another_mail() {
    let server = Server::start(Encryption::StartTls);
    let smtp = Smtp::opened(&url(&server, "smtp", SECRET), Sender::default().into(), Duration::from_millis(300)).unwrap();
    server.answer_next(&["silence"]);
    assert!(later(smtp.deliver(&mail(1)).await).contains("did not answer within"));
    assert!(smtp.shared.idle.lock().unwrap().is_empty(), "the connection is not kept");
    let patient = Smtp::opened(&url(&server, "smtp", SECRET), Sender::default().into(), SENDING).unwrap();
    patient.deliver(&mail(1)).await.unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (server, smtp) = real();
    for no in 1..=3 {
        smtp.deliver(&mail(no)).await.unwrap();
    }
    assert_eq!((server.mails().len(), smtp.shared.idle.lock().unwrap().len()), (3, 1));
}
