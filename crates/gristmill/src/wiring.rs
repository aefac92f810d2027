//! The one page where the parts are put together: [`Mill`] is an engine over the configured parts, with its worker and duties.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gristmill_blob::s3::Settings;
use gristmill_blob::{BlobError, Blobs, Cache, Local, Reading, S3, Web};
use gristmill_deliver::{Deliver, Files, Routes, Smtp, Webhooks};
use gristmill_doorbell::Doorbell;
use gristmill_engine::duty::Duties;
use gristmill_engine::worker::{self, Worker};
use gristmill_engine::{Bucket, Engine, Measurer, Parts, Pipelines, Sources, memory};
use gristmill_intake::Intake;
use gristmill_model::WorkerId;
use gristmill_model::operation::Class;
use gristmill_model::pipeline::Format;
use gristmill_operate::Services;
use gristmill_operate::models::Models;
use gristmill_operate::{Registry, Tools};
use gristmill_services::{Chat, Vision};
use gristmill_store::Store;
use gristmill_store::postgres::Postgres;
use gristmill_store::sqlite::{Durability, Sqlite};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::announce;
use crate::config::{BlobsUrl, Config, MailUrl, Messages, StoreUrl, Synchronous, WebhooksUrl};
use crate::failure::{failed, misused};
use crate::intake;

/// How long a copy of a file that stays elsewhere is kept unused.
const COPIES_KEPT: Duration = Duration::from_secs(86_400);

/// Who owns jobs while a build has no keys.
pub const OWNER: &str = "local";

/// Everything that runs in this process. Dropping it is a crash; [`Mill::drain`] is the polite end.
pub struct Mill {
    /// The verbs.
    pub engine: Engine,
    /// What operations share.
    pub tools: Tools,
    /// Says "look".
    pub doorbell: Arc<dyn Doorbell>,
    /// Brokers whose queues are shown.
    pub brokers: Vec<gristmill_api::Broker>,
    /// The way of announcements, if there is one.
    announcements: Option<Arc<dyn Deliver>>,
    /// Who this process is to the store.
    id: WorkerId,
    /// Whether the store serves this process only.
    alone: bool,
    /// Claims and runs tasks.
    worker: Option<Worker>,
    /// Background loops.
    duties: Option<Duties>,
    /// Takes requests from a broker.
    intake: Option<Arc<Intake>>,
}

impl Mill {
    /// Opens store, blobs and pipelines. Nothing runs before [`Mill::work`] and [`Mill::attend`].
    pub async fn open(config: &Config, operations: Registry) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data).with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
        let pipelines = pipelines(config, &operations)?;
        let doorbell = open_doorbell(config).await?;
        let announcer = config.messages.announce.as_deref().map(announce::open).transpose().context("announce.url cannot be used")?;
        let mut deliver = open_messages(&config.messages)?;
        let announcements = announcer.as_ref().map(|announcer| Arc::clone(&announcer.deliver));
        deliver.announcements.clone_from(&announcements);
        let mut brokers: Vec<_> = announcer.into_iter().map(|announcer| announcer.broker).collect();
        let taken_from = config.intake.as_ref().and_then(|said| intake::broker(&said.url));
        brokers.extend(taken_from.filter(|broker| brokers.iter().all(|b| b.server != broker.server)));
        let program = std::env::current_exe().context("the path of this program is not known")?;
        // Decoders are this program again, one a core.
        let tools = Tools::new(&program, cores() as usize, Models::new(&config.models)).with_services(services(config)?);
        let parts = Parts {
            store: open_store(config).await?,
            doorbell: Arc::clone(&doorbell),
            blobs: open_blobs(config).with_context(|| format!("the blobs in {} cannot be used", config.blobs))?,
            deliver: Arc::new(deliver),
            operations,
            pipelines: Arc::new(pipelines),
            sources: open_sources(config).context("files beside uploads cannot be read")?,
            measurer: measurer(tools.clone()),
            terms: config.terms.clone(),
            wake: Arc::default(),
        };
        let alone = matches!(config.store, StoreUrl::Sqlite(_));
        let (engine, id) = (Engine::new(parts), WorkerId::from_uuid(Uuid::now_v7()));
        Ok(Self { engine, tools, doorbell, brokers, announcements, id, alone, worker: None, duties: None, intake: None })
    }

    /// Who this process is to the store.
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// Whether the store serves this process only.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Starts claiming and running tasks.
    pub fn work(&mut self, settings: worker::Settings) {
        self.worker = Some(Worker::start_as(self.id, self.engine.clone(), self.tools.clone(), settings));
    }

    /// Starts taking requests from the broker of the configuration, if it names one.
    pub async fn take_messages(&mut self, config: &Config) -> anyhow::Result<()> {
        self.intake = intake::open(&self.engine, config).await.context("intake.url cannot be used")?;
        Ok(())
    }

    /// Starts the duties.
    pub fn attend(&mut self) {
        self.announcements.clone().into_iter().for_each(announce::declare_early);
        self.duties = Some(Duties::start(self.engine.clone(), self.alone.then_some(self.id)));
    }

    /// Starts the duties as if others shared the store: for measuring how they are rescued.
    pub fn attend_to_others(&mut self) {
        self.duties = Some(Duties::start(self.engine.clone(), None));
    }

    /// Claims nothing more, gives running tasks back after `grace`, and returns when none is left.
    pub async fn drain(mut self, grace: Duration) {
        if let Some(intake) = self.intake.take() {
            intake.stop(grace).await;
        }
        if let Some(worker) = self.worker.take() {
            worker.drain(grace).await;
        }
        drop(self.duties.take());
        self.doorbell.close().await;
    }
}

/// How a worker works with this configuration on this machine.
pub fn settings(config: &Config) -> worker::Settings {
    let mut settings = worker::Settings::for_cores(cores());
    for (class, slots) in &mut settings.slots {
        let configured = match class {
            Class::Io => config.slots.io,
            Class::CpuSmall => config.slots.cpu_small,
            Class::CpuLarge => config.slots.cpu_large,
        };
        *slots = configured.unwrap_or(*slots);
    }
    settings.most_jobs = max_jobs(config);
    (settings.streaming, settings.most_scratch) = (config.streaming, config.most_scratch);
    (settings.most_memory, settings.poll, settings.lease) = (config.most_memory, config.poll, config.lease);
    settings.beat = settings.beat.min(config.lease / 10);
    settings
}

/// Jobs a worker of this process runs at once.
pub fn max_jobs(config: &Config) -> u32 {
    config.max_jobs.unwrap_or_else(|| memory::recommended_jobs(cores(), memory::total()))
}

/// Processors this process may use.
pub fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
}

/// The built-in pipelines and the user's own; the first refusal of one of the user's stops the start, with its place.
pub fn pipelines(config: &Config, operations: &Registry) -> anyhow::Result<Pipelines> {
    let mut all = Pipelines::built_in(operations).map_err(|why| failed(why, "this build is broken; report it"))?;
    for path in own_pipelines(&config.pipelines)? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        all.add(&text, format_of(&path), operations).map_err(|refusals| {
            misused(
                format!("{}: {}", path.display(), refusals[0]),
                format!("mend it, and see `gristmill pipelines check {}`", path.display()),
            )
        })?;
    }
    Ok(all)
}

/// The declarations in a folder, by name; none when there is no such folder.
fn own_pipelines(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let paths =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().context("the folder of your own pipelines cannot be read")?;
    let declares = |p: &PathBuf| p.extension().is_some_and(|e| e == "toml" || e == "json");
    let mut found: Vec<PathBuf> = paths.into_iter().filter(declares).collect();
    found.sort();
    Ok(found)
}

/// The form a declaration has by its ending; TOML unless it says `.json`.
pub fn format_of(path: &Path) -> Format {
    if path.extension().is_some_and(|e| e == "json") { Format::Json } else { Format::Toml }
}

/// Opens the store alone, for commands that only change rows.
pub async fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    let durability = match config.synchronous {
        Synchronous::Full => Durability::Full,
        Synchronous::Normal => Durability::Normal,
    };
    Ok(match &config.store {
        StoreUrl::Sqlite(path) => Arc::new(Sqlite::open(path, durability)?),
        StoreUrl::Postgres(url) => Arc::new(Postgres::open(url).await?),
    })
}

/// Opens the blobs. A bucket has a folder on this node beside it, for what is being made and for copies.
pub fn open_blobs(config: &Config) -> Result<Arc<dyn Blobs>, BlobError> {
    Ok(match &config.blobs {
        BlobsUrl::Folder(folder) => Arc::new(Local::open(folder)?),
        BlobsUrl::Bucket(settings) => Arc::new(S3::open(settings, &config.data.join("bucket"))?),
    })
}

/// Copies of what pointers name lie beside the blobs of this node.
fn open_sources(config: &Config) -> Result<Sources, BlobError> {
    let folder = config.data.join("sources");
    let bucket = |(settings, prefix): &(Settings, String)| {
        let s3 = S3::open(settings, &folder)?;
        Ok(Bucket { name: settings.bucket.clone(), prefix: prefix.clone(), s3 })
    };
    let buckets = config.sources.buckets.iter().map(bucket).collect::<Result<_, BlobError>>()?;
    let web = config.sources.web.map(|allow| Web::new(allow, config.max_upload_bytes, Reading::default())).transpose()?;
    let copies = Cache::open(&folder.join("copies"), config.cache_bytes, COPIES_KEPT)?;
    Ok(Sources::new(buckets, web, copies, config.max_upload_bytes))
}

/// The way to tell and to be told.
pub async fn open_doorbell(config: &Config) -> anyhow::Result<Arc<dyn Doorbell>> {
    gristmill_doorbell::connect(&config.doorbell).await.context("doorbell.url cannot be used")
}

/// The ways to people; announcements have theirs beside them.
pub fn open_messages(messages: &Messages) -> anyhow::Result<Routes> {
    let folder = |path: &Path| Files::open(path, messages.head.clone()).context("the folder of messages cannot be used");
    let mails: Arc<dyn Deliver> = match &messages.mail {
        MailUrl::Folder(path) => Arc::new(folder(path)?),
        MailUrl::Smtp(url) => Arc::new(Smtp::open(url, messages.head.clone()).context("mail.url cannot be used")?),
    };
    let webhooks: Arc<dyn Deliver> = match &messages.webhooks {
        WebhooksUrl::Folder(path) => Arc::new(folder(path)?),
        WebhooksUrl::Post(allow) => Arc::new(Webhooks::open(*allow, messages.keys()?)?),
    };
    Ok(Routes { mails, webhooks, announcements: None })
}

/// Files are measured where they are decoded: in the sandbox.
fn measurer(tools: Tools) -> Measurer {
    Measurer::new(move |path| {
        let tools = tools.clone();
        async move { gristmill_operate::measure(&tools, &path).await }
    })
}

/// The services outside that the operator names.
fn services(config: &Config) -> anyhow::Result<Services> {
    let vision = config.services.vision.as_ref().map(Vision::new).transpose().context("ocr.google_credentials cannot be used")?;
    let chat = config.services.chat.as_ref().map(Chat::new).transpose().context("extract.url cannot be used")?;
    Ok(Services { vision: vision.map(Arc::new), chat: chat.map(Arc::new) })
}

/// The HTTP surface over `mill`, behind an address that only this machine reaches if `loopback`. `closing` ends open event streams.
pub fn router(mill: &Mill, config: &Config, loopback: bool, closing: CancellationToken) -> axum::Router {
    let layers = mill.tools.sandbox.layers();
    let parts = mill.intake.iter().map(intake::probe);
    let settings = gristmill_api::Settings {
        max_upload_bytes: config.max_upload_bytes,
        loopback,
        keys_required: config.keys_required,
        max_concurrent_jobs: max_jobs(config),
        probes: [
            gristmill_api::Probe::new("tools", || async {
                tokio::task::spawn_blocking(crate::doctor::tools_sentence).await.unwrap_or_else(|e| Err(e.to_string()))
            }),
            gristmill_api::Probe::new("sandbox", move || async move { Ok(layers.to_string()) }),
        ]
        .into_iter()
        .chain(parts)
        .collect(),
        brokers: mill.brokers.clone(),
        closing,
        ..gristmill_api::Settings::default()
    };
    gristmill_api::router(mill.engine.clone(), settings)
}

/// The OpenAPI document as pretty JSON.
pub fn openapi() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&gristmill_api::openapi())?)
}

/// The confined child that `argument` names, if it names one; it runs before anything else in this process, and ends with this exit code.
pub fn child(argument: &std::ffi::OsStr) -> Option<i32> {
    match argument.to_str() {
        Some("image-child") => Some(gristmill_operate::image::child_main()),
        Some("document-child") => Some(gristmill_operate::document::child_main()),
        _ => None,
    }
}
