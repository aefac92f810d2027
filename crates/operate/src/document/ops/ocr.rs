//! `document.ocr`: what stands on the pages of a document. Text that a file states is used page by page; what is left is read by an engine,
//! each page as a task of its own.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_layout::Page;
use gristmill_model::operation::Class;
use serde_json::{Value, json};

use super::super::documents::Document;
use super::super::engine::Engine;
use super::super::files;
use super::super::prepare::prepare;
use super::super::wire::{Form, Look, Work};
use super::pages;
use super::settings::Settings;
use super::survey::{self, must_be_read, survey};
use super::written::Writer;
use crate::context::{Context, Earlier, Input, Tools};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, PartPlan, Produced};

/// How long an engine takes for a page, roughly.
const PAGE: Duration = Duration::from_millis(2500);

/// A page of text in JSON is a tenth of it.
const MOST_PAGE_BYTES: u64 = 64 << 20;

/// Writing the text beneath ten thousand pages takes a minute.
const WRITING: Duration = Duration::from_secs(240);

pub(super) struct Ocr;

#[async_trait]
impl Operation for Ocr {
    fn name(&self) -> &'static str {
        "document.ocr"
    }

    fn about(&self) -> &'static str {
        "Text, Markdown, layout with boxes and confidences, hOCR and a searchable PDF of a document; only pages without text of their own are read."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn depends_on(&self, tools: &Tools) -> Vec<String> {
        tools.documents.engines.there()
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    /// A megabyte of a document is about two scanned pages.
    fn estimate(&self, bytes: u64) -> Duration {
        Duration::from_millis(1_000 + (bytes / 200).min(600_000))
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings = Settings::read(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let document = prepare(context, input).await?;
        let work = Reader { context, document: &document, settings: &settings };
        match &input.part {
            Some(spec) => work.part(spec).await,
            None if input.parts.is_empty() => work.whole().await,
            None => work.join(input).await,
        }
    }
}

/// The reading of one document.
struct Reader<'a> {
    context: &'a Context,
    document: &'a Document,
    settings: &'a Settings,
}

impl Reader<'_> {
    /// Looks at all pages, and reads what must be read: one page here, several as tasks of their own.
    async fn whole(&self) -> Result<Outcome, OperationError> {
        self.context.progress(0.05, "looking at the pages");
        let looks = survey(self.context, self.document).await?;
        let wanted: Vec<&Look> = looks.iter().filter(|l| must_be_read(l, self.settings.text_layer)).collect();
        let engine =
            self.context.tools.documents.engines.choose(self.context, self.settings.ocr_provider, &self.settings.languages).await?;
        match (&wanted[..], engine) {
            ([], _) => self.written(looks.iter().map(|look| Ok(pages::stated(look, self.document.form))), None).await,
            (wanted, Err(why)) if wanted.len() == looks.len() => Ok(Outcome::NotApplicable(format!("model not installed: {why}"))),
            (_, Err(why)) => self.written(looks.iter().map(|look| Ok(self.stated_or_failed(look, &why))), None).await,
            ([_], Ok(engine)) => self.alone(&looks, engine).await,
            (wanted, Ok(_)) => self.split(&looks, wanted).await,
        }
    }

    fn stated_or_failed(&self, look: &Look, why: &str) -> Page {
        let form = self.document.form;
        if must_be_read(look, self.settings.text_layer) { pages::failed(look, form, why) } else { pages::stated(look, form) }
    }

    /// One page is not worth a task of its own.
    async fn alone(&self, looks: &[Look], engine: &dyn Engine) -> Result<Outcome, OperationError> {
        let mut all = Vec::with_capacity(looks.len());
        for look in looks {
            if must_be_read(look, self.settings.text_layer) {
                self.context.progress(0.2, "reading");
                all.push(Ok(pages::read(self.context, self.document, look, engine, self.settings).await?));
            } else {
                all.push(Ok(pages::stated(look, self.document.form)));
            }
        }
        self.written(all.into_iter(), Some(engine.name(self.context).await?)).await
    }

    async fn split(&self, looks: &[Look], wanted: &[&Look]) -> Result<Outcome, OperationError> {
        let parts = wanted.iter().map(|look| PartPlan { spec: part_of(look), estimate: PAGE }).collect();
        let kept = survey::keep(&self.context.scratch, looks)?;
        let draft = Draft { name: survey::FILE.into(), media_type: "application/jsonl".into(), path: kept };
        self.context.checkpoint(json!({}), vec![draft]).await?;
        Ok(Outcome::Parts(parts))
    }

    /// One page of a document that was split.
    async fn part(&self, spec: &Value) -> Result<Outcome, OperationError> {
        let look: Look = serde_json::from_value(spec.clone())
            .map_err(|e| OperationError::bug("part_invalid", "A page's task could not be read.").because(e))?;
        self.context.progress(0.1, &format!("reading page {}", look.page));
        let engines = &self.context.tools.documents.engines;
        let page = match engines.choose(self.context, self.settings.ocr_provider, &self.settings.languages).await? {
            Ok(engine) => pages::read(self.context, self.document, &look, engine, self.settings).await?,
            // There was one when the document was split, so there is one elsewhere.
            Err(why) => return Err(OperationError::tool("ocr_missing", format!("This worker cannot read the page: {why}."))),
        };
        let name = layout_of(look.page);
        let path = self.context.scratch.join("page.json");
        std::fs::write(&path, serde_json::to_vec(&page).map_err(std::io::Error::from)?)?;
        let report = json!({ "page": look.page, "source": page.source, "engine": page.engine, "words": page.words().count() });
        let draft = Draft { name, media_type: "application/json".into(), path };
        Ok(Outcome::Done(Produced { report, artifacts: vec![draft], ..Produced::default() }))
    }

    /// Puts the pages together, in order.
    async fn join(&self, input: &Input) -> Result<Outcome, OperationError> {
        self.context.progress(0.8, "joining the pages");
        let kept = input.checkpoint.iter().flat_map(|c| &c.files).find(|(name, _)| name == survey::FILE);
        let looks = match kept {
            Some((_, path)) => survey::kept(path)?,
            None => survey(self.context, self.document).await?,
        };
        let engine = input.parts.iter().find_map(|p| p.report["engine"].as_str()).map(str::to_owned);
        let pages = looks.iter().map(|look| match artifact(&input.parts, &layout_of(look.page)) {
            Some(path) => files::json(&path, MOST_PAGE_BYTES),
            None => Ok(self.stated_or_failed(look, "it was not read")),
        });
        self.written(pages, engine).await
    }

    async fn written(
        &self,
        pages: impl Iterator<Item = Result<Page, OperationError>> + Send,
        engine: Option<String>,
    ) -> Result<Outcome, OperationError> {
        let mut writer = Writer::new(&self.context.scratch)?;
        for page in pages {
            writer.add(&page?)?;
        }
        if let Some(why) = writer.hopeless() {
            return Err(OperationError::input("document_unreadable", format!("No page of the document could be read: {why}")));
        }
        let read_any = writer.read_any();
        let (mut drafts, mut report, lines) = writer.finish()?;
        report["engine"] = json!(engine);
        report["languages"] = json!(self.settings.languages);
        if self.settings.searchable {
            self.context.progress(0.9, "writing the searchable PDF");
            match self.searchable(read_any, lines).await {
                Ok(draft) => drafts.push(draft),
                Err(error) if !error.problem.fault.retryable() => warn(&mut report, &error.problem.message),
                Err(error) => return Err(error),
            }
        }
        Ok(Outcome::Done(Produced { report, artifacts: drafts, ..Produced::default() }))
    }

    /// A PDF in which nothing had to be read can be searched as it is.
    async fn searchable(&self, read_any: bool, lines: PathBuf) -> Result<Draft, OperationError> {
        let path = self.context.scratch.join("searchable.pdf");
        if self.document.form == Form::Pdf && !read_any {
            std::fs::copy(&self.document.path, &path)?;
        } else {
            let (inputs, outputs) = ([lines.as_path()], [path.clone()]);
            let ask = self.context.tools.documents.ask(self.document, Work::Searchable, &inputs, &outputs, WRITING, &self.context.cancel);
            ask.await.map(|_: Value| ())?;
        }
        Ok(Draft { name: "searchable.pdf".into(), media_type: "application/pdf".into(), path })
    }
}

/// What the task of a page is told: all but the words, which are read anew.
fn part_of(look: &Look) -> Value {
    let mut form = look.form.clone();
    form.truncate(200);
    json!({
        "page": look.page, "width": look.width, "height": look.height, "text": look.text,
        "lines": [], "form": form, "warnings": look.warnings,
    })
}

fn layout_of(page: u32) -> String {
    format!("layout/{page}.json")
}

fn artifact(parts: &[Earlier], name: &str) -> Option<PathBuf> {
    parts.iter().flat_map(|p| &p.artifacts).find(|a| a.name == name).map(|a| a.path.clone())
}

fn warn(report: &mut Value, message: &str) {
    if let Some(warnings) = report["warnings"].as_array_mut() {
        warnings.push(message.into());
    }
}
