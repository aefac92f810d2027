//! `mail`: shows what people get.

use crate::cli::MailAction;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::failed;
use crate::print::out;

/// Does what was asked.
pub fn mail(action: &MailAction, config: &Config) -> anyhow::Result<Exit> {
    let MailAction::Preview { kind, html } = action;
    let letter = config.messages.templates.preview(*kind);
    match (html, letter.html) {
        (false, _) => out(&format!("Subject: {}\n\n{}", letter.subject, letter.text)),
        (true, Some(html)) => out(&html),
        (true, None) => {
            let next = format!("write {kind}.html beside {kind}.txt in mail.templates");
            return Err(failed("your own words for this mail have no HTML", next));
        }
    }
    Ok(Exit::Done)
}
