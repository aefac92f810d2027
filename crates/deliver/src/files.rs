//! Messages as files in one folder, for a machine without a mail server and for tests: `effect_….eml` for a mail, which mail
//! programs open, and `effect_….json` for a webhook or an announcement.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use gristmill_model::EffectId;
use serde::Serialize;
use serde_json::Value;

use crate::eml::{self, Mail};
use crate::{Body, Deliver, DeliverError, Letterhead, Message, Topic};

/// Messages in a folder. A repeat replaces the file of the same id; a reader sees a whole file or none.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    head: Letterhead,
}

/// What stands in the file of a webhook.
#[derive(Serialize)]
struct Told<'a> {
    id: EffectId,
    /// RFC 3339.
    at: String,
    url: &'a str,
    payload: &'a Value,
}

/// What stands in the file of an announcement.
#[derive(Serialize)]
struct Announced<'a> {
    id: EffectId,
    /// RFC 3339.
    at: String,
    topic: Topic,
    #[serde(rename = "type")]
    kind: &'a str,
    payload: &'a Value,
}

impl Files {
    /// Opens the folder, making it if needed.
    pub fn open(folder: &Path, head: impl Into<Letterhead>) -> Result<Self, DeliverError> {
        let folder = std::path::absolute(folder)?;
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, head: head.into() })
    }

    fn content(&self, message: &Message) -> Result<(String, Vec<u8>), DeliverError> {
        message.body.check()?;
        let Message { id, at, body, .. } = message;
        match body {
            Body::Mail { to, subject, text, html } => {
                let mail = Mail { id: *id, at: *at, head: &self.head, to, subject, text, html: html.as_deref() };
                Ok((format!("{id}.eml"), eml::compose(&mail)?))
            }
            Body::Webhook { url, payload } => {
                let told = Told { id: *id, at: at.to_string(), url, payload };
                Ok((format!("{id}.json"), serde_json::to_vec_pretty(&told).map_err(io::Error::from)?))
            }
            Body::Announcement { topic, kind, payload } => {
                let told = Announced { id: *id, at: at.to_string(), topic: *topic, kind, payload };
                Ok((format!("{id}.json"), serde_json::to_vec_pretty(&told).map_err(io::Error::from)?))
            }
        }
    }
}

#[async_trait]
impl Deliver for Files {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        let (name, content) = self.content(message)?;
        let folder = self.folder.clone();
        blocking(move || publish(&folder, &name, &content)).await
    }

    async fn probe(&self) -> Result<(), DeliverError> {
        let folder = self.folder.clone();
        blocking(move || tempfile::NamedTempFile::new_in(&folder).map(drop)).await
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), DeliverError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?;
    Ok(done?)
}

/// Writes beside the place and renames to it: the rename is the delivery, the sync of the folder makes it last. A folder that
/// was emptied and removed meanwhile is made again.
fn publish(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(content)?;
    beside.as_file().sync_all()?;
    beside.persist(folder.join(name)).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use gristmill_model::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::Sender;
    use crate::contract::{self, message};
    use crate::eml::read;

    fn files() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), Sender::default()).unwrap();
        (folder, files)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// One file as the message it tells of.
    fn arrived(path: &Path) -> (String, Body) {
        let bytes = fs::read(path).unwrap();
        if path.extension().unwrap() == "json" {
            let told: Value = serde_json::from_slice(&bytes).unwrap();
            let text = |key: &str| told[key].as_str().unwrap().to_owned();
            if told["topic"].is_string() {
                let (topic, kind) = (text("topic").parse().unwrap(), text("type"));
                return (text("id"), Body::Announcement { topic, kind, payload: told["payload"].clone() });
            }
            return (text("id"), Body::Webhook { url: text("url"), payload: told["payload"].clone() });
        }
        let mail = read::mail(&bytes);
        let id = mail.header("Message-ID").trim_matches(['<', '>']).replace("@gristmill", "");
        (id, Body::Mail { to: mail.header("To"), subject: mail.header("Subject"), text: mail.text, html: mail.html })
    }

    macro_rules! promises {
        ($($name:ident),+ $(,)?) => {
            $(#[tokio::test]
            async fn $name() {
                let (folder, files) = files();
                let seen = async || names(folder.path()).iter().map(|n| arrived(&folder.path().join(n))).collect();
                contract::$name(&files, seen).await;
            })+
        };
    }

    promises!(
        a_mail_arrives_whole,
        a_mail_of_text_and_html_arrives_whole,
        a_webhook_arrives_whole,
        an_announcement_arrives_whole,
        a_repeat_carries_the_same_id,
        a_bad_address_is_refused_for_good,
        a_subject_that_would_begin_another_header_is_refused_for_good,
        a_probe_of_what_works_succeeds_and_tells_nobody,
    );

    #[tokio::test]
    async fn a_repeat_replaces_the_file_and_leaves_nothing_beside_it() {
        let (folder, files) = files();
        let mail = |text: &str| message(1, Body::Mail { to: "a@b.example".into(), subject: "x".into(), text: text.into(), html: None });
        files.deliver(&mail("a long first text\n")).await.unwrap();
        files.deliver(&mail("short\n")).await.unwrap();
        let [name] = &names(folder.path())[..] else { panic!("one file") };
        assert_eq!(*name, format!("{}.eml", mail("").id));
        assert!(fs::read_to_string(folder.path().join(name)).unwrap().ends_with("\r\n\r\nshort\r\n"));
    }

    #[tokio::test]
    async fn the_file_of_a_webhook_says_when_and_where() {
        let (folder, files) = files();
        let body = Body::Webhook { url: "https://example.org/hook".into(), payload: json!({"b": 1, "a": "ä"}) };
        let hook = Message { at: Timestamp(1_795_341_112_345), ..message(1, body) };
        files.deliver(&hook).await.unwrap();
        insta::assert_snapshot!(fs::read_to_string(folder.path().join(format!("{}.json", hook.id))).unwrap());
    }

    #[tokio::test]
    async fn a_folder_that_was_removed_is_said_by_the_probe_and_made_again_by_a_delivery() {
        let (folder, files) = files();
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(files.probe().await.unwrap_err().retry());
        files.deliver(&message(1, Body::Webhook { url: "http://b.example".into(), payload: json!(1) })).await.unwrap();
        assert!(files.probe().await.is_ok());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_may_be_tried_again() {
        let (folder, files) = files();
        fs::remove_dir_all(folder.path()).unwrap();
        fs::write(folder.path(), b"in the way").unwrap();
        let hook = message(1, Body::Webhook { url: "http://b.example".into(), payload: json!(1) });
        assert!(files.deliver(&hook).await.unwrap_err().retry());
        fs::remove_file(folder.path()).unwrap();
    }
}
