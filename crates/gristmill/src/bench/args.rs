//! What `bench` can be told on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[command(subcommand)]
    pub what: Bench,
    /// One JSON object a line.
    #[arg(long, global = true)]
    pub json: bool,
}

/// Options of `bench tasks`.
#[derive(Debug, Args)]
pub struct TasksArgs {
    /// Measure on this PostgreSQL server instead of SQLite; scratch databases are made on it and dropped.
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Measure the flow and the pickup with this doorbell, and with that of one process, in turn. Where nobody listens at its address, what
    /// is measured is the loss of its server.
    #[arg(long, value_name = "URL")]
    pub doorbell: Option<String>,
    /// Only these cases: flow, single, pickup, claim, running, rescue.
    #[arg(long, value_delimiter = ',', value_name = "CASE")]
    pub only: Vec<String>,
    /// Jobs.
    #[arg(long, default_value_t = 20)]
    pub jobs: u32,
    /// Files, so tasks, of each job.
    #[arg(long, default_value_t = 1000)]
    pub files: u32,
    /// Tasks in flight.
    #[arg(long, default_value_t = 4000)]
    pub slots: u32,
    /// How often the flow is measured; the median is told.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// Jobs written one by one.
    #[arg(long, default_value_t = 2000)]
    pub singles: u32,
    /// Jobs of which the start is timed.
    #[arg(long, default_value_t = 402)]
    pub picks: u32,
    /// Tasks that wait while claims are timed.
    #[arg(long, default_value_t = 1_000_000)]
    pub ready: u32,
}

/// Options of `bench blobs`.
#[derive(Debug, Args)]
pub struct BlobsArgs {
    /// MiB of the large made-up object; the small one has 100.
    #[arg(long, default_value_t = 10_240, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub largest_mib: u64,
    /// Milliseconds each request of the made-up server takes beside its bytes.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=10_000))]
    pub latency_ms: u64,
    /// MiB of the object that is sent to the bucket and fetched.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub object_mib: u64,
    /// How often it is sent and fetched; the median is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// MiB of the film in the bucket that is probed and cut; a minute takes about 60.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(400..=65_536))]
    pub film_mib: u64,
    /// The bin folder of a Python environment with boto3 and awscli, to measure on the same object in the same run.
    #[arg(long, value_name = "PYTHON_FOLDER")]
    pub peers: Option<PathBuf>,
}

/// Options of `bench documents`.
#[derive(Debug, Args)]
pub struct DocumentsArgs {
    /// Only these cases: pages, scan, digital, long.
    #[arg(long, value_delimiter = ',', value_name = "CASE")]
    pub only: Vec<String>,
    /// Pages of each kind.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub each: u64,
    /// The seed of the first page of each kind; the others follow.
    #[arg(long, default_value_t = 1000)]
    pub first: u64,
    /// Pages of the long scan.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub long: u32,
    /// Read the pictures of this folder instead of those that are made, each with its text beside it (NAME.txt).
    #[arg(long, value_name = "DIR")]
    pub pages: Option<PathBuf>,
    /// The bin folder of a Python environment with rapidocr, onnxruntime and ocrmypdf, to measure on the same pages in the same run.
    #[arg(long, value_name = "PYTHON_FOLDER")]
    pub peers: Option<PathBuf>,
}

/// Options of `bench specimens`.
#[derive(Debug, Args)]
pub struct SpecimensArgs {
    /// Where they go, a folder a kind.
    pub folder: PathBuf,
    /// Only these kinds: forms, receipts-scanned, receipts-photographed, invoices-digital, invoices-scanned, invoices-scanned-pdf,
    /// submissions, text-digital, text-scanned-pdf.
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    pub only: Vec<String>,
    /// How many of each.
    #[arg(long, default_value_t = 1)]
    pub count: u64,
    /// The seed of the first; the others follow. The same seed is the same document.
    #[arg(long, default_value_t = 0)]
    pub first: u64,
    /// Pages of those of running text.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub pages: u32,
}

/// One piece of work of `bench blobs`; it prints its seconds.
#[derive(Debug, Subcommand)]
pub enum Alone {
    /// Reads an address through a gateway.
    Through {
        /// The address.
        url: String,
    },
    /// Sends a file, which stays.
    Send {
        /// The file.
        file: PathBuf,
        /// What it becomes.
        key: String,
    },
    /// Fetches into a file.
    Fetch {
        /// What is fetched.
        key: String,
        /// Where it goes.
        file: PathBuf,
        /// What it must be.
        sha256: Option<String>,
    },
    /// Reads in order.
    Stream {
        /// What is read.
        key: String,
    },
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// No-op tasks: writing, carrying, picking up and claiming them, on SQLite or PostgreSQL.
    Tasks(TasksArgs),
    /// 2725x2225 JPEGs to 720 wide, quality 80, in the child pool.
    Images {
        /// Take the JPEGs of this folder instead of making 24.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// How often each image is resized.
        #[arg(long, default_value_t = 4)]
        rounds: u32,
        /// A node_modules folder with sharp, to measure on the same images in the same run.
        #[arg(long, value_name = "NODE_MODULES")]
        sharp: Option<PathBuf>,
    },
    /// Pages of forms, receipts and running text: errors, fields, rates and memory, beside other readers on the same pages.
    Documents(DocumentsArgs),
    /// Writes the documents that `bench documents` reads, which are made up, each with its truth beside it.
    Specimens(SpecimensArgs),
    /// Webhooks: how soon after a job's end the first try of each comes to a receiver on loopback.
    Messages {
        /// Jobs, each with a webhook.
        #[arg(long, default_value_t = 1000)]
        jobs: u32,
    },
    /// Remote objects through the gateway; and, when blobs are in a bucket, that bucket beside other clients.
    Blobs(BlobsArgs),
    /// One piece of work of `bench blobs`, in a process of its own; started by it.
    #[command(hide = true)]
    BlobsAlone {
        /// The work.
        #[command(subcommand)]
        work: Alone,
    },
    /// A clip to 1080, 720 and 360, against one hand-written ffmpeg command.
    Video {
        /// The clip instead of one that is made.
        #[arg(long, value_name = "FILE")]
        source: Option<PathBuf>,
        /// Seconds of the clip that is made.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// How often each way is measured, in turn; the fastest counts.
        #[arg(long, default_value_t = 2)]
        rounds: u32,
    },
}
