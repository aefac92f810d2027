//! Credits: balances, transfers, prices. Amounts are decimal numbers with at most three places.

use gristmill_model::FileId;
use gristmill_model::credits::{Kind, Measure, Prices};
use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an owner has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Balance {
    /// Whose it is.
    pub owner: String,
    /// Free for new jobs.
    #[schema(example = 12.5)]
    pub available: f64,
    /// Set aside for files that have not ended.
    pub held: f64,
    /// What things cost.
    pub prices: PriceList,
}

impl Balance {
    pub(crate) fn new(owner: String, account: rows::Account, prices: &Prices) -> Self {
        Self { owner, available: account.available.to_decimal(), held: account.held.to_decimal(), prices: prices.into() }
    }
}

/// What things cost; all zero where nothing does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PriceList {
    /// For each file.
    pub per_file: f64,
    /// For each million pixels of a picture.
    pub per_megapixel: f64,
    /// For each minute of sound or video.
    pub per_media_minute: f64,
    /// For each page of a document.
    pub per_page: f64,
}

impl From<&Prices> for PriceList {
    fn from(p: &Prices) -> Self {
        Self {
            per_file: p.per_file.to_decimal(),
            per_megapixel: p.per_megapixel.to_decimal(),
            per_media_minute: p.per_media_minute.to_decimal(),
            per_page: p.per_page.to_decimal(),
        }
    }
}

/// Credits that moved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// `transfer_` and 32 hexadecimal digits; sorts by time.
    pub id: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Whose.
    pub owner: String,
    /// `grant`, `hold`, `capture`, `refund` or `reverse`.
    pub kind: TransferKind,
    /// How much.
    pub amount: f64,
    /// For which job.
    pub job_id: Option<String>,
    /// For which file of it.
    pub file_id: Option<String>,
    /// Why, in the words of whoever granted it.
    pub note: Option<String>,
}

impl From<rows::Transfer> for LedgerEntry {
    fn from(t: rows::Transfer) -> Self {
        Self {
            id: format!("transfer_{}", t.id.simple()),
            at: t.at.to_string(),
            owner: t.owner,
            kind: t.kind.into(),
            amount: t.amount.to_decimal(),
            job_id: t.job.map(|j| j.to_string()),
            file_id: t.job.zip(t.file).map(|(job, no)| FileId::new(job, no).to_string()),
            note: t.note,
        }
    }
}

/// Why credits moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransferKind {
    /// The house gave.
    Grant,
    /// A file was submitted.
    Hold,
    /// A file succeeded.
    Capture,
    /// A file ended otherwise.
    Refund,
    /// What was captured was given back.
    Reverse,
}

impl From<Kind> for TransferKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Grant => Self::Grant,
            Kind::Hold => Self::Hold,
            Kind::Capture => Self::Capture,
            Kind::Refund => Self::Refund,
            Kind::Reverse => Self::Reverse,
        }
    }
}

/// One page of transfers, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LedgerPage {
    /// The transfers.
    pub items: Vec<LedgerEntry>,
    /// Give this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Credits to be given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// To whom.
    pub owner: String,
    /// How many; above zero.
    #[schema(example = 100.0)]
    pub amount: f64,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}

/// Files whose price is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteRequest {
    /// The pipeline they would go through.
    #[schema(example = "image")]
    pub pipeline: String,
    /// The files.
    pub files: Vec<QuoteFile>,
}

/// How much there is of a file. What is left out counts as nothing.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QuoteFile {
    /// The owner's name for it.
    pub name: Option<String>,
    /// Its size; has no price of its own.
    pub bytes: Option<u64>,
    /// Millions of pixels.
    pub megapixels: f64,
    /// Seconds of sound or video.
    pub media_seconds: f64,
    /// Pages.
    pub pages: u32,
}

impl QuoteFile {
    pub(crate) fn measure(&self) -> Measure {
        Measure { megapixels: self.megapixels, media_seconds: self.media_seconds, pages: self.pages }
    }
}

/// What files would cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Quote {
    /// Each file, in the order they were given.
    pub files: Vec<QuotedFile>,
    /// All of them.
    pub total: f64,
}

/// What a file would cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QuotedFile {
    /// The owner's name for it.
    pub name: Option<String>,
    /// Its price.
    pub price: f64,
}
