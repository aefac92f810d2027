//! The templates of mails: those compiled in, and those that an operator wrote in their place.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use minijinja::{Environment, Error, UndefinedBehavior, Value, context};

use super::{GroupFacts, JobFacts, JobMail, Kind, Letter, LostFacts, example};
use crate::DeliverError;

/// How many jobs a digest lists.
const LISTED: usize = 50;

macro_rules! compiled_in {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("templates/", $name)))),+] };
}

/// Each by its name: the mails, and what several of them share.
const COMPILED_IN: [(&str, &str); 20] = compiled_in!(
    "started.txt",
    "started.html",
    "finished.txt",
    "finished.html",
    "failed.txt",
    "failed.html",
    "refunded.txt",
    "refunded.html",
    "critical_owner.txt",
    "critical_owner.html",
    "critical_admin.txt",
    "critical_admin.html",
    "digest.txt",
    "digest.html",
    "undelivered.txt",
    "undelivered.html",
    "outcome.txt",
    "outcome.html",
    "parts.html",
    "layout.html",
);

/// The words of every mail, in the language of Jinja. A text begins with its subject, `Subject: …`, and an empty line. In HTML all values
/// are escaped. Clones share what they hold.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    /// The mails whose text an operator wrote, but not their HTML: two mails in one would not say the same.
    text_only: BTreeSet<&'static str>,
}

impl Default for Templates {
    /// Those compiled in.
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_keep_trailing_newline(true);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in COMPILED_IN {
            // One that is wrong is missing, which the tests of every mail would tell.
            let _checked = environment.add_template(name, source);
        }
        Self { environment: Arc::new(environment), text_only: BTreeSet::new() }
    }
}

impl Templates {
    /// Those of a folder (`finished.txt`, `finished.html`, …, `layout.html`) in place of those compiled in. All mails are tried with facts
    /// that are made up, so that what is wrong is found now.
    ///
    /// # Errors
    /// [`DeliverError::Settings`], with file and line.
    pub fn open(folder: &Path) -> Result<Self, DeliverError> {
        let Self { environment, .. } = Self::default();
        let (mut environment, mut text_only) = (Arc::unwrap_or_clone(environment), BTreeSet::new());
        let unread = |e| DeliverError::Settings(format!("the templates of mails in `{}` cannot be read: {e}", folder.display()));
        let mut own = BTreeSet::new();
        for entry in std::fs::read_dir(folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let name = known(&path)?;
            environment.add_template_owned(name, std::fs::read_to_string(&path).map_err(unread)?).map_err(|e| wrong(&e))?;
            own.insert(name);
        }
        for kind in Kind::ALL.map(Kind::name) {
            if own.contains(&*format!("{kind}.txt")) && !own.contains(&*format!("{kind}.html")) {
                text_only.insert(kind);
            }
        }
        let templates = Self { environment: Arc::new(environment), text_only };
        templates.tried()?;
        Ok(templates)
    }

    /// A mail about a job.
    ///
    /// # Errors
    /// [`DeliverError::Settings`] when an operator's template does not suit these facts.
    pub fn job(&self, mail: JobMail, facts: &JobFacts) -> Result<Letter, DeliverError> {
        self.letter(Kind::Job(mail), Value::from_serialize(facts))
    }

    /// A mail about many jobs.
    ///
    /// # Errors
    /// As [`job`](Self::job).
    pub fn digest(&self, facts: &GroupFacts) -> Result<Letter, DeliverError> {
        self.letter(Kind::Digest, Value::from_serialize(facts))
    }

    /// A mail about a message that was given up.
    ///
    /// # Errors
    /// As [`job`](Self::job).
    pub fn undelivered(&self, facts: &LostFacts) -> Result<Letter, DeliverError> {
        self.letter(Kind::Undelivered, Value::from_serialize(facts))
    }

    /// What a mail of this kind looks like, with facts that are made up.
    pub fn preview(&self, kind: Kind) -> Letter {
        let letter = match kind {
            Kind::Job(mail) => self.job(mail, &example::job(mail)),
            Kind::Digest => self.digest(&example::group()),
            Kind::Undelivered => self.undelivered(&example::lost()),
        };
        // It was rendered with these facts when it was opened; were it not for that, the error would be what there is to see.
        letter.unwrap_or_else(|error| Letter { subject: String::new(), text: format!("{error}\n"), html: None })
    }

    /// Renders everything, with all facts and with few.
    fn tried(&self) -> Result<(), DeliverError> {
        for mail in example::job_mails() {
            self.job(mail, &example::job(mail))?;
            self.job(mail, &example::bare(example::job(mail)))?;
        }
        for facts in [example::group(), example::large(LISTED), example::bare_group(example::group())] {
            self.digest(&facts)?;
        }
        for facts in [example::lost(), example::bare_lost()] {
            self.undelivered(&facts)?;
        }
        Ok(())
    }

    fn letter(&self, kind: Kind, facts: Value) -> Result<Letter, DeliverError> {
        let facts = context! { listed => LISTED, ..facts };
        let said = self.rendered(kind, "txt", &facts)?;
        let (subject, text) = split(&said).ok_or_else(|| {
            let name = kind.name();
            DeliverError::Settings(format!("the template {name}.txt is wrong: it begins with `Subject: …` and an empty line"))
        })?;
        let html = match self.text_only.contains(kind.name()) {
            true => None,
            false => Some(self.rendered(kind, "html", &context! { subject, ..facts })?),
        };
        Ok(Letter { subject: subject.to_owned(), text: text.to_owned(), html })
    }

    fn rendered(&self, kind: Kind, form: &str, facts: &Value) -> Result<String, DeliverError> {
        let template = self.environment.get_template(&format!("{kind}.{form}")).map_err(|e| wrong(&e))?;
        template.render(facts).map_err(|e| wrong(&e))
    }
}

/// Subject and text.
fn split(said: &str) -> Option<(&str, &str)> {
    let (subject, text) = said.strip_prefix("Subject: ")?.split_once('\n')?;
    let text = text.strip_prefix('\n').or_else(|| text.strip_prefix("\r\n"))?;
    Some((subject.trim(), text))
}

/// The name of an operator's file, if a template has it.
fn known(path: &Path) -> Result<&'static str, DeliverError> {
    let names = COMPILED_IN.map(|(name, _)| name);
    names.into_iter().find(|name| path.file_name().is_some_and(|file| file == *name)).ok_or_else(|| {
        DeliverError::Settings(format!("no mail has a template `{}`: rename or remove it; there are {}", path.display(), names.join(", ")))
    })
}

/// With the cause below it, which alone tells of an included template.
fn wrong(error: &Error) -> DeliverError {
    let cause = std::error::Error::source(error).map_or(String::new(), |cause| format!(": {cause}"));
    DeliverError::Settings(format!("a template of mails is wrong: {error}{cause}"))
}
